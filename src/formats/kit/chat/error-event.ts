import type { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { StreamEvent } from "../../../core/provider.ts";
import { errorBody } from "./error-body.ts";

/** The event that ends a stream with an error, in OpenAI's format. */
export function errorEvent(error: RouterError): StreamEvent {
  const json = JSON.stringify(errorBody(error));
  const bytes = Buffer.from(`data: ${json}\n\n`);
  return { kind: "error", format: openAiFormat, bytes, data: Buffer.from(json), usage: undefined, error };
}
