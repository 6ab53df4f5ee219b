import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import { classifyInlineError, type ErrorSource } from "./classify-error.ts";

/** The status that an exception within AWS's stream would have had as a reply. */
const statuses: Readonly<Record<string, number>> = {
  internalserverexception: 500,
  modelstreamerrorexception: 424,
  validationexception: 400,
  throttlingexception: 429,
  serviceunavailableexception: 503,
  modeltimeoutexception: 408,
};

/** What {@link frameError} reads of a message of an event stream. */
interface ErrorFrame {
  readonly name: string;
  readonly errorMessage: string;
  readonly payload: Buffer;
}

/** Reads an exception or an error that came as a message of AWS's stream, after a 200. */
export function frameError(source: ErrorSource, { name, errorMessage, payload }: ErrorFrame, call: Pick<Call, "body">): RouterError {
  const said = errorMessage === "" ? messageOf(payload) : errorMessage;
  const status = statuses[name.toLowerCase()];
  return classifyInlineError(source, { error: { type: name, message: said, ...(status === undefined ? {} : { code: status }) } }, call);
}

function messageOf(payload: Buffer): unknown {
  try {
    const value = JSON.parse(payload.toString()) as { readonly message?: unknown; readonly Message?: unknown } | null;
    return value?.message ?? value?.Message;
  } catch {
    return undefined;
  }
}
