import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { checkObject } from "../../../src/lib/json/check-object.ts";
import { scanMembers } from "../../../src/lib/json/json-splice.ts";

/** What `JSON.parse` and the scanner of members say of it. */
function expected(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? scanMembers(bytes) : undefined;
}

/** At every alignment in memory, since texts are looked through in blocks. */
function assertAsParsed(text: string): void {
  const bytes = Buffer.from(text);
  for (const offset of [0, 1, 7]) {
    const shifted = Buffer.alloc(bytes.length + offset + 3, '"').subarray(offset, offset + bytes.length);
    shifted.set(bytes);
    const checked = checkObject(shifted);
    assert.ok(isDeepStrictEqual(Array.isArray(checked) ? checked : undefined, expected(bytes)), text.slice(0, 200));
  }
}

const longText = fc.tuple(fc.string({ unit: "binary", maxLength: 30 }), fc.nat({ max: 200 })).map(([text, times]) => text.repeat(times));
const value = fc.jsonValue({ maxDepth: 4 });
const object = fc.dictionary(fc.string({ unit: "binary", maxLength: 10 }), fc.oneof(value, longText));
const indent = fc.constantFrom(undefined, 1, "\t", "\r\n");

function members(count: number): string {
  return `{${Array.from({ length: count }, () => '"a":1').join(",")}}`;
}

function nested(depth: number): string {
  return `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

describe("checkObject", () => {
  it("finds in a valid object the members that the scanner finds", () => {
    fc.assert(
      fc.property(object, indent, (made, space) => {
        const text = JSON.stringify(made, undefined, space === "\r\n" ? 1 : space);
        assertAsParsed(space === "\r\n" ? text.replaceAll("\n", "\r\n") : text);
      }),
      { numRuns: 500 },
    );
  });

  it("takes and refuses what JSON.parse takes and refuses, whatever byte is changed, left out or put in", () => {
    const interesting = fc.oneof(
      fc.constantFrom(...'{}[]":,\\0123456789-+.eEtfnu/ \n\t\0\u001f\u007fé'.split("")),
      fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(object, fc.nat(), interesting, fc.constantFrom("change", "leave out", "put in"), (made, place, character, how) => {
        const text = JSON.stringify(made);
        const at = place % (text.length + 1);
        const rest = text.slice(how === "put in" ? at : at + 1);
        assertAsParsed(`${text.slice(0, at)}${how === "leave out" ? "" : character}${rest}`.toWellFormed());
      }),
      { numRuns: 5_000 },
    );
  });

  const texts = [
    ["", " ", "{", "}", "{}", " {} ", "{}{}", "{} x", "[]", "null", "1", '"a"', "\ufeff{}"],
    ["{,}", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1 "b":2}', '{"a":1,,"b":2}', "{a:1}", "{'a':1}", '{"a":1}}', '{"a" : 1 , "b" : 2}'],
    ["[1]", "[1,]", "[,1]", "[]", "[[]]", "[}", "[1 2]", "{]", '{"x":1,}', '{"x":{}}', '[{"x":[]},{}]', "[[[[1],2],3],{}]"],
    ["01", "-", "-0", "1.", ".5", "1e", "1e5", "1E+5", "1.5e-5", "+1", "0x1", "1_000", "NaN", "Infinity", "-Infinity", "1".repeat(300)],
    ["true", "tru", "truee", "false", "null", "nul", "True", "undefined"],
    ['"\\n"', '"\\x"', '"\\u00e9"', '"\\u00g9"', '"\\u12"', '"\\ud800"', '"\\', '"a', '"a\\"', '"\n"', '"\t"', '"\u007f\u2028"'],
    [`"${"x".repeat(70_000)}"`, `"${"x".repeat(70_000)}`, `"${"x".repeat(65_560)}\n"`, `"${"x".repeat(65_529)}\\\\${"x".repeat(40)}"`],
  ].flat();
  for (const text of texts) {
    it(`agrees with JSON.parse on ${JSON.stringify(text.slice(0, 40))}, alone and as a member`, () => {
      assertAsParsed(text);
      assertAsParsed(`{"k":${text}}`);
      assertAsParsed(`{"k":[${text}],"l":"${"y".repeat(100)}"}`);
    });
  }

  it("takes numbers of any length", () => {
    for (const digits of [1_023, 1_024, 100_000]) assertAsParsed(`{"k":${"1".repeat(digits)},"l":[${"1".repeat(digits)}.5e-7]}`);
  });

  it("takes 10,000 members at the top and 500 levels, and says of more than these where they begin", () => {
    assertAsParsed(members(10_000));
    assert.deepEqual(checkObject(Buffer.from(members(10_001))), { at: 60_001, expected: "fewer members" });
    assertAsParsed(nested(500));
    assert.deepEqual(checkObject(Buffer.from(nested(501))), { at: 504, expected: "less nesting" });
    assertAsParsed(`{"b":[${nested(497)},${nested(498)}]}`);
  });
});
