import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { CallContext } from "../../../core/format.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { isObject } from "../../kit/request/field-reader.ts";
import { commonFields, readJsonRequest, type RequestFields } from "../../kit/request/read-request.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { withKeptAnswers, type WrittenRequest } from "./kept-answers.ts";
import { openRequest } from "./native-request.ts";
import { responsesToChat } from "./to-chat.ts";
import { asNativesTakeIt } from "./bridged-ids.ts";

/**
 * Reads a request for a response. Only what the router acts on is checked: all else is between the caller and the provider, or for
 * {@link responsesToChat}, which is asked only where a deployment speaks another format.
 */
export function readResponsesCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  let fault: RouterError | undefined;
  const read = readJsonRequest(body, context, (request) => {
    const text = withKeptAnswers(request.text, context.http?.ids.shelf, context.caller?.name);
    if (!(text instanceof RouterError)) return callOf({ ...request, text }, context);
    fault = text;
    return callOf(request, context);
  });
  if (!read.ok) return read;
  if (fault !== undefined) return err(fault);
  if (context.http === undefined) return read;
  const call = read.value;
  const opened = openRequest(asNativesTakeIt(call.body), context.http.ids, context.caller?.name);
  if (opened instanceof RouterError) return err(opened);
  const { body: own, pinnedTo, unpinned } = opened;
  if (own === call.body && pinnedTo === undefined) return read;
  const pinned = { ...call, body: own, pinnedTo };
  return ok(unpinned === undefined ? pinned : { ...pinned, withoutPin: () => ({ ...call, body: unpinned() }) });
}

function callOf(request: RequestFields, context: CallContext): Call {
  const { text, fields, reader } = request;
  const model = context.pathModel ?? reader.requiredText("model");
  const stream = reader.flag("stream") ?? false;
  let chat: JsonText | RouterError | undefined;
  const foreign: WrittenRequest = {
    written: text,
    format: responsesFormat,
    operation: "responses",
    headers: {},
    // What is made while nobody waits for it has to be kept.
    onlyNative: reader.flag("background") ?? false,
    toOpenAi: () => (chat ??= responsesToChat(text, model, stream)),
  };
  const maxOutputTokens = reader.count("max_output_tokens");
  return {
    ...commonFields(request, context),
    endpoint: context.endpoint,
    format: responsesFormat,
    model,
    stream,
    // Responses always tell their usage.
    includeUsage: true,
    foreign,
    maxOutputTokens,
    answers: 1,
    wantsResponseSchema: wantsSchema(fields["text"]),
  };
}

function wantsSchema(text: unknown): boolean {
  const format = isObject(text) ? text["format"] : undefined;
  return isObject(format) && format["type"] === "json_schema";
}
