import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration, typedDuration } from "../../src/lib/duration.ts";

test("durations are a whole number and a unit", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["30s", 30_000],
    ["10m", 600_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    ["1mo", 2_592_000_000],
    [" 1h ", 3_600_000],
    ["0s", undefined],
    ["1", undefined],
    ["", undefined],
    ["1.5h", undefined],
    ["-1h", undefined],
    ["1w", undefined],
    ["1H", undefined],
    ["1hh", undefined],
    ["999999999999mo", undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test("durations that people type have units, and may have several", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["500ms", 500],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    ["2w", 1_209_600_000],
    ["0s", 0],
    ["10", undefined],
    ["", undefined],
    ["-1s", undefined],
    ["1 h", undefined],
    ["1y", undefined],
    ["1e3s", undefined],
    ["99999999999999999d", undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text, typedDuration), ms, text);
});
