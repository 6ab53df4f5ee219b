import type { Call } from "../../../core/call.ts";
import { type Endpoint, endpoints } from "../../../core/endpoints.ts";
import type { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import type { UnitCounts } from "../../../core/outcome.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import type { Result } from "../../../lib/result.ts";
import { type FieldReader, isObject, type JsonFields } from "../../kit/request/field-reader.ts";
import { larger } from "../../kit/request/larger-cap.ts";
import { commonFields, readJsonRequest, readWrittenJson, type RequestFields } from "../../kit/request/read-request.ts";
import { jsonUnits } from "../operations/operation-units.ts";
import { streamEndpoints, usualModels } from "../operations/operations.ts";
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
  const { hasTokens } = endpoints[context.endpoint];
  const model = context.pathModel ?? usualModel(context.endpoint, reader) ?? reader.requiredText("model");
  // In this order their faults are told.
  const stream = isStreamed(context.endpoint, reader);
  const includeUsage = !hasTokens || (reader.nested("stream_options")?.flag("include_usage") ?? false);
  const maxOutputTokens = hasTokens ? larger(reader.count("max_completion_tokens"), reader.count("max_tokens")) : undefined;
  const answers = hasTokens ? countAnswers(fields, body, context.endpoint) : 0;
  const units = hasTokens ? undefined : unitsOf(context.endpoint, request);
  return {
    ...commonFields(request, context),
    endpoint: context.endpoint,
    format: openAiFormat,
    model,
    stream,
    includeUsage,
    foreign: undefined,
    maxOutputTokens,
    answers,
    units,
    wantsResponseSchema: wantsSchema(fields["response_format"]),
  };
}

/** Whether an answer by a schema is asked for. What else the field may be is up to the provider. */
function wantsSchema(format: unknown): boolean {
  return isObject(format) && format["type"] === "json_schema";
}

/** Whether the answer comes as it is made. Whether to refuse the field where there is no such answer is up to the provider. */
function isStreamed(endpoint: Endpoint, reader: FieldReader): boolean {
  // Speech is bytes, which need not be whole to be heard.
  if (endpoint === "speech") return true;
  const mayStream = (endpoints[endpoint].hasTokens && endpoint !== "embeddings") || streamEndpoints.has(endpoint);
  return mayStream && (reader.flag("stream") ?? false);
}

function usualModel(endpoint: Endpoint, reader: FieldReader): string | undefined {
  return reader.value("model") === undefined ? usualModels[endpoint] : undefined;
}

function unitsOf(endpoint: Endpoint, { text, reader }: RequestFields): UnitCounts | undefined {
  return jsonUnits(endpoint, reader.value("n"), () => countCharacters(text));
}

/** The characters of a request's `input`, as providers count what is spoken: code points. */
function countCharacters({ bytes, members }: JsonText): number {
  const input = members.findLast(({ key }) => key === "input");
  const text: unknown = input === undefined ? "" : JSON.parse(bytes.toString("utf8", input.valueStart, input.valueEnd));
  if (typeof text !== "string") return 0;
  let count = 0;
  for (const _ of text) count++;
  return count;
}
