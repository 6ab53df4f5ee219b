import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withFiniteNumbers } from "../../../src/lib/json/finite-numbers.ts";

const cases: readonly (readonly [written: string, read: string])[] = [
  ['{"a":NaN}', '{"a":null}'],
  ['{"a":-Infinity,"b":Infinity,"c":-NaN}', '{"a":null,"b":null,"c":null}'],
  ["[NaN,NaN , -Infinity\n]", "[null,null , null\n]"],
  ["NaN", "null"],
  ["-Infinity", "null"],
  ['{"NaN":"NaN, -Infinity","a\\"NaN":[NaN]}', '{"NaN":"NaN, -Infinity","a\\"NaN":[null]}'],
  ['{"a":"\\\\","b":NaN}', '{"a":"\\\\","b":null}'],
  // What is no token by itself is no number, and stays for the parser to refuse.
  ["[NaNa,xNaN,InfinityX,--Infinity,1NaN]", "[NaNa,xNaN,InfinityX,--Infinity,1NaN]"],
  ['{"a":"not closed NaN', '{"a":"not closed NaN'],
  ["", ""],
];

for (const [written, read] of cases) {
  test(`${JSON.stringify(written)} is read as ${JSON.stringify(read)}`, () => {
    assert.equal(withFiniteNumbers(Buffer.from(written)).toString(), read);
    // Long texts are searched in another way.
    const space = " ".repeat(600);
    assert.equal(withFiniteNumbers(Buffer.from(space + written)).toString(), space + read);
  });
}

test("text without such a number stays the very same bytes, whatever its texts say", () => {
  for (const text of ['{"a":1}', '{"a":"NaN is not a number, and Infinity is none"}']) {
    const bytes = Buffer.from(text);
    assert.equal(withFiniteNumbers(bytes), bytes);
  }
});

test("any JSON with such numbers in it is the same JSON with nulls", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("NaN", "-Infinity", "Infinity", "-NaN"), (value, token) => {
      const spoilt = JSON.stringify([value, null, { mark: value }, null]).replaceAll("null", token);
      const plain = JSON.stringify([value, null, { mark: value }, null]);
      // Texts may hold the word too, which then was replaced in both.
      if (!JSON.stringify(value).includes("null")) assert.equal(withFiniteNumbers(Buffer.from(spoilt)).toString(), plain);
    }),
  );
});

test("long texts take linear time", () => {
  // Quadratic work would take minutes.
  assert.ok(withFiniteNumbers(Buffer.from(`[${"NaN,".repeat(300_000)}1]`)).length > 1_000_000);
  assert.ok(withFiniteNumbers(Buffer.from(`"${'NaN\\"'.repeat(300_000)}`)).length > 1_000_000);
});
