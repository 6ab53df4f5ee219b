import assert from "node:assert/strict";
import { test } from "node:test";
import { Authenticator } from "../../src/door/authenticator.ts";
import { checkKey } from "../../src/rest/check-key.ts";

const authenticator = new Authenticator("sk-right");

for (const headers of [{ authorization: "Bearer sk-right" }, { "api-key": "sk-right" }, { "x-api-key": "sk-right" }]) {
  test(`the key passes in ${Object.keys(headers).join()}`, () => {
    assert.equal(checkKey(authenticator, headers), undefined);
  });
}

for (const [headers, named] of [
  [{ authorization: "Bearer sk-wrong" }, "authorization"],
  [{ "api-key": "sk-wrong" }, "api-key"],
  [{ "x-api-key": "sk-wrong" }, "x-api-key"],
] as const) {
  test(`a wrong key in ${named} is refused by the header's name, without repeating the key`, () => {
    const error = checkKey(authenticator, headers);
    assert.equal(error?.code, "unauthenticated");
    assert.match(error.message, new RegExp(`"${named}"`));
    assert.doesNotMatch(error.message, /sk-/);
  });
}

test("without a key the error says how to send one", () => {
  assert.match(checkKey(authenticator, {})?.message ?? "", /authorization: Bearer KEY/);
});

test("nothing is asked for when there is no master key", () => {
  assert.equal(checkKey(new Authenticator(undefined), {}), undefined);
});
