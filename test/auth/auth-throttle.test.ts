import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AuthThrottle } from "../../src/auth/auth-throttle.ts";
import { FakeClock } from "../support/fake-clock.ts";

function limiterOf(burst = 20): { clock: FakeClock; limiter: AuthThrottle } {
  const clock = new FakeClock();
  return { clock, limiter: new AuthThrottle({ clock, burst }) };
}

function fail(limiter: AuthThrottle, address: string, times: number): void {
  for (let index = 0; index < times; index++) limiter.failed(address);
}

test("20 failures are free, then one more every 3 s", () => {
  const { clock, limiter } = limiterOf();
  fail(limiter, "192.0.2.1", 19);
  assert.equal(limiter.waitMs("192.0.2.1", "x"), 0);
  fail(limiter, "192.0.2.1", 1);
  assert.equal(limiter.waitMs("192.0.2.1", "x"), 3_000);
  clock.advance(2_000);
  assert.equal(limiter.waitMs("192.0.2.1", "x"), 1_000);
  clock.advance(1_000);
  assert.equal(limiter.waitMs("192.0.2.1", "x"), 0);
  fail(limiter, "192.0.2.1", 1);
  assert.equal(limiter.waitMs("192.0.2.1", "x"), 3_000);
});

test("after a rest the whole burst is there again, and no more", () => {
  const { clock, limiter } = limiterOf();
  fail(limiter, "a", 20);
  clock.advance(10 * 3_600_000);
  fail(limiter, "a", 19);
  assert.equal(limiter.waitMs("a", "x"), 0);
  fail(limiter, "a", 1);
  assert.notEqual(limiter.waitMs("a", "x"), 0);
});

test("what was valid from an address within 10 minutes is looked at all the same, from there alone", () => {
  const { clock, limiter } = limiterOf();
  limiter.succeeded("a", "good");
  const starve = (): void => {
    fail(limiter, "a", 20);
    fail(limiter, "b", 20);
  };
  starve();
  assert.equal(limiter.waitMs("a", "good"), 0);
  assert.notEqual(limiter.waitMs("a", "other"), 0);
  assert.notEqual(limiter.waitMs("b", "good"), 0);
  clock.advance(599_999);
  starve();
  assert.equal(limiter.waitMs("a", "good"), 0);
  clock.advance(1);
  starve();
  assert.notEqual(limiter.waitMs("a", "good"), 0);
});

test("a key that stays in use stays known", () => {
  const { clock, limiter } = limiterOf();
  for (let minute = 0; minute < 60; minute++) {
    limiter.succeeded("a", "good");
    clock.advance(60_000);
  }
  fail(limiter, "a", 20);
  assert.equal(limiter.waitMs("a", "good"), 0);
});

test("the addresses of one IPv6 network share their attempts, and a mapped IPv4 address is itself", () => {
  const { limiter } = limiterOf();
  fail(limiter, "2001:db8:0:1::5", 10);
  fail(limiter, "2001:DB8::1:ffff:0:0:1", 10);
  assert.notEqual(limiter.waitMs("2001:db8:0:1:a:b:c:d", "x"), 0);
  assert.equal(limiter.waitMs("2001:db8:0:2::5", "x"), 0);
  fail(limiter, "::ffff:192.0.2.7", 20);
  assert.notEqual(limiter.waitMs("192.0.2.7", "x"), 0);
  assert.equal(limiter.waitMs("::1", "x"), 0);
  assert.equal(limiter.waitMs("fe80::1%eth0", "x"), 0);
});

test("a burst of 0 is no limit", () => {
  const { limiter } = limiterOf(0);
  fail(limiter, "a", 1_000);
  assert.equal(limiter.waitMs("a", "x"), 0);
  assert.equal(limiter.remembered, 0);
});

test("however many addresses and keys come, a bounded number is remembered", () => {
  const { limiter } = limiterOf();
  for (let index = 0; index < 25_000; index++) {
    limiter.failed(`address ${index}`);
    limiter.succeeded("a", `key ${index}`);
  }
  assert.ok(limiter.remembered <= 30_000, `${limiter.remembered} are`);
});

test("over any time, no address is looked at more often than its burst and the refill allow", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }), (burst, gaps) => {
      const { clock, limiter } = limiterOf(burst);
      const begin = clock.now();
      let looked = 0;
      for (const gap of gaps) {
        clock.advance(gap);
        if (limiter.waitMs("a", "guess") > 0) continue;
        looked++;
        limiter.failed("a");
      }
      assert.ok(looked <= burst + (clock.now() - begin) / 3_000);
    }),
  );
});
