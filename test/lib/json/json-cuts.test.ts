import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JsonCuts } from "../../../src/lib/json/json-cuts.ts";

/** A list without the items at these places. */
function withoutItems(text: string, cut: readonly number[]): string {
  const cuts = new JsonCuts(Buffer.from(text));
  cuts.cutItems(cuts.items({ start: 0, end: text.length }), new Set(cut));
  return cuts.apply().toString();
}

describe("what is cut out of a list", () => {
  for (const [text, cut, left] of [
    ["[1, 2, 3]", [], "[1, 2, 3]"],
    ["[1, 2, 3]", [0], "[2, 3]"],
    ["[1, 2, 3]", [1], "[1, 3]"],
    ["[1, 2, 3]", [2], "[1, 2]"],
    ["[1, 2, 3]", [0, 1], "[3]"],
    ["[1, 2, 3]", [1, 2], "[1]"],
    ["[1, 2, 3]", [0, 2], "[2]"],
    ["[ 1, 2 ]", [0, 1], "[  ]"],
    ["{}", [0], "{}"],
  ] as const) {
    it(`${text} without ${JSON.stringify(cut)} is ${left}`, () => assert.equal(withoutItems(text, cut), left));
  }

  it("is gone, and all else is there byte for byte, whatever the list holds", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.json(), fc.boolean())), (items) => {
        const text = `[${items.map(([json]) => json).join(" , ")}]`;
        const cut = items.flatMap(([, isCut], index) => (isCut ? [index] : []));
        const kept = items.filter(([, isCut]) => !isCut).map(([json]) => JSON.parse(json) as unknown);
        assert.deepEqual(JSON.parse(withoutItems(text, cut)), kept);
      }),
    );
  });
});

describe("what is cut out of an object", () => {
  it("is gone with its comma, at any depth, and what is within it may be cut as well", () => {
    const text = '{"a": {"b": 1, "c": 2.50}, "d": [true], "e": 1e3}';
    const cuts = new JsonCuts(Buffer.from(text));
    const members = cuts.members({ start: 0, end: text.length });
    const [first] = members;
    cuts.cutMembers(cuts.members({ start: first?.valueStart ?? 0, end: first?.valueEnd ?? 0 }), new Set([0]));
    cuts.cutMembers(members, new Set([1]));
    assert.equal(cuts.apply().toString(), '{"a": {"c": 2.50}, "e": 1e3}');
    const all = new JsonCuts(Buffer.from(text));
    all.cutMembers(all.members({ start: first?.valueStart ?? 0, end: first?.valueEnd ?? 0 }), new Set([1]));
    all.cutMembers(all.members({ start: 0, end: text.length }), new Set([0]));
    assert.equal(all.apply().toString(), '{"d": [true], "e": 1e3}');
  });

  it("is nothing where no object stands", () => {
    const cuts = new JsonCuts(Buffer.from("[1]"));
    assert.deepEqual(cuts.members({ start: 0, end: 3 }), []);
    assert.ok(cuts.isWhole);
    assert.equal(cuts.apply(), cuts.bytes);
  });
});
