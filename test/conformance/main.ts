import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
  type ServerCompatRequest,
} from "../../.interop/conformance/connectrpc/conformance/v1/server_compat_pb.ts";
import { ConformanceService } from "../../.interop/conformance/connectrpc/conformance/v1/service_pb.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRpcHandler } from "../../src/rpc/handler.ts";
import { endEmpty } from "../../src/rpc/library-handler.ts";
import { createServer } from "../../src/server/server.ts";
import { authenticatorOf } from "../support/authenticator-of.ts";
import { ScriptedOperator } from "../support/scripted-operator.ts";
import { ScriptedRouter } from "../support/scripted-router.ts";
import { conformanceService, registry } from "./service.ts";

/**
 * The server that the runner of Connect's conformance suite starts (`npm run conformance`): the suite's service behind this program's own
 * port and handler options. The runner says on the standard input how to listen, and is told on the standard output where. Messages
 * are protobuf, each after its length in four bytes.
 */

const defaultReceiveLimit = 33_554_432;

async function readRequest(): Promise<ServerCompatRequest> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) break;
  }
  return fromBinary(ServerCompatRequestSchema, bytes.subarray(4, 4 + bytes.readUInt32BE(0)));
}

const request = await readRequest();
const cert = Buffer.from(request.serverCreds?.cert ?? []);
const key = Buffer.from(request.serverCreds?.key ?? []);
const onInternalError = (error: unknown): void => console.error("internal error:", error);
let calls = 0;
const rpc = createRpcHandler({
  router: new ScriptedRouter({ kind: "hang" }),
  operator: new ScriptedOperator(),
  version: "1.2.3",
  authenticator: authenticatorOf(undefined),
  clock: systemClock,
  newCallId: () => `call-${++calls}`,
  onInternalError,
  readMaxBytes: request.messageReceiveLimit === 0 ? defaultReceiveLimit : request.messageReceiveLimit,
  addServices: (router, options) =>
    void router.service(ConformanceService, conformanceService, { ...options, jsonOptions: { ...options.jsonOptions, registry } }),
});
const server = createServer({
  host: "127.0.0.1",
  port: 0,
  tls: request.useTls ? { cert: cert.toString(), key: key.toString() } : undefined,
  rest: (_request, response) => endEmpty(response, 404),
  rpc,
  clock: systemClock,
  onInternalError,
});
const { port } = await server.listen();
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));

const response = toBinary(
  ServerCompatResponseSchema,
  create(ServerCompatResponseSchema, { host: "127.0.0.1", port, ...(request.useTls ? { pemCert: cert } : {}) }),
);
const head = Buffer.alloc(4);
head.writeUInt32BE(response.length);
process.stdout.write(Buffer.concat([head, response]));
