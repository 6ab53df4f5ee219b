import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DailyTime, msUntilNextMonth } from "../../src/lib/daily-time.ts";

describe("DailyTime", () => {
  const cases: readonly (readonly [minute: number, zone: string | undefined, now: string, next: string])[] = [
    [0, undefined, "2026-11-30T12:00:00Z", "2026-12-01T00:00:00Z"],
    [0, undefined, "2026-11-30T00:00:00Z", "2026-12-01T00:00:00Z"],
    [0, undefined, "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00Z"],
    [270, "UTC", "2026-11-30T04:29:00Z", "2026-11-30T04:30:00Z"],
    [60, "+02:00", "2026-11-30T22:59:00Z", "2026-11-30T23:00:00Z"],
    [0, "America/Los_Angeles", "2026-11-30T07:59:59Z", "2026-11-30T08:00:00Z"],
    [0, "America/Los_Angeles", "2026-07-01T07:00:00Z", "2026-07-02T07:00:00Z"],
    // The nights in which clocks there go forward and back.
    [0, "America/Los_Angeles", "2026-03-08T09:00:00Z", "2026-03-09T07:00:00Z"],
    [0, "America/Los_Angeles", "2026-11-01T07:30:00Z", "2026-11-02T08:00:00Z"],
    [1_439, "Pacific/Kiritimati", "2026-11-30T09:59:30Z", "2026-12-01T09:59:00Z"],
  ];
  for (const [minute, zone, now, next] of cases) {
    it(`comes next at ${next} for minute ${minute} in ${zone ?? "UTC"}, seen from ${now}`, () => {
      assert.equal(new DailyTime(minute, zone).msUntilNext(Date.parse(now)), Date.parse(next) - Date.parse(now));
    });
  }

  it("has no next one in a zone that does not exist", () => {
    assert.throws(() => new DailyTime(0, "Mars/Olympus"), RangeError);
  });
});

it("tells how long a month lasts yet, in UTC", () => {
  assert.equal(msUntilNextMonth(Date.parse("2026-12-31T23:00:00Z")), 3_600_000);
  assert.equal(msUntilNextMonth(Date.parse("2028-02-01T00:00:00Z")), 29 * 86_400_000);
});
