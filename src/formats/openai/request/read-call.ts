import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import type { Result } from "../../../lib/result.ts";
import { isObject, type JsonFields } from "../../kit/request/field-reader.ts";
import { larger } from "../../kit/request/larger-cap.ts";
import { commonFields, readJsonRequest, readWrittenJson, type RequestFields } from "../../kit/request/read-request.ts";
import { countAnswers } from "./count-answers.ts";

/**
 * Reads a request in OpenAI's JSON, whole or in the pieces that it came in. Only the fields that the router acts on are checked; all others are
 * between the caller and the provider. A trailing comma is forgiven, and the bytes that go out are without it. Any other fault of the JSON is
 * refused.
 * @returns The call, or `invalid_request` that names the field or the place at fault; `deadline_exceeded` when the deadline has passed.
 */
export function readCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  return readJsonRequest(body, context, (request) => callOf(request, context));
}

/** The same for a request that this program has written from another protocol's. @param fields The object that `bytes` were written from. */
export function readWrittenCall(bytes: Buffer, fields: JsonFields, context: CallContext): Result<Call, RouterError> {
  return readWrittenJson(bytes, fields, context, (request) => callOf(request, context));
}

function callOf(request: RequestFields, context: CallContext): Call {
  const { text: body, fields, reader } = request;
  const model = context.pathModel ?? reader.requiredText("model");
  return {
    endpoint: context.endpoint,
    format: openAiFormat,
    model,
    // Embeddings have no streamed form. Whether to refuse the field is up to the provider.
    stream: context.endpoint === "embeddings" ? false : (reader.flag("stream") ?? false),
    includeUsage: reader.nested("stream_options")?.flag("include_usage") ?? false,
    foreign: undefined,
    maxOutputTokens: larger(reader.count("max_completion_tokens"), reader.count("max_tokens")),
    answers: countAnswers(fields, body, context.endpoint),
    ...commonFields(request, context),
    wantsResponseSchema: wantsSchema(fields["response_format"]),
  };
}

/** Whether an answer by a schema is asked for. What else the field may be is up to the provider. */
function wantsSchema(format: unknown): boolean {
  return isObject(format) && format["type"] === "json_schema";
}
