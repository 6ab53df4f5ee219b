/**
 * What it costs to read bodies of 31 MB that are made to be slow, as multiples of the CPU time of `JSON.parse` for one plain string of that size.
 * `node bench/bodies.ts [--quick] [--json] [--door NAME] [--body NAME]`. A body is read at the REST door in pieces of 64 KB, over Connect as JSON and
 * over gRPC as protobuf.
 */
import { parseArgs } from "node:util";
import { fromJsonString } from "@bufbuild/protobuf";
import { ChatCompletionRequestSchema } from "../gen/huntgroup/v1/chat_pb.ts";
import type { CallContext } from "../src/core/format.ts";
import { RouterError } from "../src/core/errors.ts";
import { readCall } from "../src/formats/openai/request/read-call.ts";
import { bodyOf, chatCall } from "../src/rpc/chat/chat-call.ts";
import { readRequest } from "../src/rpc/grpc-fast-path/read-request.ts";
import { jsonRefusal } from "../src/rpc/protobuf-json/bounded-message.ts";
import { openJson } from "../src/rpc/protobuf-json/open-json.ts";
import { ScriptedRouter } from "../test/support/scripted-router.ts";
import { cpuMicrosSince } from "./support/cpu-since.ts";
import { jsonBodies, protobufBodies, type HostileBody } from "./support/hostile-bodies.ts";
import { median, spread } from "./support/statistics.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    door: { type: "string" },
    body: { type: "string" },
  },
});
const size = 31 * 1_048_576;
const rounds = options.quick ? 3 : 7;
const context: CallContext = {
  endpoint: "chat",
  callId: "c",
  inboundProtocol: "rest",
  caller: undefined,
  traceContext: undefined,
  pathModel: undefined,
  now: 0,
};
const grpcContext = {
  intake: new ScriptedRouter({ kind: "hang" }).intake(),
  endpoint: "chat",
  callId: "c",
  inboundProtocol: "grpc",
  caller: { kind: "anyone" },
  header: () => undefined,
  headerNames: () => [],
  now: 0,
  deadline: undefined,
} as const;

interface Door {
  readonly name: string;
  readonly bodies: readonly HostileBody[];
  /** @returns What came of it. */
  read(pieces: readonly Buffer[]): string;
}

const doors: readonly Door[] = [
  {
    name: "REST",
    bodies: jsonBodies,
    read(pieces) {
      const read = readCall(pieces, context);
      return read.ok ? "read" : read.error.message;
    },
  },
  {
    name: "Connect",
    bodies: jsonBodies,
    read(pieces) {
      const bytes = Buffer.concat(pieces);
      const refusal = jsonRefusal(bytes);
      if (refusal !== undefined) return refusal.message;
      try {
        const opened = openJson(bytes, ChatCompletionRequestSchema);
        const body = bodyOf(ChatCompletionRequestSchema, fromJsonString(ChatCompletionRequestSchema, opened.toString()));
        return told(body instanceof RouterError ? body : chatCall(body, false, grpcContext));
      } catch (error) {
        return String(error);
      }
    },
  },
  {
    name: "gRPC",
    bodies: protobufBodies,
    read(pieces) {
      const body = readRequest(Buffer.concat(pieces));
      return told(body === undefined || body instanceof RouterError ? body : chatCall(body, false, grpcContext));
    },
  },
];

function told(call: unknown): string {
  return call instanceof RouterError ? call.message : call === undefined ? "left to the library" : "read";
}

function piecesOf(body: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += 65_536) pieces.push(body.subarray(at, at + 65_536));
  return pieces;
}

const plain = `"${"x".repeat(size - 2)}"`;
function micros(run: () => unknown): number {
  const begun = process.cpuUsage();
  run();
  return cpuMicrosSince(begun);
}

interface Measured {
  readonly door: string;
  readonly body: string;
  readonly micros: readonly number[];
  readonly told: string;
}

const plains: number[] = [];
const measured: Measured[] = [];
for (const door of doors) {
  if (options.door !== undefined && door.name !== options.door) continue;
  for (const body of door.bodies) {
    if (options.body !== undefined && body.name !== options.body) continue;
    const pieces = piecesOf(body.make(size));
    let told = "";
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      plains.push(micros(() => JSON.parse(plain)));
      times.push(micros(() => (told = door.read(pieces))));
    }
    measured.push({ door: door.name, body: body.name, micros: times, told });
  }
}
const base = median(plains);
const ratios = measured.map(({ micros: times, ...rest }) => ({ ...rest, ratios: times.map((time) => time / base) }));
if (options.json) console.log(JSON.stringify(ratios));
else {
  console.log(`node ${process.version}; JSON.parse of a plain string of ${size} bytes: ${(base / 1_000).toFixed(1)} ms of CPU time\n`);
  console.log("| door | body | CPU time beside it | what the caller is told |\n|---|---|---|---|");
  for (const { door, body, ratios: values, told } of ratios) console.log(`| ${door} | ${body} | ${spread(values, 2)} | ${told} |`);
}
