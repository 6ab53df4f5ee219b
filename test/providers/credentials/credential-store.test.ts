import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { RouterError } from "../../../src/core/errors.ts";
import { type CredentialPlan, CredentialStore, type Renewed } from "../../../src/providers/credentials/credential-store.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const minute = 60_000;
const hour = 60 * minute;

describe("the credential store", () => {
  it("fetches nothing before somebody begins", async () => {
    const { source, fetches, advance } = setUp();
    await advance(hour);
    assert.equal(fetches(), 0);
    assert.deepEqual(told(source), ["upstream_overloaded", "Still waiting for the token of x."]);
  });

  it("fetches nothing where there is no clock", async () => {
    let fetches = 0;
    const source = new CredentialStore().source({
      identity: "x",
      what: "the token of x",
      fetch: async () => ({ value: `t${++fetches}`, expiresAt: undefined }),
    });
    assert.equal(await source.begin(), undefined);
    source.end();
    assert.equal(fetches, 0);
  });

  it("fetches once for 500 that ask at the same time, and for all deployments with the same credential", async () => {
    const { store, plan, fetches } = setUp();
    const sources = Array.from({ length: 500 }, () => store.source(plan));
    assert.ok(sources.every((source) => source.current() instanceof RouterError));
    assert.deepEqual(new Set(await Promise.all(sources.map((source) => source.begin()))), new Set([undefined]));
    assert.deepEqual(new Set(sources.map((source) => source.current())), new Set(["token-1"]));
    assert.equal(fetches(), 1);
  });

  it("keeps credentials apart that are made from other things", async () => {
    const { store, plan } = setUp();
    const [one, other] = [store.source(plan), store.source({ ...plan, identity: "other" })];
    await Promise.all([one.begin(), other.begin()]);
    assert.notEqual(one.current(), other.current());
  });

  it("renews a token five minutes ahead of its end, and nobody waits meanwhile", async () => {
    const { source, fetches, advance } = setUp();
    await source.begin();
    await advance(55 * minute - 1);
    assert.deepEqual([source.current(), fetches()], ["token-1", 1]);
    await advance(1);
    assert.deepEqual([source.current(), fetches()], ["token-2", 2]);
  });

  it("renews a short-lived token after three quarters of its time", async () => {
    const { source, fetches, advance } = setUp({ lifeMs: minute });
    await source.begin();
    await advance(45_000);
    assert.deepEqual([source.current(), fetches()], ["token-2", 2]);
  });

  it("leaves alone what has no end", async () => {
    const { source, fetches, advance, clock } = setUp({ lifeMs: Infinity });
    await source.begin();
    await advance(3 * hour);
    assert.deepEqual([source.current(), fetches(), clock.pending], ["token-1", 1, 0]);
  });

  it("keeps the old token until its end while no new one comes, and tries again ever more slowly", async () => {
    const { source, fetches, advance, fail } = setUp();
    await source.begin();
    fail(new Error("the token server is away"));
    await advance(56 * minute);
    assert.equal(source.current(), "token-1");
    assert.ok(fetches() > 4 && fetches() < 9, `${fetches()} fetches in the first minute`);
    await advance(4 * minute - 1);
    assert.equal(source.current(), "token-1");
    await advance(1);
    assert.deepEqual(told(source), ["upstream_auth", "Could not get the token of x: the token server is away"]);
    fail(undefined);
    await advance(minute);
    assert.equal(typeof source.current(), "string");
  });

  it("tells why the first fetch failed, as what it is, and goes on trying", async () => {
    const { source, advance, fail } = setUp();
    fail(new RouterError("upstream_unreachable", "connect ECONNREFUSED"));
    const failure = await source.begin();
    assert.deepEqual([failure?.code, failure?.message], ["upstream_unreachable", "Could not get the token of x: connect ECONNREFUSED"]);
    fail(undefined);
    await advance(1_000);
    assert.equal(source.current(), "token-2");
  });

  it("takes a fetch without an answer for failed after 30 s", async () => {
    const { source, advance, hang } = setUp();
    hang(true);
    const begun = source.begin();
    await advance(29_999);
    assert.deepEqual(told(source), ["upstream_overloaded", "Still waiting for the token of x."]);
    await advance(1);
    assert.equal((await begun)?.message, "Could not get the token of x: no answer in 30 s");
    hang(false);
    await advance(1_000);
    assert.equal(source.current(), "token-2");
  });

  it("has one successor of a refused value for all that wait for it", async () => {
    const { source, fetches, advance } = setUp();
    await source.begin();
    const successors = Array.from({ length: 500 }, () => source.successor("token-1"));
    await advance(0);
    assert.deepEqual(new Set(await Promise.all(successors)), new Set(["token-2"]));
    assert.equal(await source.successor("token-1"), "token-2");
    assert.equal(fetches(), 2);
  });

  it("has no successor of a value that is refused soon after the last, of one that none can be fetched for, and once nobody uses it", async () => {
    const { source, fetches, advance, fail } = setUp();
    assert.equal(await source.successor("token-1"), undefined);
    await source.begin();
    source.refused("token-1");
    await advance(0);
    assert.equal(await source.successor("token-2"), undefined);
    await advance(10_000);
    fail(new Error("the token server is away"));
    const successor = source.successor("token-2");
    await advance(0);
    assert.equal(await successor, undefined);
    assert.equal(fetches(), 3);
    fail(undefined);
    await advance(minute);
    const last = source.current();
    assert.equal(typeof last, "string");
    const late = source.successor(String(last));
    source.end();
    assert.equal(await late, undefined);
    assert.equal(await source.successor(String(last)), undefined);
  });

  it("fetches anew what was refused, once for each value and not more often than every 10 s", async () => {
    const { source, fetches, advance } = setUp();
    await source.begin();
    for (let call = 0; call < 500; call++) source.refused("token-1");
    await advance(0);
    assert.deepEqual([source.current(), fetches()], ["token-2", 2]);
    source.refused("token-1");
    source.refused("token-2");
    await advance(9_999);
    assert.equal(fetches(), 2);
    await advance(1);
    source.refused("token-2");
    await advance(0);
    assert.deepEqual([source.current(), fetches()], ["token-3", 3]);
  });

  it("asks no more for a value that comes again after it was refused", async () => {
    const { source, fetches, advance } = setUp({ sameValue: true });
    await source.begin();
    for (let times = 0; times < 5; times++) {
      source.refused("token");
      await advance(10_000);
    }
    assert.equal(fetches(), 2);
  });

  it("never tells a secret that stands in a failure", async () => {
    const { source, fail } = setUp();
    const secret = "made-from-this";
    const error = new Error(
      `refused {"client_secret": "${secret}", "assertion": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"} ${"x".repeat(9_000)}`,
    );
    fail(Object.assign(error, { config: { body: secret } }));
    const failure = await source.begin();
    assert.ok(failure !== undefined && failure.message.length < 400 && failure.cause === undefined);
    assert.doesNotMatch(failure.message, /made-from-this|eyJ/);
    assert.ok(failure.message.startsWith("Could not get the token of x: refused"));
  });

  it("fetches for as long as one deployment is in force, and from the beginning when one comes again", async () => {
    const { store, plan, fetches, advance, clock } = setUp();
    const [one, other] = [store.source(plan), store.source(plan)];
    await Promise.all([one.begin(), one.begin(), other.begin()]);
    one.end();
    one.end();
    await advance(55 * minute);
    assert.equal(fetches(), 2);
    other.end();
    assert.equal(clock.pending, 0);
    await advance(hour);
    assert.equal(fetches(), 2);
    const next = store.source(plan);
    await next.begin();
    assert.deepEqual([next.current(), fetches()], ["token-3", 3]);
  });

  it("still has a token for the calls of a deployment that is gone", async () => {
    const { source } = setUp();
    await source.begin();
    source.end();
    assert.equal(source.current(), "token-1");
  });

  it("fetches at once when the clock of the system was set beyond a token's end", async () => {
    const { source, fetches, advance, clock } = setUp();
    await source.begin();
    clock.jump(2 * hour);
    assert.deepEqual(told(source), ["upstream_auth", "The time of the token of x is over, and no new one has come."]);
    assert.ok(source.current() instanceof RouterError);
    await advance(0);
    assert.deepEqual([source.current(), fetches()], ["token-2", 2]);
  });
});

function setUp({ lifeMs = hour, sameValue = false } = {}) {
  const clock = new FakeClock();
  const store = new CredentialStore(clock);
  let fetches = 0;
  let failure: Error | undefined;
  let hangs = false;
  const plan: CredentialPlan<string> = {
    identity: "x",
    what: "the token of x",
    async fetch(): Promise<Renewed<string>> {
      fetches++;
      if (hangs) return new Promise(() => undefined);
      if (failure !== undefined) throw failure;
      return { value: sameValue ? "token" : `token-${fetches}`, expiresAt: lifeMs === Infinity ? undefined : clock.wallTime() + lifeMs };
    },
    redact: (text) => text.replaceAll("made-from-this", "[redacted]"),
  };
  return {
    clock,
    store,
    plan,
    source: store.source(plan),
    fetches: () => fetches,
    fail: (error: Error | undefined) => void (failure = error),
    hang: (isHanging: boolean) => void (hangs = isHanging),
    /** From timer to timer, since what a timer begins goes on in promises. */
    advance: async (ms: number) => {
      const end = clock.now() + ms;
      await turn();
      while (clock.now() < end) {
        clock.advance(Math.min(end - clock.now(), 500));
        await turn();
      }
      clock.advance(0);
      await turn();
    },
  };
}

function told(source: { current(): string | RouterError }): readonly string[] {
  const error = source.current();
  assert.ok(error instanceof RouterError);
  return [error.code, error.message];
}
