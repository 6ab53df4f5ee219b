import assert from "node:assert/strict";
import { test } from "node:test";
import { noteParse, parseExactOnce } from "../../../src/lib/json/latest-parse.ts";

test("what was parsed last is not parsed again", () => {
  const bytes = Buffer.from('{"a":1}');
  const value = { a: 1 };
  noteParse(bytes, '{"a":1}', value);
  assert.equal(parseExactOnce(bytes), value);
  const others = Buffer.from('{"a":1}');
  assert.notEqual(parseExactOnce(others), value);
  assert.deepEqual(parseExactOnce(others), value);
});

test("a number that JavaScript cannot hold keeps its spelling all the same", () => {
  const text = '{"a":12345678901234567890}';
  const bytes = Buffer.from(text);
  noteParse(bytes, text, JSON.parse(text));
  assert.equal(JSON.stringify(parseExactOnce(bytes)), text);
});
