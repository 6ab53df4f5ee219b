import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { Caller } from "../../src/auth/caller.ts";
import { readCredentials } from "../../src/auth/credentials.ts";
import type { Authenticator } from "../../src/auth/authenticator.ts";
import type { KeyRefusal } from "../../src/auth/key-refusal.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { authenticatorOf, keyRecord } from "../support/authenticator-of.ts";
import { FakeClock } from "../support/fake-clock.ts";

const locked = authenticatorOf("sk-secret");

function knock(
  authenticator: Authenticator,
  headers: Readonly<Record<string, string | undefined>>,
  address = "192.0.2.1",
): Caller | RouterError {
  const caller = authenticator.authenticate(readCredentials((name) => headers[name], address, "rest"));
  assert.ok(!(caller instanceof Promise), "plain keys are judged at once");
  return caller;
}

function bearer(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}` };
}

const cases: readonly [string | undefined, string | undefined, boolean][] = [
  ["Bearer sk-secret", undefined, true],
  ["bearer sk-secret", undefined, true],
  ["Bearer   sk-secret", undefined, true],
  ["sk-secret", undefined, true],
  [undefined, "sk-secret", true],
  ["Bearer sk-secret", "wrong", true],
  ["Bearer sk-secreT", undefined, false],
  ["Bearer sk-secret ", undefined, false],
  ["Bearer ", undefined, false],
  ["Bearer", undefined, false],
  ["", undefined, false],
  [undefined, "", false],
  [undefined, undefined, false],
  ["Basic sk-secret", undefined, false],
  ["Bearer wrong", "sk-secret", true],
  ["Bearer ", "sk-secret", true],
  ["Basic c2stc2VjcmV0", "sk-secret", true],
  ["Bearer wrong", "wrong", false],
  [undefined, "Bearer sk-secret", true],
  ["sk-secret, sk-secret", undefined, false],
  [`Bearer ${"x".repeat(9_000)}`, undefined, false],
  ["Bearer \u00ff\u00fe\u0000", undefined, false],
];

for (const [authorization, apiKey, allowed] of cases) {
  const shown = JSON.stringify(authorization?.slice(0, 40));
  test(`authorization ${shown} and api-key ${JSON.stringify(apiKey)} are ${allowed ? "let in" : "kept out"}`, () => {
    const caller = knock(locked, { authorization, "api-key": apiKey });
    if (allowed) assert.deepEqual(caller, { kind: "admin" });
    else assert.equal(caller instanceof RouterError && caller.code, "unauthenticated");
  });
}

test("where nothing is configured every caller is let in, and no key is asked for", () => {
  const open = authenticatorOf(undefined);
  assert.equal(open.required, false);
  assert.deepEqual(knock(open, {}), { kind: "anyone" });
  assert.deepEqual(knock(open, bearer("whatever")), { kind: "anyone" });
  assert.equal(locked.required, true);
});

test("a key with characters beyond ASCII is the same key in UTF-8 on the wire", () => {
  const onTheWire = Buffer.from("schlüssel", "utf8").toString("latin1");
  assert.deepEqual(knock(authenticatorOf("schlüssel"), bearer(onTheWire)), { kind: "admin" });
});

test("a caller's key is let in as that key, also where there is no master key, and then no caller is an operator", () => {
  const authenticator = authenticatorOf(undefined, { records: [keyRecord("team-a", "secret-a"), keyRecord("team-b", "secret-b")] });
  const caller = knock(authenticator, bearer("secret-b"));
  assert.ok(!(caller instanceof RouterError) && caller.kind === "key");
  assert.equal(caller.key.name, "team-b");
  assert.ok(knock(authenticator, {}) instanceof RouterError);
});

test("keys that are unknown, revoked, expired or rotated out get the very same answer, and only the log knows better", () => {
  const clock = new FakeClock();
  const now = clock.wallTime();
  const refusals: KeyRefusal[] = [];
  const authenticator = authenticatorOf("sk-master", {
    clock,
    records: [
      keyRecord("gone", "revoked", { revoked: true }),
      keyRecord("old", "expired", { expiresAt: now }),
      keyRecord("turned", "present", { previous: { sha256: sha256("rotated out"), validUntil: now } }),
    ],
    onRefused: (refusal) => refusals.push(refusal),
  });
  const answers = ["unknown", "revoked", "expired", "rotated out"].map((secret) => {
    const error = knock(authenticator, bearer(secret));
    assert.ok(error instanceof RouterError);
    return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs };
  });
  for (const answer of answers) {
    assert.deepEqual(answer, {
      code: "unauthenticated",
      message: 'The key in the header "authorization" is not valid here.',
      retryAfterMs: undefined,
    });
  }
  assert.deepEqual(
    refusals.map(({ reason, keyName, address, inboundProtocol }) => [reason, keyName, address, inboundProtocol]),
    [
      ["unknown", undefined, "192.0.2.1", "rest"],
      ["revoked", "gone", "192.0.2.1", "rest"],
      ["expired", "old", "192.0.2.1", "rest"],
      ["rotated_out", "turned", "192.0.2.1", "rest"],
    ],
  );
});

test("what is missing or cannot be a key is said to be so, without repeating it", () => {
  const messages: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{}, /authorization: Bearer KEY/],
    [{ authorization: "Bearer " }, /holds no key/],
    [{ "x-api-key": " " }, /"x-api-key" holds no key/],
    [{ authorization: "Basic c2stc2VjcmV0" }, /of the scheme Basic/],
    [{ authorization: `Bearer ${"s".repeat(8_193)}` }, /over 8192 bytes/],
    [{ "api-key": "sk-wrong" }, /"api-key" is not valid/],
    [{ "x-api-key": "sk-wrong" }, /"x-api-key" is not valid/],
    [{ authorization: "sk-part another-part" }, /"authorization" is not valid/],
  ];
  for (const [headers, message] of messages) {
    const error = knock(locked, headers);
    assert.ok(error instanceof RouterError);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /c2st|ssss|sk-/);
  }
});

test("after too many keys that are not valid an address waits, but for keys that were valid from there", () => {
  const clock = new FakeClock();
  const authenticator = authenticatorOf("sk-master", { clock, burst: 3, records: [keyRecord("good", "good"), keyRecord("late", "late")] });
  assert.deepEqual(knock(authenticator, bearer("good")), { kind: "key", key: keyOf(knock(authenticator, bearer("good"))) });
  for (let index = 0; index < 3; index++) assert.equal(codeOf(knock(authenticator, bearer(`guess ${index}`))), "unauthenticated");
  for (const secret of ["guess", "late", "sk-master"]) {
    const error = knock(authenticator, bearer(secret));
    assert.equal(codeOf(error), "too_many_attempts", secret);
    assert.equal(error instanceof RouterError && error.retryAfterMs, 3_000);
  }
  assert.equal(codeOf(knock(authenticator, bearer("good"))), undefined);
  assert.equal(codeOf(knock(authenticator, bearer("late"), "192.0.2.2")), undefined);
  clock.advance(3_000);
  assert.equal(codeOf(knock(authenticator, bearer("late"))), undefined);
});

test("a request without a key is no attempt", () => {
  const authenticator = authenticatorOf("sk-master", { burst: 2 });
  for (let index = 0; index < 50; index++) assert.equal(codeOf(knock(authenticator, {})), "unauthenticated");
  assert.deepEqual(knock(authenticator, bearer("sk-master")), { kind: "admin" });
});

/** Each header that a key may stand in, the one that the configuration names among them. */
const otherHeaders = ["x-own-key", "x-litellm-api-key", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key"];

for (const name of otherHeaders) {
  test(`a key in ${name} counts where authorization holds none of ours, which then is no guess`, () => {
    const authenticator = authenticatorOf("sk-master", { burst: 1, keyHeader: "x-own-key", records: [keyRecord("good", "good")] });
    for (const authorization of [undefined, "", "Bearer sk-of-a-provider", "Basic dXNlcjpwYXNz", `Bearer ${"x".repeat(9_000)}`]) {
      for (let index = 0; index < 3; index++) {
        const caller = knock(authenticator, { authorization, [name]: "good" });
        assert.deepEqual(caller, { kind: "key", key: keyOf(caller) }, String(authorization));
      }
    }
    assert.equal(codeOf(knock(authenticator, bearer("a first guess"))), "unauthenticated");
  });
}

test("authorization wins where several headers hold valid keys", () => {
  const records = [keyRecord("first", "first"), keyRecord("second", "second")];
  const authenticator = authenticatorOf("sk-master", { keyHeader: "x-own-key", records });
  const names = ["authorization", ...otherHeaders];
  for (const [index, name] of names.entries()) {
    const behind = Object.fromEntries(names.slice(index + 1).map((one) => [one, "second"]));
    const caller = knock(authenticator, { ...behind, [name]: "first" });
    assert.ok(!(caller instanceof RouterError) && caller.kind === "key");
    assert.equal(caller.key.name, "first", name);
  }
});

test("a header that no setting names holds no key", () => {
  assert.match(messageOf(knock(locked, { "x-own-key": "sk-secret" })), /^A key is needed/);
});

test("each key that is not valid is one guess, in however many headers it stands", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ authorization: "Bearer wrong" }, 1],
    [{ authorization: "Bearer wrong", "x-api-key": "wrong", "api-key": "wrong" }, 1],
    [{ authorization: "Bearer wrong", "x-api-key": "" }, 1],
    [{ authorization: "Bearer wrong", "x-api-key": "other" }, 2],
    [Object.fromEntries(otherHeaders.map((name) => [name, name])), 6],
  ];
  for (const [headers, guesses] of cases) {
    const clock = new FakeClock();
    const refusals: KeyRefusal[] = [];
    const authenticator = authenticatorOf("sk-master", { clock, burst: 7, keyHeader: "x-own-key", onRefused: (one) => refusals.push(one) });
    assert.equal(codeOf(knock(authenticator, headers)), "unauthenticated");
    assert.equal(refusals.length, 1, "one request is told of once");
    for (let left = 7 - guesses; left > 0; left--) assert.equal(codeOf(knock(authenticator, bearer(`guess ${left}`))), "unauthenticated");
    assert.equal(codeOf(knock(authenticator, bearer("one more"))), "too_many_attempts", JSON.stringify(headers));
  }
});

test("of several headers the first that shows something is named, and none is repeated", () => {
  for (const [headers, message] of [
    [{ authorization: "Bearer sk-1", "x-api-key": "sk-2" }, /"authorization" is not valid/],
    [{ authorization: "Bearer ", "x-api-key": "sk-2" }, /"x-api-key" is not valid/],
    [{ "x-goog-api-key": "sk-1", "ocp-apim-subscription-key": "sk-2" }, /"x-goog-api-key" is not valid/],
  ] as const) {
    const told = messageOf(knock(locked, headers));
    assert.match(told, message);
    assert.doesNotMatch(told, /sk-/);
  }
});

test("a good key in another header still opens an address that has used up its guesses", () => {
  const authenticator = authenticatorOf("sk-master", { burst: 1, records: [keyRecord("good", "good")] });
  assert.equal(codeOf(knock(authenticator, { "x-api-key": "good" })), undefined);
  assert.equal(codeOf(knock(authenticator, bearer("wrong"))), "unauthenticated");
  assert.equal(codeOf(knock(authenticator, { ...bearer("wrong"), "x-api-key": "sk-master" })), "too_many_attempts");
  assert.equal(codeOf(knock(authenticator, { ...bearer("wrong"), "x-api-key": "good" })), undefined);
});

test("another master key counts from the next request on", () => {
  const authenticator = authenticatorOf("sk-before");
  authenticator.configure({ masterKey: "sk-after", jwt: undefined });
  assert.equal(codeOf(knock(authenticator, bearer("sk-before"))), "unauthenticated");
  assert.deepEqual(knock(authenticator, bearer("sk-after")), { kind: "admin" });
});

function messageOf(caller: Caller | RouterError): string {
  return caller instanceof RouterError ? caller.message : "";
}

function codeOf(caller: Caller | RouterError): string | undefined {
  return caller instanceof RouterError ? caller.code : undefined;
}

function keyOf(caller: Caller | RouterError): unknown {
  return caller instanceof RouterError || caller.kind !== "key" ? undefined : caller.key;
}
