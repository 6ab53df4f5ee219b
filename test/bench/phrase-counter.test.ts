import assert from "node:assert/strict";
import { test } from "node:test";
import { PhraseCounter } from "../../bench/support/phrase-counter.ts";

const text = 'x"content":"word1 "content":"wor "content":"word2"content":"word';

function countIn(pieces: readonly string[]): number {
  const counter = new PhraseCounter('"content":"word');
  for (const piece of pieces) counter.push(Buffer.from(piece));
  return counter.count;
}

test("a phrase is counted once, wherever its text is cut", () => {
  assert.equal(countIn([text]), 3);
  assert.equal(countIn(text.split("")), 3);
  for (let cut = 1; cut < text.length; cut++) assert.equal(countIn([text.slice(0, cut), text.slice(cut)]), 3, `cut at ${cut}`);
});

test("after a reset nothing of before counts", () => {
  const counter = new PhraseCounter("ab");
  counter.push(Buffer.from("aba"));
  counter.reset();
  counter.push(Buffer.from("b"));
  assert.equal(counter.count, 0);
});
