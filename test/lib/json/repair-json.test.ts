import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { repairJson, type JsonFault } from "../../../src/lib/json/repair-json.ts";

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The fault that is told of a text which cannot be repaired. */
function faultOf(text: string): JsonFault | undefined {
  const repaired = repairJson(Buffer.from(text));
  return Buffer.isBuffer(repaired) ? undefined : repaired;
}

function show(fault: JsonFault | undefined): string {
  assert.ok(fault);
  return `${fault.line}:${fault.column} offset ${fault.offset}: ${fault.expected}, not ${fault.found}`;
}

/** Texts that would take seconds to whoever looks back. */
function hostile(length: number): readonly string[] {
  return [
    `{"a":"${"x".repeat(length)}",}`,
    `{"a":[${"1,".repeat(length / 2)}]}`,
    `{"a":[${"[],".repeat(length / 3)}]}`,
    "]".repeat(length),
    `[${"}".repeat(length)}`,
    '"'.repeat(length),
    '\n"'.repeat(length / 2),
    `{"a":"${"\\x".repeat(length / 2)}`,
    `{${'"a" "b",'.repeat(length / 8)}`,
    `${"{".repeat(499)}${",".repeat(length)}`,
  ];
}

describe("repairJson", () => {
  it("finds a fault exactly where JSON.parse finds one that is no trailing comma", () => {
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
        const repaired = repairJson(Buffer.from(text));
        const isText = Buffer.isBuffer(repaired);
        assert.ok(isText || !parses(text));
        if (!isText) return;
        assert.ok(parses(repaired.toString()));
        assert.equal(repaired.toString().replaceAll(/[ ,]/g, ""), text.replaceAll(/[ ,]/g, ""));
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
      assert.equal(show(faultOf(text)), expected);
    }
  });

  it("goes no deeper than 500 levels", () => {
    assert.equal(faultOf(`{"a":${"[".repeat(300_000)}`)?.offset, 504);
  });

  it("blanks the commas that nothing follows, and leaves every other byte where it is", () => {
    const text = '{"a": ["é,]", {"b": 1 ,\n}, [[],],] ,"c": {},}';
    const repaired = repairJson(Buffer.from(text));
    assert.ok(Buffer.isBuffer(repaired));
    assert.equal(repaired.toString(), '{"a": ["é,]", {"b": 1  \n}, [[] ] ] ,"c": {} }');
  });

  it("tells the checker's own fault of what is too long for the parser, at the same place", () => {
    const longest = 1_048_576;
    const cases: [string, string][] = [
      ['"b" 2}', 'a colon, not "2"'],
      ['"b": }', 'a value, not "}"'],
      ['"b": [1,]}', 'a value, not "]"'],
      ['"b": [ é]}', 'a value, or ], not "é"'],
      ['"b": [1 2]}', 'a comma or ], not "2"'],
      ['"b": 1', "a comma or }, not the end of the text"],
      ['"b": 1,}', 'a key in double quotes, not "}"'],
      ['"b": {b: 1}}', 'a key in double quotes, or }, not "b"'],
      ['"b": "b\nc"}', 'the rest of a string, or its closing ", not "\\n"'],
      ['"b": "\\x"}', 'the rest of a string, or its closing ", not "\\\\"'],
      ['"b": "b', 'a closing ", not the end of the text'],
      ['"b": NaN}', 'a value, not "N"'],
      ['"b": 1} x', 'the end of the text, not "x"'],
    ];
    for (const [text, expected] of cases) {
      const line = `{"a": "é",\n ${text}`;
      const [short, long] = [line, `{"z": "${"x".repeat(longest)}",\n"a": "é",\n ${text}`].map(faultOf);
      if (!text.endsWith(",}") && !text.endsWith(",]}")) assert.equal(show(short).replace(/^.*?: /, ""), expected);
      assert.equal(show(long).replace(/^.*?: /, ""), expected);
      if (short !== undefined) assert.deepEqual([long?.line, long?.column], [short.line + 1, short.column]);
    }
    assert.equal(show(faultOf(`["${"x".repeat(longest)}"`)), '1:1 offset 0: an object, not "["');
  });

  it("forgives nothing in a text of more than 100,000 commas, colons and brackets", () => {
    assert.ok(Buffer.isBuffer(repairJson(Buffer.from(`{"a":[1${",1".repeat(99_996)},]}`))));
    assert.equal(show(faultOf(`{"a":[1${",1".repeat(99_997)},]}`))?.replace(/^.*?: /, ""), 'a value, not "]"');
  });

  it("never looks back: no text of some megabytes takes seconds", () => {
    for (const text of [...hostile(1_000_000), ...hostile(8_000_000)]) {
      const bytes = Buffer.from(text);
      const before = process.cpuUsage();
      repairJson(bytes);
      const { user } = process.cpuUsage(before);
      assert.ok(user < 3e6, `${text.slice(0, 20)} of ${bytes.length} bytes took ${user} µs`);
    }
  });
});
