import type { Endpoint } from "../../core/endpoints.ts";
import type { Call } from "../../core/call.ts";
import type { RouterError } from "../../core/errors.ts";
import { type CallContext, type CallerFormat, type CallRoute, openAiFormat, type StreamWriter } from "../../core/format.ts";
import { decodePathName } from "../../lib/decode-path-name.ts";
import type { Result } from "../../lib/result.ts";
import { writeKeptReply } from "./kept/kept-ids.ts";
import { findFilesCall, keptPaths } from "./kept/files-routes.ts";
import { readFilesCall } from "./kept/read-files-call.ts";
import { endpointPaths } from "./operation-path.ts";
import { errorBody } from "../kit/chat/error-body.ts";
import { readFormCall } from "./operations/read-form-call.ts";
import { formEndpoints, isAnsweredInBytes, isPassedOn } from "./operations/operations.ts";
import { readCall } from "./request/read-call.ts";
import { noteOnChunk } from "../kit/continuation/note-on-chunk.ts";

/** How callers speak OpenAI's format. Events and replies come in it already, so writing them costs nothing. */
export const openAiCaller: CallerFormat = {
  format: openAiFormat,
  findCall: (path, method) => exactPaths.get(path) ?? findByModelInPath(path) ?? findFilesCall(path, method, openAiCaller),
  readCall: readAnyCall,
  get knownPaths() {
    return openAiPaths;
  },
  takesTogether: true,
  streamType: "text/event-stream; charset=utf-8",
  writeReply: (reply, call, context) => (call.endpoint === "kept" ? writeKeptReply(reply, call, context) : reply.body),
  createWriter: writerFor,
  writeError: (error, usualStatus) => ({ status: usualStatus, body: JSON.stringify(errorBody(error)) }),
};

function readAnyCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  if (context.endpoint === "kept") return readFilesCall(body, context);
  return isForm(context) ? readFormCall(body, context) : readCall(body, context);
}

/** Some hosts take JSON in place of a form, which names files by their addresses. */
function isForm({ endpoint, headers }: CallContext): boolean {
  const type = headers?.["content-type"];
  return formEndpoints.has(endpoint) && !(typeof type === "string" && /^application\/(?:[\w.+-]+\+)?json/i.test(type));
}

const pingComment = Buffer.from(": ping\n\n");
const doneEvent = Buffer.from("data: [DONE]\n\n");

/** Has no state: all streams share it. */
const writer: StreamWriter = {
  write: (event) => event.bytes,
  // A comment, which readers of events pass over.
  ping: () => pingComment,
  writeWith: (note, event) => noteOnChunk(event, note).bytes,
  // Some hosts leave the mark out; OpenAI's clients wait for it.
  end: (sawDone) => (sawDone ? undefined : doneEvent),
  // Without the mark: so that what was sent is not taken for the whole.
  fail(error, note) {
    const body = note === undefined ? errorBody(error) : { ...errorBody(error), huntgroup: note };
    return Buffer.from(`data: ${JSON.stringify(body)}\n\n`);
  },
};

/** The same for events that end as the deployment ended them. */
const passingWriter: StreamWriter = { ...writer, followsType: true, end: () => undefined };

/** The same for bytes that are no events. What was cut is broken off, so that it is not taken for the whole. */
const plainWriter: StreamWriter = {
  write: (event) => event.bytes,
  ping: () => undefined,
  followsType: true,
  isPlain: true,
  writeWith: (_note, event) => event.bytes,
  end: () => undefined,
  fail: () => undefined,
};

function writerFor(call: Call): StreamWriter {
  if (call.endpoint === "kept") return plainWriter;
  if (!isPassedOn(call.endpoint)) return writer;
  return isAnsweredInBytes(call) ? plainWriter : passingWriter;
}

function routeTo(endpoint: Endpoint, model: string | undefined): CallRoute {
  const route = { kind: "call", caller: openAiCaller, endpoint, model } as const;
  return formEndpoints.has(endpoint) ? { ...route, body: "form" } : route;
}

/** In this order: the path of chat completions ends as that of completions does. */
const endpoints = [
  "chat",
  "completions",
  "embeddings",
  "image_generation",
  "image_edit",
  "image_variation",
  "speech",
  "transcription",
  "translation",
  "moderation",
  "rerank",
  "decisions",
] as const satisfies readonly Endpoint[];

/** Versions of an API that stand before its paths, beside none. */
const versions: Readonly<Partial<Record<Endpoint, readonly string[]>>> = { rerank: ["/v1", "/v2"] };

const exactPaths: ReadonlyMap<string, CallRoute> = new Map(
  endpoints.flatMap((endpoint) => {
    const route = routeTo(endpoint, undefined);
    return ["", ...(versions[endpoint] ?? ["/v1"])].map((version) => [`${version}${endpointPaths[endpoint]}`, route] as const);
  }),
);

const pathNames = endpoints.flatMap((endpoint) => (versions[endpoint] ?? ["/v1"]).map((version) => version + endpointPaths[endpoint]));
const openAiPaths = `POST ${pathNames.join(", ")} (with or without /v1, or under /engines/{model} and /openai/deployments/{model}); ${keptPaths}; /v1/realtime (WebSocket, HTTP/1.1)`;

/** The model stands between one of these and the operation. */
const modelPrefixes = ["/engines/", "/openai/deployments/"];

function findByModelInPath(path: string): CallRoute | undefined {
  const prefix = modelPrefixes.find((one) => path.startsWith(one));
  if (prefix === undefined) return undefined;
  for (const endpoint of endpoints) {
    const suffix = endpointPaths[endpoint];
    if (!path.endsWith(suffix) || path.length <= prefix.length + suffix.length) continue;
    return routeTo(endpoint, decodePathName(path.slice(prefix.length, -suffix.length)));
  }
  return undefined;
}
