import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ewma, peakMean } from "../../../src/lib/averages/ewma.ts";

const times = fc.double({ min: 0, max: 1e6, noNaN: true });

test("a mean stays within its samples, and the first sample is the mean", () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 50 }), (samples) => {
      let mean = Number.NaN;
      for (const [before, sample] of samples.entries()) mean = ewma(mean, before, sample);
      assert.ok(mean >= Math.min(...samples) - 1e-6 && mean <= Math.max(...samples) + 1e-6);
    }),
  );
});

test("the first samples count evenly, later ones by a fifth", () => {
  assert.equal(ewma(10, 1, 20), 15);
  assert.equal(ewma(0, 100, 10), 2);
});

test("a peak is never below its newest sample, and forgets with time", () => {
  fc.assert(
    fc.property(times, times, times, (peak, sample, elapsedMs) => {
      const next = peakMean(peak, 1, sample, elapsedMs, 10_000);
      assert.ok(next >= sample && next <= Math.max(peak, sample));
    }),
  );
  assert.ok(Math.abs(peakMean(1_000, 1, 0, 10_000, 10_000) - 1_000 / Math.E) < 1e-9);
});
