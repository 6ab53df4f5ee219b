import type { JsonText } from "../../lib/json/json-text.ts";

/** Members of a request that hold its prompt, in the formats that are spoken. */
const promptMembers = new Set(["messages", "prompt", "input", "contents", "system", "instructions", "systemInstruction", "tools"]);

/** Where the prompt begins in a request: what stands before it, such as the model's name, is no part of it. 0 where none is known. */
export function promptStart({ members }: JsonText): number {
  return members.find(({ key }) => promptMembers.has(key))?.valueStart ?? 0;
}
