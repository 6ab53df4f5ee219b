import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AuthThrottle } from "../../src/auth/auth-throttle.ts";
import { FakeClock } from "../support/fake-clock.ts";

function throttleOf(burst = 20): { clock: FakeClock; throttle: AuthThrottle } {
  const clock = new FakeClock();
  return { clock, throttle: new AuthThrottle({ clock, burst }) };
}

function fail(throttle: AuthThrottle, address: string, times: number): void {
  for (let index = 0; index < times; index++) throttle.failed(address);
}

test("20 failures are free, then one more every 3 s", () => {
  const { clock, throttle } = throttleOf();
  fail(throttle, "192.0.2.1", 19);
  assert.equal(throttle.waitMs("192.0.2.1", "x"), 0);
  fail(throttle, "192.0.2.1", 1);
  assert.equal(throttle.waitMs("192.0.2.1", "x"), 3_000);
  clock.advance(2_000);
  assert.equal(throttle.waitMs("192.0.2.1", "x"), 1_000);
  clock.advance(1_000);
  assert.equal(throttle.waitMs("192.0.2.1", "x"), 0);
  fail(throttle, "192.0.2.1", 1);
  assert.equal(throttle.waitMs("192.0.2.1", "x"), 3_000);
});

test("after a rest the whole burst is there again, and no more", () => {
  const { clock, throttle } = throttleOf();
  fail(throttle, "a", 20);
  clock.advance(10 * 3_600_000);
  fail(throttle, "a", 19);
  assert.equal(throttle.waitMs("a", "x"), 0);
  fail(throttle, "a", 1);
  assert.notEqual(throttle.waitMs("a", "x"), 0);
});

test("what was valid from an address within 10 minutes is looked at all the same, from there alone", () => {
  const { clock, throttle } = throttleOf();
  throttle.succeeded("a", "good");
  const starve = (): void => {
    fail(throttle, "a", 20);
    fail(throttle, "b", 20);
  };
  starve();
  assert.equal(throttle.waitMs("a", "good"), 0);
  assert.notEqual(throttle.waitMs("a", "other"), 0);
  assert.notEqual(throttle.waitMs("b", "good"), 0);
  clock.advance(599_999);
  starve();
  assert.equal(throttle.waitMs("a", "good"), 0);
  clock.advance(1);
  starve();
  assert.notEqual(throttle.waitMs("a", "good"), 0);
});

test("a key that stays in use stays known", () => {
  const { clock, throttle } = throttleOf();
  for (let minute = 0; minute < 60; minute++) {
    throttle.succeeded("a", "good");
    clock.advance(60_000);
  }
  fail(throttle, "a", 20);
  assert.equal(throttle.waitMs("a", "good"), 0);
});

test("the addresses of one IPv6 network share their attempts, and a mapped IPv4 address is itself", () => {
  const { throttle } = throttleOf();
  fail(throttle, "2001:db8:0:1::5", 10);
  fail(throttle, "2001:DB8::1:ffff:0:0:1", 10);
  assert.notEqual(throttle.waitMs("2001:db8:0:1:a:b:c:d", "x"), 0);
  assert.equal(throttle.waitMs("2001:db8:0:2::5", "x"), 0);
  fail(throttle, "::ffff:192.0.2.7", 20);
  assert.notEqual(throttle.waitMs("192.0.2.7", "x"), 0);
  assert.equal(throttle.waitMs("::1", "x"), 0);
  assert.equal(throttle.waitMs("fe80::1%eth0", "x"), 0);
});

test("a burst of 0 is no limit", () => {
  const { throttle } = throttleOf(0);
  fail(throttle, "a", 1_000);
  assert.equal(throttle.waitMs("a", "x"), 0);
  assert.equal(throttle.remembered, 0);
});

test("however many addresses and keys come, a bounded number is remembered", () => {
  const { throttle } = throttleOf();
  for (let index = 0; index < 25_000; index++) {
    throttle.failed(`address ${index}`);
    throttle.succeeded("a", `key ${index}`);
  }
  assert.ok(throttle.remembered <= 30_000, `${throttle.remembered} are`);
});

test("over any time, no address is looked at more often than its burst and the refill allow", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }), (burst, gaps) => {
      const { clock, throttle } = throttleOf(burst);
      const begin = clock.now();
      let looked = 0;
      for (const gap of gaps) {
        clock.advance(gap);
        if (throttle.waitMs("a", "guess") > 0) continue;
        looked++;
        throttle.failed("a");
      }
      assert.ok(looked <= burst + (clock.now() - begin) / 3_000);
    }),
  );
});
