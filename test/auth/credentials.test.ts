import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import { readCredentials } from "../../src/auth/credentials.ts";
import { headerReader } from "../../src/inbound/call-headers.ts";
import { authenticatorOf } from "../support/authenticator-of.ts";

const authenticator = authenticatorOf("sk-right");

function checkKey(authenticator: Authenticator, headers: Record<string, string>, address: string | undefined) {
  return authenticator.authenticate(readCredentials(headerReader(headers), address, "rest"));
}

for (const headers of [{ authorization: "Bearer sk-right" }, { "api-key": "sk-right" }, { "x-api-key": "sk-right" }]) {
  test(`the key passes in ${Object.keys(headers).join()}`, () => {
    assert.deepEqual(checkKey(authenticator, headers, "192.0.2.1"), { kind: "admin" });
  });
}

for (const [headers, named] of [
  [{ authorization: "Bearer sk-wrong" }, "authorization"],
  [{ "api-key": "sk-wrong" }, "api-key"],
  [{ "x-api-key": "sk-wrong" }, "x-api-key"],
] as const) {
  test(`a wrong key in ${named} is refused by the header's name, without repeating the key`, () => {
    const error = checkKey(authenticator, headers, "192.0.2.1");
    assert.ok(error instanceof RouterError);
    assert.equal(error.code, "unauthenticated");
    assert.match(error.message, new RegExp(`"${named}"`));
    assert.doesNotMatch(error.message, /sk-/);
  });
}

test("without a key the error says how to send one", () => {
  const error = checkKey(authenticator, {}, undefined);
  assert.match(error instanceof RouterError ? error.message : "", /authorization: Bearer KEY/);
});

test("nothing is asked for when there are no keys at all", () => {
  assert.deepEqual(checkKey(authenticatorOf(undefined), {}, undefined), { kind: "anyone" });
});
