import type { Call } from "../../core/call.ts";
import type { RouterError } from "../../core/errors.ts";
import type { JsonText } from "../../lib/json/json-text.ts";

/** A call's request as OpenAI's JSON, whatever format its caller speaks; or why there is no such JSON. */
export function openAiBody(call: Call): JsonText | RouterError {
  return call.foreign === undefined ? call.body : call.foreign.toOpenAi();
}
