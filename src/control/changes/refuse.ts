import { RouterError } from "../../core/errors.ts";
import { err, type Result } from "../../lib/result.ts";

/** Ends the message of each refusal. */
export const unchanged = "Nothing was changed.";

/** Refuses a request that is at fault itself. @param param The request's field, where it is one. */
export function refuseRequest(message: string, param: string | undefined): Result<never, RouterError> {
  return err(new RouterError("invalid_request", `${message}. ${unchanged}`, { param }));
}
