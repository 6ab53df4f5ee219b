import { createSecureContext } from "node:tls";
import type { ServeOptions } from "../kit/task.ts";
import type { CliIo } from "../kit/io.ts";

/**
 * Reads and checks the certificate and the key that the options name, before anything is served.
 * @returns Undefined without TLS; an error with a sentence for the user when a file cannot be used.
 */
export async function readTls(
  options: Pick<ServeOptions, "tlsCertFile" | "tlsKeyFile">,
  io: Pick<CliIo, "readFile">,
): Promise<{ cert: string; key: string } | undefined | Error> {
  const { tlsCertFile, tlsKeyFile } = options;
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const cert = await read("--tls-cert", tlsCertFile, io);
  if (cert instanceof Error) return cert;
  const key = await read("--tls-key", tlsKeyFile, io);
  if (key instanceof Error) return key;
  const wrongCert = fault(() => createSecureContext({ cert }));
  if (wrongCert !== undefined)
    return new Error(`--tls-cert ${tlsCertFile} holds no PEM certificate (${wrongCert}). Are the two files swapped?`);
  const wrongKey = fault(() => createSecureContext({ cert, key }));
  if (wrongKey !== undefined)
    return new Error(`--tls-key ${tlsKeyFile} holds no PEM private key of the certificate in ${tlsCertFile} (${wrongKey}).`);
  return { cert, key };
}

async function read(option: string, file: string, io: Pick<CliIo, "readFile">): Promise<string | Error> {
  try {
    return await io.readFile(file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return new Error(`${option} ${file} cannot be read (${reason}).`);
  }
}

function fault(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "not understood";
  }
}
