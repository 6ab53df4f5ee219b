import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { jwtAlgorithms, type JwtSettings } from "../../src/core/keys/jwt-settings.ts";
import { JwtVerifier } from "../../src/auth/jwt-verifier.ts";
import { RouterError } from "../../src/core/errors.ts";
import { readCredentials } from "../../src/auth/credentials.ts";
import type { KeyRefusal } from "../../src/auth/key-refusal.ts";
import { authenticatorOf, keyRecord } from "../support/authenticator-of.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { TokenIssuer } from "../support/token-issuer.ts";

const issuer = await TokenIssuer.create();
const settings: JwtSettings = {
  issuer: TokenIssuer.issuer,
  audience: [TokenIssuer.audience],
  jwks: { kind: "keys", keys: [{ ...issuer.jwk }] },
  claim: "sub",
  keys: new Map([["alice", "team-a"]]),
  defaultKey: undefined,
  algorithms: jwtAlgorithms,
};

function idOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

test("a token that holds stands for the key that its claim is mapped to", async () => {
  const clock = new FakeClock();
  const verifier = new JwtVerifier(settings, clock);
  const token = await issuer.token("alice", clock.wallTime());
  assert.ok(JwtVerifier.looksLikeToken(token));
  assert.deepEqual(await verifier.verify(token, idOf(token)), { kind: "key", keyName: "team-a" });
});

test("a token is checked once, and forgotten when it expires", async () => {
  const clock = new FakeClock();
  const verifier = new JwtVerifier(settings, clock);
  const token = await issuer.token("alice", clock.wallTime(), { exp: 100 });
  assert.equal(verifier.recall(idOf(token)), undefined);
  await verifier.verify(token, idOf(token));
  assert.equal(verifier.recall(idOf(token)), "team-a");
  clock.advance(100_000);
  assert.equal(verifier.recall(idOf(token)), undefined);
  clock.advance(6_000);
  assert.deepEqual(await verifier.verify(token, idOf(token)), { kind: "bad", detail: "ERR_JWT_EXPIRED" });
});

test("a token is good by the system's clock: no longer once that is set an hour on, and again when it is set back", async () => {
  const clock = new FakeClock();
  const verifier = new JwtVerifier(settings, clock);
  const token = await issuer.token("alice", clock.wallTime(), { exp: 1_800 });
  const good = { kind: "key", keyName: "team-a" };
  assert.deepEqual(await verifier.verify(token, idOf(token)), good);
  clock.jump(3_600_000);
  assert.equal(verifier.recall(idOf(token)), undefined);
  assert.deepEqual(await verifier.verify(token, idOf(token)), { kind: "bad", detail: "ERR_JWT_EXPIRED" });
  clock.jump(-3_600_000);
  assert.deepEqual(await verifier.verify(token, idOf(token)), good);
  clock.jump(-3_600_000);
  assert.equal(verifier.recall(idOf(token)), "team-a", "a clock that is slow lets it live longer, and refuses nobody");
});

test("other values of the claim take the default key, or none", async () => {
  const clock = new FakeClock();
  const token = await issuer.token("bob", clock.wallTime());
  assert.deepEqual(await new JwtVerifier(settings, clock).verify(token, "1"), { kind: "unmapped" });
  const withDefault = new JwtVerifier({ ...settings, defaultKey: "everyone" }, clock);
  assert.deepEqual(await withDefault.verify(token, "1"), { kind: "key", keyName: "everyone" });
});

test("the claim may be a path, a name with dots, or a list of which one value is mapped", async () => {
  const clock = new FakeClock();
  const keys = new Map([["gold", "team-gold"]]);
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>, string | undefined])[] = [
    ["realm.roles", { realm: { roles: ["basic", "gold"] } }, "team-gold"],
    ["https://issuer.example/tier", { "https://issuer.example/tier": "gold" }, "team-gold"],
    ["tier", { tier: ["basic"] }, undefined],
    ["realm.roles.x", { realm: "gold" }, undefined],
    ["__proto__.x", {}, undefined],
  ];
  for (const [claim, claims, keyName] of cases) {
    const verifier = new JwtVerifier({ ...settings, claim, keys }, clock);
    const verdict = await verifier.verify(await issuer.token("alice", clock.wallTime(), claims), claim);
    assert.deepEqual(verdict, keyName === undefined ? { kind: "unmapped" } : { kind: "key", keyName }, claim);
  }
});

test("the issuer's keys are fetched once for many tokens", async () => {
  const clock = new FakeClock();
  const served = await issuer.serve();
  const verifier = new JwtVerifier({ ...settings, jwks: { kind: "url", url: served.url } }, clock);
  for (let index = 0; index < 5; index++) {
    const token = await issuer.token("alice", clock.wallTime(), { jti: String(index) });
    assert.equal((await verifier.verify(token, idOf(token))).kind, "key");
  }
  assert.equal(served.hits(), 1);
  await served.close();
});

test("where the issuer's keys cannot be had, no token is called wrong", async () => {
  const clock = new FakeClock();
  const served = await issuer.serve();
  await served.close();
  const refusals: KeyRefusal[] = [];
  const authenticator = authenticatorOf(undefined, {
    records: [keyRecord("team-a", "secret")],
    jwt: new JwtVerifier({ ...settings, jwks: { kind: "url", url: served.url } }, clock),
    burst: 1,
    clock,
    onRefused: (refusal) => refusals.push(refusal),
  });
  const token = await issuer.token("alice", clock.wallTime());
  for (let index = 0; index < 3; index++) {
    const caller = await authenticator.authenticate(readCredentials(() => `Bearer ${token}`, "192.0.2.1", "rest"));
    assert.equal(caller instanceof RouterError && caller.code, "upstream_unreachable");
  }
  assert.deepEqual(
    refusals.map(({ reason }) => reason),
    ["keys_unavailable", "keys_unavailable", "keys_unavailable"],
  );
});

/** Ways in which an issuer does not give its keys. */
const outages: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "closes the connection": (response) => response.destroy(),
  "answers 503": (response) => response.writeHead(503).end(),
  "answers with a page": (response) => response.setHeader("content-type", "text/html").end("<html>maintenance</html>"),
  "answers with no key set": (response) => response.end("{}"),
};

for (const [what, outage] of Object.entries(outages)) {
  test(`an issuer that ${what} at the start is asked by each token until it is back`, async () => {
    const clock = new FakeClock();
    const served = await issuer.serve();
    const verifier = new JwtVerifier({ ...settings, jwks: { kind: "url", url: served.url } }, clock);
    served.answer(outage);
    const token = await issuer.token("alice", clock.wallTime());
    for (let call = 0; call < 2; call++) assert.equal((await verifier.verify(token, idOf(token))).kind, "unavailable");
    served.answer(undefined);
    assert.deepEqual(await verifier.verify(token, idOf(token)), { kind: "key", keyName: "team-a" });
    await served.close();
  });

  test(`an issuer that ${what} when its keys are old closes no door for a day, and is asked twice a minute`, async () => {
    const clock = new FakeClock();
    const served = await issuer.serve();
    const verifier = new JwtVerifier({ ...settings, jwks: { kind: "url", url: served.url } }, clock);
    let serial = 0;
    const verdict = async (from = issuer, kid = "key-1"): Promise<string> => {
      const token = await from.token("alice", clock.wallTime(), { jti: String(serial++), kid });
      const found = await verifier.verify(token, idOf(token));
      assert.doesNotMatch(JSON.stringify(found), /127\.0\.0\.1|\bat \w+ \(/);
      return found.kind;
    };
    assert.equal(await verdict(), "key");
    served.answer(outage);
    clock.advance(599_000);
    assert.equal(await verdict(), "key");
    assert.equal(served.hits(), 1);
    clock.advance(1_000);
    for (let call = 0; call < 5; call++) assert.equal(await verdict(), "key");
    assert.equal(served.hits(), 2);
    clock.advance(30_000);
    for (let call = 0; call < 5; call++) assert.equal(await verdict(), "key");
    assert.equal(served.hits(), 3);
    // Signed with a key that the issuer may have made in the meantime.
    assert.equal(await verdict(await TokenIssuer.create("key-2"), "key-2"), "unavailable");
    // Signed by nobody who may.
    assert.equal(await verdict(await TokenIssuer.create("key-1")), "bad");
    clock.advance(86_400_000);
    assert.equal(await verdict(), "unavailable");
    served.answer(undefined);
    clock.advance(30_000);
    assert.equal(await verdict(), "key");
    await served.close();
  });
}

test("a remembered token is only as good as its key", async () => {
  const clock = new FakeClock();
  const records = [keyRecord("team-a", "secret")];
  const token = await issuer.token("alice", clock.wallTime());
  const revoked = [keyRecord("team-a", "secret", { revoked: true })];
  for (const [after, code] of [
    [records, undefined],
    [revoked, "unauthenticated"],
    [[], "unauthenticated"],
  ] as const) {
    const jwt = new JwtVerifier(settings, clock);
    const first = authenticatorOf(undefined, { records, jwt, clock });
    const credentials = readCredentials((name) => (name === "authorization" ? `Bearer ${token}` : undefined), "192.0.2.1", "rest");
    assert.ok(!((await first.authenticate(credentials)) instanceof RouterError));
    const later = authenticatorOf(undefined, { records: after, jwt, clock });
    const caller = later.authenticate(credentials);
    assert.ok(!(caller instanceof Promise), "a token that was seen is judged at once");
    assert.equal(caller instanceof RouterError ? caller.code : undefined, code);
  }
});
