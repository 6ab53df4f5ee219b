import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { TlsCredentials } from "../../server/listening-socket.ts";
import type { TlsFiles } from "../kit/io.ts";
import type { ServeOptions } from "../kit/task.ts";
import type { CliIo } from "../kit/io.ts";

type TlsOptions = Pick<ServeOptions, "tlsCertFile" | "tlsKeyFile" | "tlsClientCaFile" | "tlsClientAuth">;

/** Reads what the options say of TLS again, whenever its files have changed. @returns Undefined without TLS. */
export function tlsFiles(options: TlsOptions, io: Pick<CliIo, "readFile">): TlsFiles | undefined {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = options;
  const paths = [tlsCertFile, tlsKeyFile, tlsClientCaFile].filter((path) => path !== undefined);
  if (paths.length < 2) return undefined;
  return { paths, read: async () => (await readTls(options, io)) ?? new Error("There is no certificate.") };
}

/**
 * Reads and checks the certificate and the key that the options name, before anything is served.
 * @returns Undefined without TLS; an error with a sentence for the user when a file cannot be used.
 */
export async function readTls(options: TlsOptions, io: Pick<CliIo, "readFile">): Promise<TlsCredentials | undefined | Error> {
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, tlsClientAuth } = options;
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
  if (tlsClientCaFile === undefined) return { cert, key };
  const clientCa = await read("--tls-client-ca", tlsClientCaFile, io);
  if (clientCa instanceof Error) return clientCa;
  const wrongCa = fault(() => new X509Certificate(clientCa));
  if (wrongCa !== undefined) return new Error(`--tls-client-ca ${tlsClientCaFile} holds no PEM certificate (${wrongCa}).`);
  return { cert, key, clientCa, clientAuth: tlsClientAuth };
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
