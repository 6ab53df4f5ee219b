import assert from "node:assert/strict";
import { test } from "node:test";
import { redactorOf } from "../../../../src/formats/kit/redact.ts";
import { tellsSecret } from "../../../../src/formats/kit/upstream-errors/tells-secret.ts";

const redact = redactorOf(["sk-secret-123", 'pass"word\\1']);
const deep = `${"[".repeat(20_000)}"sk-\\u0073ecret-123"${"]".repeat(20_000)}`;

for (const [what, json, expected] of [
  ["a secret as it stands", '{"error":{"message":"bad key sk-secret-123"}}', true],
  ["a secret behind an escape", '{"error":{"message":"bad key \\u0073k-secret-123"}}', true],
  ["a secret behind an escape in another member", '{"error":{"message":"bad","param":["\\u0073k-secret-123"]}}', true],
  ["a secret in a member's name", '{"error":{"message":"bad","sk-\\u0073ecret-123":1}}', true],
  ["a secret that JSON writes with escapes", JSON.stringify({ message: 'no pass"word\\1 here' }), true],
  ["a secret far within", deep, true],
  ["escapes without a secret", '{"error":{"message":"a \\"quoted\\" word\\n"}}', false],
  ["neither", '{"error":{"message":"bad"}}', false],
  ["what is no JSON", '{"error":"\\u0073', true],
] as const) {
  test(`${what} is ${expected ? "found" : "no secret"}`, () => {
    assert.equal(tellsSecret(json, redact), expected);
  });
}
