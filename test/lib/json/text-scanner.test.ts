import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import wabt from "wabt";
import { scannerModule, TextScanner } from "../../../src/lib/json/text-scanner.ts";

test("the module is what its readable source assembles to", async () => {
  const file = "text-scanner.wat";
  const source = await readFile(new URL(`../../../src/lib/json/${file}`, import.meta.url), "utf8");
  const assembled = (await wabt()).parseWat(file, source, { simd: true });
  assembled.resolveNames();
  assembled.validate();
  assert.equal(Buffer.from(assembled.toBinary({}).buffer).toString("base64"), scannerModule);
});

test("finds every quote, backslash and control character, and nothing else, wherever it stands", () => {
  const byte = fc.oneof({ weight: 40, arbitrary: fc.integer({ min: 0x20, max: 0xff }) }, { weight: 1, arbitrary: fc.nat(0xff) });
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 200 }), fc.constantFrom(0, 0, 0, 65_500), (end, lead) => {
      const bytes = Buffer.concat([Buffer.alloc(lead, "x"), Buffer.from(end)]);
      const expected = end.flatMap((value, index) => (value < 0x20 || value === 0x22 || value === 0x5c ? [lead + index] : []));
      const scanner = new TextScanner(bytes);
      const found: number[] = [];
      for (let at = scanner.next(0); at < bytes.length; at = scanner.next(at + 1)) found.push(at);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 100 },
  );
});
