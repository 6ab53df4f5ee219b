import type { CallerFormat, CallRoute } from "../../../core/format.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { findKeptCall } from "./kept-routes.ts";
import { readResponsesCall } from "./read-call.ts";
import { readKeptCall } from "./read-kept-call.ts";
import { ResponseStreamWriter } from "./stream-writer.ts";
import { writeResponsesError } from "./write-error.ts";
import { writeResponse } from "./write-response.ts";

/** How callers speak OpenAI's Responses. What a deployment answers in this format passes as it came; of what it answers as a chat, a response is made. */
export const responsesCaller: CallerFormat = {
  format: responsesFormat,
  findCall: (path, method) => paths.get(path) ?? findKeptCall(path, method, responsesCaller),
  knownPaths: "POST /v1/responses, and /v1/responses/{id} and /v1/conversations as OpenAI has them",
  readCall: (body, context) => (context.operation === operation ? readResponsesCall(body, context) : readKeptCall(body, context)),
  takesTogether: true,
  streamType: "text/event-stream; charset=utf-8",
  writeReply: writeResponse,
  createWriter: (call, ids) => new ResponseStreamWriter(call, ids),
  writeError: writeResponsesError,
};

const operation = "responses";

const route: CallRoute = { kind: "call", caller: responsesCaller, endpoint: "chat", operation, model: undefined };

/** Base URLs come with and without a version, and as Azure's. */
const paths: ReadonlyMap<string, CallRoute> = new Map(
  ["/v1/responses", "/responses", "/openai/v1/responses", "/openai/responses"].map((path) => [path, route]),
);
