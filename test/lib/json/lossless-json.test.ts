import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseLossless } from "../../../src/lib/json/lossless-json.ts";

test("every number is written again as it was spelled", () => {
  for (const text of ["1.0", "-0", "1e2", "12345678901234567890", "0.1000", "1E400"]) {
    assert.equal(JSON.stringify(parseLossless(`{"a":[${text}],"b":"${text}"}`)), `{"a":[${text}],"b":"${text}"}`);
  }
});

test("what is no number is as JSON.parse has it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(JSON.stringify(parseLossless(text)), text);
    }),
  );
});
