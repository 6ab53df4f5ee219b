import type { Call } from "../../src/core/call.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { CallContext, CallerFormat } from "../../src/core/format.ts";
import { errorBody } from "../../src/formats/kit/chat/error-body.ts";
import { commonFields, readJsonRequest } from "../../src/formats/kit/request/read-request.ts";
import { findKeptCall } from "../../src/formats/responses/caller/kept-routes.ts";
import { NativeEventWriter, writeNativeReply } from "../../src/formats/responses/caller/native-answer.ts";
import { openRequest } from "../../src/formats/responses/caller/native-request.ts";
import { readKeptCall } from "../../src/formats/responses/caller/read-kept-call.ts";
import { err, ok, type Result } from "../../src/lib/result.ts";

/** A door to deployments that have Responses themselves, and to no others: what goes by it is as it came. */
export const nativeDoor: CallerFormat = {
  format: "responses",
  findCall: (path, method) =>
    path === "/v1/responses"
      ? { kind: "call", caller: nativeDoor, endpoint: "chat", operation: "responses", model: undefined }
      : findKeptCall(path, method, nativeDoor),
  readCall: (body, context) => (context.operation === "responses" ? readResponsesCall(body, context) : readKeptCall(body, context)),
  takesTogether: false,
  streamType: "text/event-stream; charset=utf-8",
  writeReply: writeNativeReply,
  createWriter(call, ids) {
    const events = new NativeEventWriter(call, ids);
    return {
      begin: (deploymentId) => events.begin(deploymentId),
      write: (event) => events.write(event),
      ping: () => undefined,
      writeWith: (_note, event) => events.write(event),
      end: () => undefined,
      fail: (error) => Buffer.from(`event: error\ndata: ${JSON.stringify({ ...errorBody(error).error, type: "error" })}\n\n`),
    };
  },
  writeError: (error, status) => ({ status, body: error.upstream?.body?.bytes ?? JSON.stringify(errorBody(error)) }),
};

function readResponsesCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const read = readJsonRequest(body, context, (request) => ({
    ...commonFields(request, context),
    endpoint: "chat",
    format: "responses",
    model: request.reader.requiredText("model"),
    stream: request.reader.flag("stream") ?? false,
    includeUsage: false,
    maxOutputTokens: request.reader.count("max_output_tokens"),
    answers: 1,
    wantsResponseSchema: false,
    foreign: {
      format: "responses",
      operation: "responses",
      headers: {},
      onlyNative: true,
      toOpenAi: () => new RouterError("operation_not_supported", "This door translates nothing."),
    },
  }));
  if (!read.ok || context.http === undefined) return read;
  const call = read.value;
  const opened = openRequest(call.body, context.http.ids, call.caller?.name);
  if (opened instanceof RouterError) return err(opened);
  const { unpinned, pinnedTo } = opened;
  const pinned = { ...call, body: opened.body, pinnedTo };
  return ok(unpinned === undefined ? pinned : { ...pinned, withoutPin: () => ({ ...call, body: unpinned() }) });
}
