import { RouterError } from "../../../core/errors.ts";

/** The error of a request that has no equal in OpenAI's chat: a deployment that has Responses may serve it. @param why Completes "`path` cannot be sent". */
export function noChatForm(path: string, why = "to a deployment that does not have the Responses API"): RouterError {
  return new RouterError("cannot_serve_this", `\`${path}\` cannot be sent ${why}.`, { param: path });
}
