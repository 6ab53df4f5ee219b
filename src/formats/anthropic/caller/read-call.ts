import type { Call, ForeignRequest } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { CallContext } from "../../../core/format.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import type { Result } from "../../../lib/result.ts";
import { isObject } from "../../kit/request/field-reader.ts";
import { commonFields, readJsonRequest, type RequestFields } from "../../kit/request/read-request.ts";
import { anthropicFormat } from "./format-name.ts";
import { toChat } from "./to-chat.ts";

/**
 * Reads a request of the Messages API. Only what the router acts on is checked: all else is between the caller and the provider, or for
 * {@link toChat}, which is asked only where a deployment speaks another format.
 */
export function readMessagesCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  return readJsonRequest(body, context, (request) => callOf(request, context));
}

function callOf(request: RequestFields, context: CallContext): Call {
  const { text, fields, reader } = request;
  const { operation = "messages", headers = {} } = context;
  const model = context.pathModel ?? reader.requiredText("model");
  const isCount = operation === "count_tokens";
  const stream = !isCount && (reader.flag("stream") ?? false);
  let chat: JsonText | RouterError | undefined;
  const foreign: ForeignRequest = {
    format: anthropicFormat,
    operation,
    headers: ownHeaders(headers),
    onlyNative: isCount,
    toOpenAi: () => (chat ??= isCount ? cannotCount() : toChat(text, model, stream)),
  };
  const maxOutputTokens = isCount ? undefined : reader.count("max_tokens");
  return {
    ...commonFields(request, context),
    endpoint: context.endpoint,
    format: anthropicFormat,
    model,
    stream,
    // Messages always tell their usage.
    includeUsage: true,
    foreign,
    maxOutputTokens,
    answers: isCount ? 0 : 1,
    wantsResponseSchema: !isCount && wantsSchema(fields["output_config"], fields["output_format"]),
  };
}

function cannotCount(): RouterError {
  return new RouterError("cannot_serve_this", "OpenAI's format has no count of a prompt's tokens.");
}

/** What a header is called that shows who its sender is. */
const credential = /key|token|auth|secret|cookie|password/;

/** Headers that belong to the format: `anthropic-version`, `anthropic-beta` and whatever else begins so, but for what callers show of themselves. */
function ownHeaders(headers: NonNullable<CallContext["headers"]>): Readonly<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const name in headers) {
    if (!name.startsWith("anthropic-") || credential.test(name) || !Object.hasOwn(headers, name)) continue;
    const value = headers[name];
    if (value !== undefined) own[name] = typeof value === "string" ? value : value.join(",");
  }
  return own;
}

function wantsSchema(config: unknown, older: unknown): boolean {
  return isSchema(isObject(config) ? config["format"] : undefined) || isSchema(older);
}

function isSchema(format: unknown): boolean {
  return isObject(format) && format["type"] === "json_schema";
}
