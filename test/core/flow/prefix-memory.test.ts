import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PrefixMemory, type PromptPrefix } from "../../../src/core/flow/prefix-memory.ts";
import { markEnds, promptMarks } from "../../../src/core/flow/prompt-marks.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { RouterError } from "../../../src/core/errors.ts";

function prefixOf(memory: PrefixMemory, text: string): PromptPrefix {
  return memory.prefixOf({ bytes: Buffer.from(text), members: [] });
}

function textOf(length: number, seed = 1): string {
  let text = "";
  for (let word = seed; text.length < length; word = (word * 48_271) % 2_147_483_647) text += `${word} `;
  return text.slice(0, length);
}

function marksAfter(head: string): Int32Array {
  const bytes = Buffer.from(head + textOf(2_000));
  return promptMarks({ bytes, members: [{ key: "messages", keyStart: 0, valueStart: head.length, valueEnd: bytes.length }] });
}

function replied(cachedTokens: number | undefined): Outcome {
  return {
    kind: "success",
    firstTokenMs: 1,
    totalMs: 1,
    stream: true,
    usage: { promptTokens: 1_000, outputTokens: 1, ...(cachedTokens === undefined ? {} : { cachedTokens }) },
  };
}

test("marks are the same in whatever pieces a prompt comes, and differ from the first mark on behind a difference", () => {
  const text = textOf(5_000);
  fc.assert(
    fc.property(fc.array(fc.nat(4_999), { maxLength: 6 }), fc.nat(4_999), (cuts, changed) => {
      const bytes = Buffer.from(text);
      const whole = promptMarks({ bytes, members: [] });
      const at = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
      assert.deepEqual(promptMarks({ bytes, pieces, members: [] }), whole);
      const other = Buffer.from(bytes);
      other[changed] = 1;
      const marks = promptMarks({ bytes: other, members: [] });
      markEnds.slice(0, whole.length).forEach((end, index) => assert.equal(marks[index] === whole[index], end <= changed));
    }),
    { numRuns: 100 },
  );
});

test("what stands before the prompt plays no part", () => {
  assert.deepEqual(marksAfter('{"model":"a"'), marksAfter('{"model":"another"'));
});

test("a longer turn of a conversation is known where the turn before was read, and nowhere else", () => {
  const memory = new PrefixMemory();
  prefixOf(memory, textOf(4_000)).remember(3, 1_000);
  const next = prefixOf(memory, textOf(6_000));
  const known = next.bytesOn(3, 2_000);
  assert.ok(known > 3_000 && known <= 4_000, String(known));
  assert.equal(next.bytesOn(4, 2_000), 0);
  assert.equal(prefixOf(memory, textOf(6_000, 2)).bytesOn(3, 2_000), 0);
});

test("it is forgotten after minutes, and when its deployment fails", () => {
  const memory = new PrefixMemory();
  const prefix = prefixOf(memory, textOf(4_000));
  prefix.remember(0, 10_000);
  prefix.remember(1, 10_000);
  prefix.learn(0, 0, { kind: "failure", error: new RouterError("upstream_error", "x"), totalMs: 1, begun: false }, 11_000);
  assert.equal(prefix.bytesOn(0, 12_000), 0);
  assert.ok(prefix.bytesOn(1, 12_000) > 0);
  assert.equal(prefix.bytesOn(1, 320_000), 0);
});

test("a deployment is trusted as far as its replies say that it remembers", () => {
  const memory = new PrefixMemory();
  for (let reply = 0; reply < 20; reply++) memory.learn(0, 1_000, replied(1_000), 1);
  memory.learn(1, 1_000, replied(1), 1);
  // Once it tells, saying nothing means that it remembered nothing.
  for (let reply = 0; reply < 20; reply++) memory.learn(1, 1_000, replied(undefined), 1);
  for (let reply = 0; reply < 20; reply++) memory.learn(2, 1_000, replied(undefined), 1);
  assert.ok(memory.trustOf(0) > 0.99 && memory.trustOf(1) < 0.1, `${memory.trustOf(0)} ${memory.trustOf(1)}`);
  assert.equal(memory.trustOf(2), memory.trustOf(9));
});

test("any number of prompts takes no more memory, and the latest are known", () => {
  const memory = new PrefixMemory();
  for (let one = 1; one < 4_000; one++) prefixOf(memory, textOf(1_500, one)).remember(one % 8, one);
  assert.ok(prefixOf(memory, textOf(1_500, 3_999)).bytesOn(3_999 % 8, 4_000) > 0);
});
