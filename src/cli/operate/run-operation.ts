import { toJson, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { ServerAct, Task } from "../kit/task.ts";
import type { Connection } from "../kit/connection.ts";
import { explainFailure } from "../kit/explain-failure.ts";
import { badUse, failure, type Failure } from "../kit/failure.ts";
import { exitCodes, type CliIo, type ExitCode } from "../kit/io.ts";
import { choosePaint } from "../render/paint.ts";
import { readTextFile } from "../kit/read-text-file.ts";
import type { Session } from "../kit/session.ts";

/** Carries out one operation at a running server. When it fails, says in one line why. */
export async function runOperation({ connection, act }: Task & { kind: "operate" }, io: CliIo): Promise<ExitCode> {
  const key = await readKey(connection, io);
  const session = key.ok ? await openSession(connection, key.value, io) : key;
  const outcome = session.ok ? await attempt(session.value, act) : session;
  if (outcome.ok) return exitCodes.ok;
  const { message, exitCode } = outcome.error;
  // A server may quote what it was sent; the key is not printed even then.
  const safe = key.ok && key.value !== undefined ? message.replaceAll(key.value, "***") : message;
  io.err(`huntgroup: ${safe}\n`);
  return exitCode;
}

async function attempt(session: Session, act: ServerAct): Promise<Result<void, Failure>> {
  try {
    return await act(session);
  } catch (error) {
    return err(failure(session.explain(error).message));
  }
}

async function readKey({ key, keyFile }: Connection, io: CliIo): Promise<Result<string | undefined, Failure>> {
  let text = key;
  if (keyFile !== undefined) {
    const file = await readTextFile(keyFile, io);
    if (!file.ok) return file;
    text = file.value;
  }
  text = text?.trim();
  if (text === undefined || text === "") return ok(undefined);
  // The characters that HTTP allows in a header. The message does not repeat the key.
  return /^[\u0021-\u007E]+$/.test(text) ? ok(text) : err(badUse("The key holds a space or a character that no key can have."));
}

async function openSession(connection: Connection, key: string | undefined, io: CliIo): Promise<Result<Session, Failure>> {
  const { url, caFile, timeoutMs, json, etag } = connection;
  let ca: string | undefined;
  if (caFile !== undefined) {
    const file = await readTextFile(caFile, io);
    if (!file.ok) return file;
    if (!file.value.includes("-----BEGIN CERTIFICATE-----")) return err(badUse(`--ca ${caFile} holds no PEM certificate.`));
    ca = file.value;
  }
  let method = "";
  const authorize: Interceptor = (next) => (request) => {
    method = request.method.name;
    if (key !== undefined) request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
  const client = createClient(AdminService, io.openTransport({ url, ca, timeoutMs, interceptors: [authorize] }));
  return ok({
    client,
    url,
    etag,
    json,
    io,
    page() {
      const terminal = io.terminal();
      return { paint: choosePaint(terminal !== undefined, io.env), width: terminal?.columns };
    },
    answer: (schema, message, text) => io.out(json ? jsonLine(schema, message) : text()),
    explain: (error) => explainFailure(error, { url, method, timeoutMs, keyShown: key !== undefined }),
  });
}

/** Writes fields by their proto names, and those without presence always, so that programs need not know the defaults. */
function jsonLine<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  return `${JSON.stringify(toJson(schema, message, { useProtoFieldName: true, alwaysEmitImplicit: true }))}\n`;
}
