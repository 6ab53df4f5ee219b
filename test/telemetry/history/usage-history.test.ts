import assert from "node:assert/strict";
import { test } from "node:test";
import type { UsageQuery } from "../../../src/control/history.ts";
import { UsageHistory } from "../../../src/telemetry/history/usage-history.ts";
import type { CountedCall } from "../../../src/telemetry/metrics/counted-records.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const all: UsageQuery = { resolution: "minutes", byKey: true, byModel: true, keyName: undefined, model: undefined, limit: 1_000 };

function fixture() {
  const clock = new FakeClock();
  const history = new UsageHistory(clock);
  const count = (key: string, group: string, over: Partial<CountedCall> = {}): void =>
    history.callEnded({
      call: { inboundProtocol: "rest", stream: false, caller: key === "" ? undefined : { name: key } },
      group,
      deployment: undefined,
      error: undefined,
      startedAt: clock.now(),
      endedAt: clock.now(),
      firstTokenMs: undefined,
      queuedMs: 0,
      overheadMs: 0,
      usage: { promptTokens: 10, outputTokens: 5 },
      costUsd: 0.5,
      ...over,
    });
  const rows = (query: Partial<UsageQuery> = {}) =>
    history
      .usage({ ...all, ...query })
      .series.map(({ keyName, model, isRest, totals }) => [isRest ? "rest" : keyName, model, totals.requests, totals.costUsd]);
  return { clock, history, count, rows };
}

test("each minute and each hour has a point of its own, the one under way last, and what is older is forgotten", () => {
  const { clock, history, count } = fixture();
  const filled = (resolution: UsageQuery["resolution"]): Readonly<Record<number, number>> => {
    const points = history.usage({ ...all, resolution }).series[0]?.points ?? [];
    return Object.fromEntries(
      points.map(({ requests }, index) => [points.length - 1 - index, requests]).filter(([, calls]) => calls !== 0),
    );
  };
  count("team", "m");
  clock.advance(minuteMs);
  count("team", "m");
  count("team", "m");
  assert.deepEqual(filled("minutes"), { 0: 2, 1: 1 });
  assert.deepEqual(filled("hours"), { 0: 3 });
  clock.advance(59 * minuteMs);
  assert.deepEqual([filled("minutes"), filled("hours")], [{ 59: 2 }, { 1: 3 }]);
  count("team", "m");
  clock.advance(minuteMs);
  assert.deepEqual([filled("minutes"), filled("hours")], [{ 1: 1 }, { 0: 1, 1: 3 }]);
  clock.advance(72 * hourMs);
  assert.deepEqual([filled("minutes"), filled("hours")], [{}, {}]);
});

test("a point holds calls, failures, tokens and money; a caller's own fault is no failure", () => {
  const { history, count } = fixture();
  count("team", "m");
  count("team", "m", { error: { code: "upstream_timeout" }, usage: undefined, costUsd: undefined });
  count("team", "m", { error: { code: "invalid_request" }, usage: undefined, costUsd: undefined });
  count("team", "m", { error: { code: "cancelled" } });
  const { series, pointMs } = history.usage(all);
  const wanted = { requests: 4, failures: 1, promptTokens: 20, outputTokens: 10, costUsd: 1 };
  assert.deepEqual([series[0]?.totals, series[0]?.points.at(-1), pointMs], [wanted, wanted, minuteMs]);
});

test("series are by key, by model, by both or of all, narrowed, the dearest first, the rest as one", () => {
  const { count, rows } = fixture();
  count("x", "small", { costUsd: 1 });
  count("x", "large", { costUsd: 8 });
  count("y", "small", { costUsd: 2 });
  count("", "small", { costUsd: 0.25 });
  const cases: readonly (readonly [Partial<UsageQuery>, readonly unknown[]])[] = [
    [
      {},
      [
        ["x", "large", 1, 8],
        ["y", "small", 1, 2],
        ["x", "small", 1, 1],
        ["", "small", 1, 0.25],
      ],
    ],
    [
      { byModel: false },
      [
        ["x", undefined, 2, 9],
        ["y", undefined, 1, 2],
        ["", undefined, 1, 0.25],
      ],
    ],
    [
      { byKey: false },
      [
        [undefined, "large", 1, 8],
        [undefined, "small", 3, 3.25],
      ],
    ],
    [{ byKey: false, byModel: false }, [[undefined, undefined, 4, 11.25]]],
    [
      { byKey: false, keyName: "x", limit: 1 },
      [
        [undefined, "large", 1, 8],
        ["rest", undefined, 1, 1],
      ],
    ],
    [{ byModel: false, model: "small", keyName: "" }, [["", undefined, 1, 0.25]]],
    [
      { limit: 1 },
      [
        ["x", "large", 1, 8],
        ["rest", undefined, 3, 3.25],
      ],
    ],
    [{ keyName: "nobody" }, []],
  ];
  for (const [query, wanted] of cases) assert.deepEqual(rows(query), wanted, JSON.stringify(query));
});

test("however many keys there are, no more series are kept than a bound; what comes later is counted as the rest", () => {
  const { clock, count, rows } = fixture();
  for (let key = 0; key < 700; key++) count(`key-${key}`, "m");
  const told = rows();
  assert.equal(told.length, 501);
  assert.deepEqual(told.at(-1), ["rest", undefined, 200, 100]);
  assert.deepEqual(rows({ byKey: false, byModel: false }), [
    [undefined, undefined, 500, 250],
    ["rest", undefined, 200, 100],
  ]);
  // Those that were not used for as long as is told of make room.
  clock.advance(73 * hourMs);
  count("new", "m");
  assert.deepEqual(rows(), [["new", "m", 1, 0.5]]);
});
