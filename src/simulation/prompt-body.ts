import type { JsonText } from "../lib/json/json-text.ts";
import { blockTokens } from "../replica/replica-spec.ts";
import { bytesPerToken } from "./world/simulated-adapter.ts";
import type { CallWork } from "./world/simulated-call.ts";

const head = '{"messages":[{"role":"user","content":"';
const tail = '"}]}';
const valueStart = '{"messages":'.length;
const blockBytes = blockTokens * bytesPerToken;

/**
 * The body of a call of simulated traffic: as many bytes as its tokens have, and the same text where blocks are the same, so that what knows
 * prompts by their beginning sees what it would see in reality.
 * @param number Tells calls without blocks apart.
 */
export function promptBody({ promptTokens, blocks }: CallWork, number: number): JsonText {
  const bytes = take(Math.max(promptTokens * bytesPerToken, head.length + tail.length + blockBytes)).fill(" ");
  bytes.write(head, 0, "latin1");
  const textEnd = bytes.length - tail.length;
  bytes.write(tail, textEnd, "latin1");
  let at = head.length;
  for (const block of blocks) {
    if (at + blockBytes > textEnd) break;
    bytes.write(`b${block};`, at, "latin1");
    at += blockBytes;
  }
  if (at + blockBytes <= textEnd) bytes.write(`c${number};`, at, "latin1");
  return { bytes, members: [{ key: "messages", keyStart: 1, valueStart, valueEnd: bytes.length - 1 }] };
}

/** Bodies are cut from larger pieces: a piece of memory for each would keep the collector busier than the router. */
const slabBytes = 1_048_576;
let slab = Buffer.alloc(0);
let slabAt = 0;

function take(bytes: number): Buffer {
  if (bytes > slabBytes / 8) return Buffer.allocUnsafeSlow(bytes);
  if (slabAt + bytes > slab.length) [slab, slabAt] = [Buffer.allocUnsafeSlow(slabBytes), 0];
  slabAt += bytes;
  return slab.subarray(slabAt - bytes, slabAt);
}
