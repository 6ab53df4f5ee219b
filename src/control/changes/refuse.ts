import { RouterError } from "../../core/errors.ts";
import { err, type Result } from "../../lib/result.ts";

export const unchanged = "Nothing was changed.";

/** What an operator asked for is at fault. @param param The request's field. */
export function refuse(message: string, param: string | undefined): Result<never, RouterError> {
  return err(new RouterError("invalid_request", `${message}. ${unchanged}`, { param }));
}
