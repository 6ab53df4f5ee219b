import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseExact } from "../../../src/lib/json/parse-exact.ts";

describe("a JSON text that is parsed and written again", () => {
  it("keeps integers that JavaScript cannot hold, wherever they stand", () => {
    for (let before = 0; before < 40; before++) {
      for (const number of ["12345678901234567890", "-9007199254740993", "1234567890123456", "0.1234567890123456789"]) {
        const text = `{"${"x".repeat(before)}":${number}}`;
        const written = number.startsWith("0.") ? JSON.stringify(JSON.parse(text)) : text;
        assert.equal(JSON.stringify(parseExact(text)), written);
      }
    }
  });

  it("is otherwise what JSON.parse makes of it", () => {
    fc.assert(fc.property(fc.json(), (text) => assert.equal(JSON.stringify(parseExact(text)), JSON.stringify(JSON.parse(text)))));
  });
});
