import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import fc from "fast-check";
import wabt from "wabt";
import { checkObject, mostMembers, mostValues } from "../../../src/lib/json/check-object.ts";
import { countLines, countUnits, putTogether, roomForMembers, scannerModule } from "../../../src/lib/json/text-scanner.ts";

test("the module is what its readable source assembles to", async () => {
  const file = "text-scanner.wat";
  const source = await readFile(new URL(`../../../src/lib/json/${file}`, import.meta.url), "utf8");
  const assembled = (await wabt()).parseWat(file, source, { simd: true });
  assembled.resolveNames();
  assembled.validate();
  assert.equal(Buffer.from(assembled.toBinary({}).buffer).toString("base64"), scannerModule);
});

test("its memory has room for all members that there may be", () => {
  assert.ok(roomForMembers >= mostMembers);
});

/** Texts that reach over the end of a window: what is at a fault, and what is not. */
const tokens = fc.constantFrom(
  "1234567890",
  "-0.5e+7",
  "1e",
  "1.",
  "-",
  "01",
  "true",
  "nul",
  '"a"',
  '"\\\\"',
  '"\\u00e9\\n"',
  '"\\u00g9"',
  '"\\x"',
  '"\\\\\\"',
  '"é\t"',
  '"\u0001"',
  "[[],{}]",
  '{"a":{"b":[]}}',
  "[1,]",
  '{"a":1,}',
  "   ",
  "\n\r\t ",
  "",
  ")",
  '"\\u12"',
  '"\\"',
  `"${"\\\\".repeat(20)}"`,
  "1e)5",
  "2E-10",
  `"${"\\u0041".repeat(12)}"`,
  `"${"\\n".repeat(40)}\\q"`,
  "9".repeat(50),
);
/** What fills the window before them. */
const fillers: Readonly<Record<string, (length: number) => string>> = {
  "a long string": (length) => `"${"x".repeat(length - 3)}",`,
  "escapes in a string": (length) => `"${"\\n".repeat(length).slice(0, (length - 3) & ~1)}",`,
  "escapes of four digits": (length) => `"${"\\u0041".repeat(Math.floor((length - 3) / 6))}${"y".repeat((length - 3) % 6)}",`,
  "a long number": (length) => `${"7".repeat(length - 1)},`,
  "a long fraction": (length) => `0.${"7".repeat(length - 3)},`,
  "a long exponent": (length) => `1e${"7".repeat(length - 3)},`,
  "white space": (length) => " ".repeat(length),
  "short values": (length) => "1,".repeat(length >> 1),
};

function isObject(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("where the window ends, a text is taken or refused as JSON.parse does, behind", () => {
  for (const [what, fill] of Object.entries(fillers)) {
    test(what, () => {
      fc.assert(
        fc.property(fc.integer({ min: -120, max: 20 }), fc.constantFrom(1, 1, 2), tokens, tokens, (shift, windows, one, other) => {
          const text = `{"k":[${fill(65_536 * windows + shift)}${one},2],"l":${other}}`;
          assert.equal(Array.isArray(checkObject(Buffer.from(text))), isObject(text), `${text.slice(0, 20)} … ${text.slice(-80)}`);
        }),
        { numRuns: 150 },
      );
    });
  }
});

test("a text that is put together from its pieces is taken or refused as it is whole, whatever was put together before", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 300_000 }),
      fc.integer({ min: 1, max: 70_000 }),
      tokens,
      tokens,
      (length, pieceBytes, one, other) => {
        const text = Buffer.from(`{"k":"${"x".repeat(length)}${"\\n".repeat(length & 3)}","l":[${one}],"m":${other}}`);
        const pieces = Array.from({ length: Math.ceil(text.length / pieceBytes) }, (_, index) =>
          text.subarray(index * pieceBytes, (index + 1) * pieceBytes),
        );
        const together = putTogether(pieces, text.length);
        assert.ok(together.equals(text));
        assert.deepEqual(checkObject(together), checkObject(text));
      },
    ),
    { numRuns: 200 },
  );
});

test("runs of escapes of any kind are taken or refused as JSON.parse does, wherever they stand in a block", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "\\",
      "\\\\",
      "\\u",
      "\\u0",
      "\\u00",
      "\\u004",
      "\\u0041",
      "\\uD83D",
      '\\"',
      "\\n",
      "\\/",
      "\\a",
      "\u0001",
      "u",
      "0041",
      "g",
    ),
    fc.nat(20).map((length) => "x".repeat(length)),
    fc.nat(40).map((length) => "\\".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = `{"k":"${pieces.join("")}"}`;
      assert.equal(Array.isArray(checkObject(Buffer.from(text))), isObject(text), text);
    }),
    { numRuns: 20_000 },
  );
});

test("a fault in a string is told where it is, whatever block it begins in", () => {
  for (let length = 0; length < 40; length++) {
    for (const [fault, offset] of [
      ["\\q", 0],
      ["\\u00g0", 0],
      ["\\u0", 0],
      ["\\\\\\q", 2],
      ["a\u0001", 1],
    ] as const) {
      const start = `{"k":"${"\\n".repeat(length >> 1)}${"x".repeat(length & 1)}`;
      assert.deepEqual(checkObject(Buffer.from(`${start}${fault}"}`)), { at: start.length + offset, expected: "string" });
      const far = `{"k":"${"x".repeat(65_500 + length)}`;
      assert.deepEqual(checkObject(Buffer.from(`${far}${fault}"}`)), { at: far.length + offset, expected: "string" });
    }
  }
});

test("values are counted wherever they stand, keys are not", () => {
  const most = 6;
  assert.ok(Array.isArray(checkObject(Buffer.from('{"a":[1,true,"x"],"b":{"c":null}}'), most)));
  assert.deepEqual(checkObject(Buffer.from('{"a":[1,true,"x"],"b":{"c":null},"d":{}}'), most), { at: 37, expected: "fewer values" });
  assert.equal(mostValues, 1_000_000);
});

test("line feeds and characters are counted as JavaScript counts them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "\n", "é", "漢", "🚀", "b".repeat(30)), { maxLength: 60 }),
      fc.constantFrom(0, 65_530),
      (parts, lead) => {
        const text = "x".repeat(lead) + parts.join("");
        const bytes = Buffer.from(text);
        assert.equal(countUnits(bytes, 0, bytes.length), text.length);
        assert.equal(countLines(bytes, 0, bytes.length), text.split("\n").length - 1);
      },
    ),
  );
});
