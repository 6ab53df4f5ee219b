import type { Endpoint } from "../../core/endpoints.ts";
import { type CallerFormat, type CallRoute, openAiFormat, type StreamWriter } from "../../core/format.ts";
import { decodePathName } from "../../lib/decode-path-name.ts";
import { endpointPaths } from "./operation-path.ts";
import { errorBody } from "../kit/chat/error-body.ts";
import { readCall } from "./request/read-call.ts";
import { noteOnChunk } from "../kit/continuation/note-on-chunk.ts";

/** How callers speak OpenAI's format. Events and replies come in it already, so writing them costs nothing. */
export const openAiCaller: CallerFormat = {
  format: openAiFormat,
  findCall: (path) => exactPaths.get(path) ?? findByModelInPath(path),
  readCall,
  takesTogether: true,
  streamType: "text/event-stream; charset=utf-8",
  writeReply: (reply) => reply.body,
  createWriter: () => writer,
  writeError: (error, usualStatus) => ({ status: usualStatus, body: JSON.stringify(errorBody(error)) }),
};

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

function routeTo(endpoint: Endpoint, model: string | undefined): CallRoute {
  return { kind: "call", caller: openAiCaller, endpoint, model };
}

/** In this order: the path of chat completions ends as that of completions does. */
const endpoints = ["chat", "completions", "embeddings"] satisfies Endpoint[];

const exactPaths: ReadonlyMap<string, CallRoute> = new Map(
  endpoints.flatMap((endpoint): [string, CallRoute][] => {
    const route = routeTo(endpoint, undefined);
    return [
      [endpointPaths[endpoint], route],
      [`/v1${endpointPaths[endpoint]}`, route],
    ];
  }),
);

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
