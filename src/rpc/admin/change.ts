import type { HandlerContext } from "@connectrpc/connect";
import type { Act } from "../../control/operator.ts";
import { RouterError } from "../../core/errors.ts";
import { callerName } from "../../auth/caller.ts";
import type { Result } from "../../lib/result.ts";
import { callerContext } from "../kit/caller-context.ts";

/** By whom a request's change is made, and for which state. @param etag Empty: whatever the state is. */
export function actOf(context: HandlerContext, etag: string): Act {
  return { who: callerName(context.values.get(callerContext)), etag: etag === "" ? undefined : etag };
}

/** What a change came to. @throws RouterError, which becomes the call's status. */
export function valueOf<Value>(result: Result<Value, RouterError>): Value {
  if (result.ok) return result.value;
  throw result.error;
}

/** A field that must be set. */
export function required<Value>(value: Value | undefined, field: string): Value {
  if (value !== undefined && value !== "") return value;
  throw new RouterError("invalid_request", `${field} is missing.`, { param: field });
}
