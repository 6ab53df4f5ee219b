import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../src/lib/duration.ts";

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
