import assert from "node:assert/strict";
import { test } from "node:test";
import { Authenticator } from "../../src/door/authenticator.ts";

const locked = new Authenticator("sk-secret");

const cases: readonly [string | undefined, string | undefined, boolean][] = [
  ["Bearer sk-secret", undefined, true],
  ["bearer sk-secret", undefined, true],
  ["Bearer   sk-secret", undefined, true],
  ["sk-secret", undefined, true],
  [undefined, "sk-secret", true],
  ["Bearer sk-secreT", undefined, false],
  ["Bearer sk-secret ", undefined, false],
  ["Bearer ", undefined, false],
  ["", undefined, false],
  [undefined, "", false],
  [undefined, undefined, false],
  ["Basic sk-secret", undefined, false],
  ["Bearer wrong", "sk-secret", false],
];

for (const [authorization, apiKey, allowed] of cases) {
  test(`authorization ${JSON.stringify(authorization)} and api-key ${JSON.stringify(apiKey)} are ${allowed ? "let in" : "kept out"}`, () => {
    assert.equal(locked.allows(authorization, apiKey), allowed);
  });
}

test("without a key everybody is let in, and nobody is asked", () => {
  const open = new Authenticator(undefined);
  assert.equal(open.required, false);
  assert.equal(open.allows(undefined, undefined), true);
  assert.equal(locked.required, true);
});
