import assert from "node:assert/strict";
import { test } from "node:test";
import { noChange, type ShadowCounts } from "../../../src/core/shadow/shadow-counts.ts";
import { ShadowBook } from "../../../src/telemetry/metrics/shadow-book.ts";
import { shadowMetrics } from "../../../src/telemetry/metrics/shadow-metrics.ts";

const counts = (samples: number, over: Partial<ShadowCounts> = {}): ShadowCounts => ({
  group: "m",
  strategy: "simple-shuffle",
  shadow: "least-busy",
  samples,
  agreed: 1,
  answerMs: noChange,
  costUsd: noChange,
  failed: false,
  ...over,
});

test("what all threads count is summed up, as long as the router has the shadow", () => {
  let own: readonly ShadowCounts[] = [counts(3)];
  const book = new ShadowBook(() => ({ takeShadowCounts: () => own }));
  book.shadowed([counts(5), counts(2, { shadow: "gone" })]);
  assert.deepEqual(
    book.counts().map(({ shadow, samples, agreed }) => [shadow, samples, agreed]),
    [["least-busy", 8, 2]],
  );
  own = [counts(0, { agreed: 0 })];
  assert.deepEqual(book.counts(), [counts(8, { agreed: 2 })]);
  own = [counts(1, { strategy: "p2c" })];
  assert.deepEqual(book.counts(), own);
});

test("metrics tell agreement, and estimates where there are enough", () => {
  const answerMs = { count: 100, sum: -1_000, squares: 20_000, real: 30_000 };
  const shadows = [counts(10, { answerMs, agreed: 4 })];
  const source = { shadows } as unknown as Parameters<(typeof shadowMetrics)[number]["collect"]>[0];
  const series = shadowMetrics.flatMap((metric) =>
    Array.from(metric.collect(source), ([labels, value]) => [metric.name, labels.join(), value]),
  );
  assert.deepEqual(series, [
    ["huntgroup_shadow_picks_total", "m,least-busy,true", 4],
    ["huntgroup_shadow_picks_total", "m,least-busy,false", 6],
    ["huntgroup_shadow_answer_change_seconds", "m,least-busy", -0.01],
    ["huntgroup_shadow_answer_change_error_seconds", "m,least-busy", Math.sqrt(10_000 / 99 / 100) / 1_000],
  ]);
});
