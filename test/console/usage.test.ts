import { create, type MessageInitShape } from "@bufbuild/protobuf";
import assert from "node:assert/strict";
import { test } from "node:test";
import { seriesName, tokensOf, toUsageRequest, usageLines } from "../../console/src/usage.ts";
import { UsageResolution, UsageSeriesSchema } from "../../gen/huntgroup/v1/admin_pb.ts";

const series = (over: MessageInitShape<typeof UsageSeriesSchema>) => create(UsageSeriesSchema, over);

test("a series is named by what it is of", () => {
  const cases: readonly (readonly [MessageInitShape<typeof UsageSeriesSchema>, string])[] = [
    [{ key: "team", model: "gpt" }, "team, gpt"],
    [{ model: "gpt" }, "gpt"],
    [{ key: "" }, "no key"],
    [{ key: "team", model: "" }, "team, no model"],
    [{ rest: true }, "others"],
    [{}, "all"],
  ];
  for (const [one, name] of cases) assert.equal(seriesName(series(one)), name);
});

test("a line has the wanted figure of each point, and its sum beside its name", () => {
  const one = series({
    model: "gpt",
    totals: { promptTokens: 30, outputTokens: 3 },
    points: [{ promptTokens: 10, outputTokens: 1 }, {}, { promptTokens: 20, outputTokens: 2 }],
  });
  assert.deepEqual(usageLines([one, series({ rest: true })], tokensOf, String), [
    { label: "gpt", values: [11, 0, 22], figure: "33" },
    { label: "others", values: [], figure: "–" },
  ]);
});

test("no more series are asked for than a chart can show", () => {
  const { byKey, byModel, resolution, limit } = toUsageRequest("key", true);
  assert.deepEqual([byKey, byModel, resolution, limit], [true, false, UsageResolution.HOURS, 7]);
  assert.deepEqual([toUsageRequest("both", false).byKey, toUsageRequest("both", false).byModel], [true, true]);
  assert.deepEqual([toUsageRequest("model", false).byKey, toUsageRequest("model", false).byModel], [false, true]);
});
