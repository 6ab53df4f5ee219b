import type { Call } from "../../../core/call.ts";

/** The model's name as callers wrote it, as JSON: what replies show instead of the provider's name for it. */
export function modelJson(call: Call): Buffer {
  return Buffer.from(JSON.stringify(call.model));
}
