import type { HandlerContext } from "@connectrpc/connect";
import { callerName } from "../../../auth/caller.ts";
import type { Act } from "../../../control/operator.ts";
import { RouterError } from "../../../core/errors.ts";
import type { Result } from "../../../lib/result.ts";
import { callerContext } from "../../kit/caller-context.ts";

/** Who makes a request's change, and for which state. @param etag The request's own. Empty: for any state. */
export function actOf(context: HandlerContext, etag: string): Act {
  return { who: callerName(context.values.get(callerContext)), etag: optional(etag) };
}

/** A field that must be set. @param field Its name in the request. @throws RouterError `invalid_request` where it is unset or empty. */
export function required<Value>(value: Value | undefined, field: string): Value {
  if (value !== undefined && value !== "") return value;
  throw new RouterError("invalid_request", `${field} is missing.`, { param: field });
}

/** A text field that may be left out: for protobuf, an empty text and an unset field are the same. */
export function optional(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** The value of a change that was made. @throws Why it was not made: a RouterError, which becomes the call's status. */
export function valueOf<Value>(result: Result<Value, RouterError>): Value {
  if (result.ok) return result.value;
  throw result.error;
}
