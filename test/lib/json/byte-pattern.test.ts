import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { BytePattern } from "../../../src/lib/json/byte-pattern.ts";

it("finds its bytes, and none that differ in one, at any place", () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.nat(), (before, pattern, after, at) => {
      const all = Uint8Array.from([...before, ...pattern, ...after]);
      const isThere = (): boolean => new BytePattern(Buffer.from(pattern)).isAt(new DataView(all.buffer), before.length);
      assert.equal(isThere(), true);
      if (pattern.length === 0) return;
      const changed = before.length + (at % pattern.length);
      all[changed] = (all[changed] ?? 0) ^ 1;
      assert.equal(isThere(), false);
    }),
    { numRuns: 1_000 },
  );
});

it("is not found where the bytes end before it does", () => {
  const view = new DataView(Uint8Array.from([1, 2, 3, 4, 5]).buffer);
  assert.equal(new BytePattern(Buffer.from([3, 4, 5])).isAt(view, 2), true);
  assert.equal(new BytePattern(Buffer.from([3, 4, 5, 0])).isAt(view, 2), false);
});
