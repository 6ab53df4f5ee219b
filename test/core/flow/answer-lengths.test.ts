import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerLengths, leastRest } from "../../../src/core/flow/answer-lengths.ts";

const none = { maxOutputTokens: undefined };

function learned(lengths: AnswerLengths, traits: Parameters<AnswerLengths["kindOf"]>[0], tokens: number, times = 200): void {
  for (let time = 0; time < times; time++) lengths.learn(lengths.kindOf(traits), tokens);
}

test("before anything is known, an answer is as long as in public traces, and a longer one has the more left", () => {
  const lengths = new AnswerLengths();
  const kind = lengths.kindOf(none);
  assert.equal(lengths.expectedRest(kind, 0, undefined), 211);
  assert.equal(lengths.expectedRest(kind, 1_000, undefined), 711);
});

test("no more is expected than the caller's cap leaves, and never nothing of a stream that goes on", () => {
  const lengths = new AnswerLengths();
  const kind = lengths.kindOf({ maxOutputTokens: 100 });
  assert.equal(lengths.expectedRest(kind, 0, 100), 100);
  assert.equal(lengths.expectedRest(kind, 60, 100), 40);
  assert.equal(lengths.expectedRest(kind, 100, 100), leastRest);
});

test("callers are told apart, and a new one is taken for what all are", () => {
  const lengths = new AnswerLengths();
  learned(lengths, { ...none, tenant: "brief" }, 20);
  learned(lengths, { ...none, tenant: "long" }, 1_000);
  const rest = (tenant: string): number => lengths.expectedRest(lengths.kindOf({ ...none, tenant }), 0, undefined);
  assert.ok(rest("brief") < 60, String(rest("brief")));
  assert.ok(rest("long") > 900, String(rest("long")));
  assert.ok(rest("new") > 400 && rest("new") < 700, String(rest("new")));
});

test("calls with a small cap are told apart from calls without one", () => {
  const lengths = new AnswerLengths();
  learned(lengths, { maxOutputTokens: 300 }, 30);
  learned(lengths, none, 800);
  const rest = (cap: number | undefined): number => lengths.expectedRest(lengths.kindOf({ maxOutputTokens: cap }), 0, cap);
  assert.ok(rest(300) < 80, String(rest(300)));
  assert.ok(rest(undefined) > 700, String(rest(undefined)));
});

test("completions say nothing of chats", () => {
  const lengths = new AnswerLengths();
  learned(lengths, { ...none, endpoint: "completions" }, 2_000);
  assert.equal(lengths.expectedRest(lengths.kindOf({ ...none, endpoint: "chat" }), 0, undefined), 211);
});

test("embeddings have no answer of tokens", () => {
  const lengths = new AnswerLengths();
  const kind = lengths.kindOf({ ...none, endpoint: "embeddings" });
  lengths.learn(kind, 1_000);
  assert.equal(lengths.expectedRest(kind, 0, undefined), 0);
});

test("any number of tenants takes no more memory than some", () => {
  const lengths = new AnswerLengths();
  const kinds = new Set(Array.from({ length: 5_000 }, (_, index) => lengths.kindOf({ ...none, tenant: `tenant ${index}` })));
  assert.equal(kinds.size, 32);
});
