import assert from "node:assert/strict";
import { test } from "node:test";
import { callIdOf } from "../../src/inbound/call-id.ts";

const cases: readonly (readonly [given: string | undefined, kept: boolean, why: string])[] = [
  ["abc-123", true, "it is short and printable"],
  ["x".repeat(128), true, "it is just short enough"],
  ["x".repeat(129), false, "it is too long"],
  ["", false, "it is empty"],
  ["two words", false, "it has a space"],
  ["café", false, "it is not ASCII"],
  [undefined, false, "there is none"],
];

for (const [given, kept, why] of cases) {
  test(`the caller's own id is ${kept ? "kept" : "replaced"} when ${why}`, () => {
    assert.equal(
      callIdOf(given, () => "new"),
      kept ? given : "new",
    );
  });
}
