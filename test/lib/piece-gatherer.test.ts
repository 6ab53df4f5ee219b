import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PieceGatherer } from "../../src/lib/piece-gatherer.ts";

function gather(pieces: readonly Buffer[]): readonly Buffer[] {
  const gatherer = new PieceGatherer();
  for (const piece of pieces) gatherer.push(piece);
  assert.equal(gatherer.length, Buffer.concat(pieces).length);
  return gatherer.take();
}

describe("PieceGatherer", () => {
  it("gives back the bytes that were pushed, in their order, however they were cut", () => {
    const size = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 9_000 }), fc.constantFrom(8_191, 8_192, 65_536));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 40 }), (sizes) => {
        const pieces = sizes.map((length, index) => Buffer.alloc(length, index + 1));
        assert.ok(Buffer.concat(gather(pieces)).equals(Buffer.concat(pieces)));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the one piece of a small body, and large pieces, without a copy", () => {
    const small = Buffer.from("{}");
    assert.deepEqual(
      gather([small]).map((piece) => piece === small),
      [true],
    );
    const large = [Buffer.alloc(65_536, 1), Buffer.alloc(65_536, 2), Buffer.alloc(3, 3)];
    const kept = gather(large);
    assert.deepEqual([kept.length, kept[0] === large[0], kept[1] === large[1]], [3, true, true]);
  });

  it("holds a megabyte of single bytes in a handful of pieces, in at most four times the memory", () => {
    const kept = gather(Array.from({ length: 1_048_576 }, () => Buffer.from("x")));
    assert.ok(kept.length <= 8, `${kept.length} pieces`);
    const memory = new Set(kept.map((piece) => piece.buffer));
    const bytes = [...memory].reduce((sum, one) => sum + one.byteLength, 0);
    assert.ok(bytes <= 4 * 1_048_576, `${bytes} bytes`);
  });
});
