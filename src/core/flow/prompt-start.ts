import type { JsonText } from "../../lib/json/json-text.ts";

/** Members of a request that hold its prompt, in the formats that are spoken. */
const promptMembers = new Set(["messages", "prompt", "input", "contents", "system", "instructions", "systemInstruction", "tools"]);

/** What agents put before their instructions to tell Anthropic who pays: it differs from one conversation to the next. */
const billingHeader = Buffer.from('[{"type":"text","text":"x-anthropic-billing-header:');
const blockEnd = Buffer.from('"},{');
/** No such block is longer. */
const longestHeader = 1_024;

/**
 * Where the prompt begins in a request: what stands before it, such as the model's name, is no part of it, nor is a first block of instructions
 * that only says who pays. 0 where none is known.
 */
export function promptStart(body: JsonText): number {
  const start = body.members.find(({ key }) => promptMembers.has(key))?.valueStart ?? 0;
  const [first] = body.pieces ?? [body.bytes];
  if (first === undefined || !isAt(first, start, billingHeader)) return start;
  const end = first.subarray(start, start + longestHeader).indexOf(blockEnd);
  return end === -1 ? start : start + end + blockEnd.length;
}

function isAt(bytes: Buffer, at: number, text: Buffer): boolean {
  return bytes[at] === text[0] && at + text.length <= bytes.length && bytes.compare(text, 0, text.length, at, at + text.length) === 0;
}
