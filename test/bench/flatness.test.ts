import assert from "node:assert/strict";
import { test } from "node:test";
import { growth, whatGrew, type Sample } from "../../bench/support/flatness.ts";

const megabyte = 1_048_576;

/** A sample each 50,000 requests; resident memory in MB, and how many timers there are, by the share of the run. */
function run(memory: (share: number) => number, timers: (share: number) => number = () => 2, requests = 1_000_000): readonly Sample[] {
  return Array.from({ length: 21 }, (_, index) => ({
    requests: (requests * index) / 20,
    residentBytes: memory(index / 20) * megabyte,
    heapBytes: 30 * megabyte,
    resources: { Timeout: timers(index / 20), TCPSocketWrap: 60 },
  }));
}

const cases: readonly { title: string; samples: readonly Sample[]; grew: readonly RegExp[] }[] = [
  { title: "all that stands still", samples: run(() => 200), grew: [] },
  { title: "a warm-up, however steep", samples: run((share) => 100 + 150 * Math.min(share / 0.3, 1)), grew: [] },
  { title: "noise and single peaks", samples: run((share) => 200 + ((share * 100) % 7) + (share === 0.95 ? 150 : 0)), grew: [] },
  { title: "memory that shrinks", samples: run((share) => 300 - 100 * share), grew: [] },
  { title: "a leak of 60 bytes for each request", samples: run((share) => 200 + 57 * share), grew: [/^resident memory grew by 1\d\.\d %/] },
  { title: "a leak that is hidden under peaks", samples: run((share) => 200 + 40 * share + (share < 0.5 ? 9 : 0)), grew: [/memory/] },
  {
    title: "timers that gather",
    samples: run(
      () => 200,
      (share) => 2 + 40 * share,
    ),
    grew: [/^Timeout: 28 more at the end than after warm-up$/],
  },
  {
    title: "timers that come and go, few after warm-up and many at the end",
    samples: run(
      () => 200,
      (share) => (share === 0.3 ? 2 : share === 1 ? 40 : 20 + ((share * 100) % 7)),
    ),
    grew: [],
  },
  {
    title: "a timer more or less",
    samples: run(
      () => 200,
      (share) => 2 + 9 * share,
    ),
    grew: [],
  },
  { title: "memory in a run that is all warm-up", samples: run((share) => 100 + 100 * share, undefined, 4_000), grew: [] },
  {
    title: "timers that gather in a short run",
    samples: run(
      () => 200,
      (share) => 400 * share,
      4_000,
    ),
    grew: [/^Timeout/],
  },
];

for (const { title, samples, grew } of cases) {
  test(`${grew.length === 0 ? "lets pass" : "tells of"} ${title}`, () => {
    const told = whatGrew(samples);
    assert.equal(told.length, grew.length, told.join("; "));
    for (const [index, pattern] of grew.entries()) assert.match(told[index]!, pattern);
  });
}

test("growth is a share of the median, over the whole span", () => {
  assert.equal(growth(run(() => 200)), 0);
  assert.ok(Math.abs(growth(run((share) => 190 + 20 * share)) - 0.1) < 1e-9);
  assert.equal(growth([]), 0);
});
