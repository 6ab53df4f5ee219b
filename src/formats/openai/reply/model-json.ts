import type { Call } from "../../../core/call.ts";

/** The model's name as the caller wrote it, as JSON. Replies show it in place of the provider's name. */
export function modelJson(call: Call): Buffer {
  return Buffer.from(JSON.stringify(call.model));
}
