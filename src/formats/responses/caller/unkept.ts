import { RouterError } from "../../../core/errors.ts";

/** What ids of answers begin with that nobody keeps. */
export const unkeptPrefix = "resp_unkept_";

/** The id of an answer that was made of a chat. It tells who asks for it later why there is none. */
export function unkeptId(callId: string): string {
  return unkeptPrefix + callId.replaceAll("-", "");
}

/** The error of a request that goes on from an answer which was not kept. */
export function notKept(model: string, param: string): RouterError {
  const message =
    `\`${param}\` is not supported for the model ${JSON.stringify(model)}: its deployments keep no answers. ` +
    "Send the whole transcript as `input` instead, with `store` false.";
  return new RouterError("invalid_request", message, { param });
}
