import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PiecedText } from "../../../src/lib/json/json-text.ts";
import { blockEnds, PrefixHashes } from "../../../src/telemetry/log/prefix-hashes.ts";

const hashes = new PrefixHashes("sk-the-master-key");
const ofText = (text: string): readonly string[] => hashes.of({ bytes: Buffer.from(text), members: [] });

test("a prompt has a hash for each of its whole blocks, and never more than there are blocks", () => {
  assert.deepEqual(ofText("x".repeat(511)), []);
  assert.equal(ofText("x".repeat(512)).length, 1);
  assert.equal(ofText("x".repeat(1_151)).length, 2);
  assert.equal(ofText("x".repeat(2_000_000)).length, blockEnds.length);
});

test("two prompts share as many hashes as they share whole blocks of their beginnings", () => {
  fc.assert(
    fc.property(fc.nat(6_000), fc.nat(3_000), fc.nat(3_000), (shared, one, other) => {
      const [left, right] = [ofText("s".repeat(shared) + "a".repeat(one + 1)), ofText("s".repeat(shared) + "b".repeat(other + 1))];
      const alike = left.filter((hash, index) => right[index] === hash).length;
      assert.equal(alike, blockEnds.filter((end) => end <= shared).length);
    }),
    { numRuns: 200 },
  );
});

test("the pieces that a body came in make no difference, and what stands before the prompt none either", () => {
  const prompt = `[${"m".repeat(3_000)}]`;
  const whole = ofText(prompt);
  const text = `{"model":"m","messages":${prompt}}`;
  const members = [
    { key: "model", keyStart: 1, valueStart: 9, valueEnd: 12 },
    { key: "messages", keyStart: 13, valueStart: text.indexOf("["), valueEnd: text.length - 1 },
  ];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 6 }), (cuts) => {
      const ends = [...cuts.toSorted((one, two) => one - two), text.length];
      const pieces = ends.map((end, index) => Buffer.from(text.slice(ends[index - 1] ?? 0, end)));
      assert.deepEqual(hashes.of(new PiecedText(pieces, members)), whole);
    }),
    { numRuns: 100 },
  );
});

test("another master key gives other hashes, and none holds the key or the text", () => {
  const prompt = "the-planted-prompt".repeat(100);
  const others = new PrefixHashes("sk-another").of({ bytes: Buffer.from(prompt), members: [] });
  const own = ofText(prompt);
  assert.equal(own.length, others.length);
  for (const [index, hash] of own.entries()) {
    assert.match(hash, /^[\w-]{8}$/);
    assert.notEqual(hash, others[index]);
  }
});
