import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SharedShelf } from "../../../src/lib/shared/shared-shelf.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { propertyRuns } from "../../support/property-runs.ts";

function shelves(bytes: number, clock = new FakeClock()) {
  const memory = SharedShelf.memory(bytes);
  const shelf = (thread: number) => new SharedShelf({ memory, thread, clock, keptMs: 1_000 });
  return { one: shelf(0), other: shelf(1), clock };
}

test("what one thread keeps another one has, until it was not asked for in time", () => {
  const { one, other, clock } = shelves(4_096);
  assert.equal(one.put("a", Buffer.from("text of a: ключ")), true);
  assert.equal(other.get("a")?.toString(), "text of a: ключ");
  assert.equal(other.get("b"), undefined);
  clock.advance(900);
  assert.ok(other.get("a"));
  clock.advance(900);
  assert.ok(one.get("a"));
  clock.advance(1_001);
  assert.equal(one.get("a"), undefined);
});

test("a text that takes much of the room is not kept, and what was kept stays", () => {
  const { one } = shelves(4_096);
  one.put("a", Buffer.from("small"));
  assert.equal(one.put("b", Buffer.alloc(4_096 / 16 - 31)), false);
  assert.deepEqual([one.get("a")?.toString(), one.get("b")], ["small", undefined]);
});

test("the newest drive out what nobody has asked for longest", () => {
  const { one } = shelves(4_096);
  one.put("used", Buffer.from("u"));
  one.put("unused", Buffer.from("u"));
  for (let index = 0; index < 1_000; index++) {
    one.put(`${index}`, Buffer.alloc(100, index));
    assert.equal(one.get("used")?.toString(), "u");
  }
  assert.equal(one.get("unused"), undefined);
  assert.equal(one.get("999")?.equals(Buffer.alloc(100, 999)), true);
});

test("any texts come back as they were put last, or not at all", () => {
  const puts = fc.array(fc.record({ key: fc.integer({ min: 0, max: 9 }), length: fc.integer({ min: 0, max: 300 }), byte: fc.nat(255) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(puts, (all) => {
      const { one, other } = shelves(4_096);
      const last = new Map<number, Buffer>();
      for (const { key, length, byte } of all) {
        const text = Buffer.alloc(length, byte);
        if (one.put(`${key}`, text)) last.set(key, text);
        for (const [known, kept] of last) {
          const found = other.get(`${known}`);
          assert.ok(found === undefined ? known !== key : found.equals(kept));
        }
      }
    }),
    propertyRuns(50),
  );
});
