import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedLock } from "../../../src/lib/shared/shared-lock.ts";
import { SharedTexts } from "../../../src/lib/shared/shared-texts.ts";

function twoThreads(): readonly [SharedTexts, SharedTexts] {
  const memory = SharedTexts.memory();
  const lock = new SharedArrayBuffer(SharedLock.bytes);
  return [new SharedTexts(memory, new SharedLock(lock, 0)), new SharedTexts(memory, new SharedLock(lock, 1))];
}

test("what one thread writes another one reads, until it is changed or taken away", () => {
  const [one, other] = twoThreads();
  assert.equal(other.get(0), undefined);
  one.set(0, "no key of ours: ключ 🚀");
  one.set(7, "");
  assert.deepEqual([other.get(0), other.get(7), other.get(1)], ["no key of ours: ключ 🚀", "", undefined]);
  other.set(0, "short");
  assert.equal(one.get(0), "short");
  other.delete(0);
  assert.deepEqual([one.get(0), one.get(7)], [undefined, ""]);
});

test("a long text is cut between characters, and touches no other", () => {
  const [one, other] = twoThreads();
  one.set(4, "before");
  one.set(6, "behind");
  one.set(5, "🚀".repeat(5_000));
  const text = other.get(5) ?? "";
  assert.ok(text.length > 1_000 && "🚀".repeat(5_000).startsWith(text) && text.isWellFormed());
  assert.deepEqual([other.get(4), other.get(6)], ["before", "behind"]);
});

test("where two numbers want one place, the later one has it, and the other one none of it", () => {
  const [one, other] = twoThreads();
  const numbers = Array.from({ length: 2_000 }, (_, number) => number);
  for (const number of numbers) one.set(number, `text ${number}`);
  const known = numbers.filter((number) => other.get(number) !== undefined);
  assert.ok(known.length >= 500 && known.every((number) => other.get(number) === `text ${number}`));
  one.delete(0);
  assert.deepEqual(
    numbers.filter((number) => other.get(number) !== undefined),
    known,
  );
});
