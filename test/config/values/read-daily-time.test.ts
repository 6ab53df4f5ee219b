import assert from "node:assert/strict";
import { test } from "node:test";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const now = Date.parse("2026-11-30T12:00:00Z");

test("a day of rpd and tpd begins at the time that is written", async () => {
  const times: readonly (readonly [written: string, next: string])[] = [
    ["'00:00'", "2026-12-01T00:00:00Z"],
    ["13:30", "2026-11-30T13:30:00Z"],
    ["'7:05:00'", "2026-12-01T07:05:00Z"],
    ["13:30Z", "2026-11-30T13:30:00Z"],
    ["'13:30 UTC'", "2026-11-30T13:30:00Z"],
    ["'00:00+02:00'", "2026-11-30T22:00:00Z"],
    ["'00:00 -0330'", "2026-12-01T03:30:00Z"],
    ["00:00 America/Los_Angeles", "2026-12-01T08:00:00Z"],
  ];
  for (const [written, next] of times) {
    const { source } = await loadValid(oneDeployment("rpd: 5", `daily_reset_time: ${written}`));
    const daily = source.deployments[0]?.daily;
    assert.deepEqual([daily?.requests, daily?.tokens], [5, Number.POSITIVE_INFINITY]);
    assert.equal(daily?.resets.msUntilNext(now), Date.parse(next) - now, written);
  }
});

test("anything else is refused where it stands", async () => {
  for (const written of ["midnight", "24:00", "'12'", "'00:00 Mars/Olympus'", "[1]", "'12:00 +99:00'"]) {
    const { problems } = await load(oneDeployment("tpd: 5", `daily_reset_time: ${written}`));
    assert.match(told(problems).join(), /daily_reset_time.*must be a time of day/, written);
  }
});
