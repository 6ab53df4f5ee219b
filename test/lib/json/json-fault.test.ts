import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../../src/lib/json/json-fault.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("findJsonFault", () => {
  it("finds a fault exactly where JSON.parse finds one", () => {
    const damaged = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "\\", "x", "1", ":", "{", "\n", "-", ".", "e"),
        fc.nat({ max: 2 }),
      )
      .map(([text, at, inserted, removed]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + inserted + text.slice(place + removed);
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: fc.constantFrom(...'{}[],:"\\ \n01-.eEtrufalsn'.split("")) })), (text) => {
        assert.equal(findJsonFault(text) === undefined, parses(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("says where it is, what stands there and what should", () => {
    const cases: [string, string][] = [
      ['{"a": 1,\n "b" 2}', '2:6 offset 14: a colon, not "2"'],
      ['{"a": }', '1:7 offset 6: a value, not "}"'],
      ['{"a": 1', "1:8 offset 7: a comma or }, not the end of the text"],
      ["[1 2]", '1:4 offset 3: a comma or ], not "2"'],
      ["{a: 1}", '1:2 offset 1: a key in double quotes, or }, not "a"'],
      ["{'a': 1}", '1:2 offset 1: a key in double quotes, or }, not "\'"'],
      ['{"a": "b\nc"}', '1:9 offset 8: the rest of a string, or its closing ", not "\\n"'],
      ['{"a": NaN}', '1:7 offset 6: a value, not "N"'],
      ["{} x", '1:4 offset 3: the end of the text, not "x"'],
      ["", "1:1 offset 0: a value, not the end of the text"],
    ];
    for (const [text, expected] of cases) {
      const fault = findJsonFault(text);
      assert.ok(fault, text);
      assert.equal(`${fault.line}:${fault.column} offset ${fault.offset}: ${fault.expected}, not ${fault.found}`, expected);
    }
  });

  it("walks nesting of any depth", () => {
    assert.equal(findJsonFault("[".repeat(300_000))?.offset, 300_000);
  });
});
