import { codeClasses, type RouterError } from "../../../core/errors.ts";
import type { WrittenError } from "../../../core/format.ts";
import type { JsonMembers } from "../../../core/provider.ts";
import { anthropicFormat } from "./format-name.ts";

/** The status by which Anthropic's clients know that a provider has more to do than it can. */
const overloaded = 529;

/** The types of errors by their statuses. All others are {@link otherType}. */
const types: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  409: "conflict_error",
  413: "request_too_large",
  415: "invalid_request_error",
  422: "invalid_request_error",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

const otherType = "api_error";

/**
 * Writes an error as Anthropic's API has it. What Anthropic itself says of a request passes byte for byte, with its status: clients go by the
 * very words.
 */
export function writeMessagesError(error: RouterError, usualStatus: number, callId?: string): WrittenError {
  const own = ownBody(error);
  if (own !== undefined) return { status: error.upstream?.status ?? usualStatus, body: own };
  const status = error.code === "upstream_overloaded" ? overloaded : usualStatus;
  return { status, body: JSON.stringify(errorOf(error, types[status] ?? otherType, callId)) };
}

/** The event that ends a stream with an error, as its data. @param note What the headers could not tell. */
export function errorData(error: RouterError, callId: string, note: JsonMembers | undefined): string {
  const own = note === undefined ? ownBody(error) : undefined;
  if (own !== undefined) return own.toString().replaceAll(/[\r\n]+/g, " ");
  const body = errorOf(error, typeInStream(error), callId);
  return JSON.stringify(note === undefined ? body : { ...body, huntgroup: note });
}

function ownBody({ code, upstream }: RouterError): Buffer | undefined {
  const body = codeClasses[code].failure === "caller" ? upstream?.body : undefined;
  return body?.format === anthropicFormat ? body.bytes : undefined;
}

function typeInStream({ code }: RouterError): string {
  switch (code) {
    case "upstream_overloaded":
      return "overloaded_error";
    case "upstream_rate_limited":
    case "quota_exhausted":
    case "no_capacity":
    case "key_limit_reached":
    case "budget_exceeded":
      return "rate_limit_error";
    case "upstream_timeout":
    case "deadline_exceeded":
      return "timeout_error";
    default:
      return codeClasses[code].outcome === "client_error" ? "invalid_request_error" : otherType;
  }
}

function errorOf(error: RouterError, type: string, callId: string | undefined): JsonMembers {
  return { type: "error", error: { type, message: messageOf(error) }, request_id: callId ?? null };
}

/** Words by which clients know that they have to shorten the conversation. */
const tooLong = "prompt is too long";

function messageOf({ code, message, upstream }: RouterError): string {
  const told = (codeClasses[code].failure === "caller" ? upstream?.message : undefined) ?? message;
  return code === "context_length_exceeded" && !told.toLowerCase().startsWith(tooLong) ? `${tooLong}: ${told}` : told;
}
