import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import type { CallerKey } from "../../../src/core/caller-key.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

const deployments = [
  deployment("free", { tags: ["free", "eu"] }),
  deployment("paid", { tags: ["paid", "eu"] }),
  deployment("usual", { tags: ["default"] }),
  deployment("plain"),
];

async function reach(
  tags: readonly string[],
  matchAny = true,
  among = deployments,
  caller?: CallerKey,
): Promise<readonly string[] | string> {
  const settings = { ...defaultRouterSettings, tagFiltering: { enabled: true, matchAny } };
  const reached = new Set<string>();
  for (let skip = 0; skip < among.length; skip++) {
    const rotated = [...among.slice(skip), ...among.slice(0, skip)];
    const sink = await new CoreFixture(tableSource(rotated, { settings })).run({ tags, caller });
    if (sink.error !== undefined) return sink.error.code;
    reached.add(sink.route?.deploymentId ?? "");
  }
  return [...reached].toSorted();
}

const cases: readonly [readonly string[], boolean, readonly string[] | string][] = [
  [["free"], true, ["free"]],
  [["free", "paid"], true, ["free", "paid"]],
  [["eu", "paid"], false, ["paid"]],
  [["eu", "!paid"], true, ["free"]],
  [["eu", "&paid"], true, ["paid"]],
  [["&paid"], true, ["paid"]],
  [["nobody-has-this"], true, ["usual"]],
  [["nobody-has-this", "!default"], true, "not_allowed"],
  [[], true, ["usual"]],
  [["!default"], true, ["free", "paid", "plain"]],
];

for (const [tags, matchAny, expected] of cases) {
  test(`tags ${JSON.stringify(tags)}, matching ${matchAny ? "any" : "all"}, reach ${JSON.stringify(expected)}`, async () => {
    assert.deepEqual(await reach(tags, matchAny), expected);
  });
}

test("without a default deployment, a call without tags reaches all", async () => {
  assert.deepEqual(await reach([], true, [deployments[0]!, deployments[3]!]), ["free", "plain"]);
});

test("a match that is only busy is another error than no match", async () => {
  const settings = { ...defaultRouterSettings, tagFiltering: { enabled: true, matchAny: true } };
  const fixture = new CoreFixture(tableSource([deployment("a", { tags: ["x"], rpm: 1 }), deployment("b")], { settings }));
  await fixture.run({ tags: ["x"] });
  assert.equal((await fixture.run({ tags: ["x"] })).error?.code, "no_capacity");
  assert.equal((await fixture.run({ tags: ["y"] })).error?.code, "not_allowed");
});

test("tags play no part unless filtering is enabled", async () => {
  assert.equal((await new CoreFixture(tableSource(deployments)).run({ tags: ["paid"] })).route?.deploymentId, "free");
});

const confined: readonly [key: readonly string[], call: readonly string[], expected: readonly string[] | string][] = [
  [["eu"], [], ["eu-fast", "eu-slow"]],
  [["eu"], ["fast"], ["eu-fast"]],
  [["eu"], ["us"], "not_allowed"],
  [["eu"], ["us", "fast"], ["eu-fast"]],
  [["eu"], ["!fast"], ["eu-slow"]],
  [["eu"], ["nobody-has-this"], "not_allowed"],
  [["!us"], ["us"], ["usual"]],
  [[], ["us"], ["us-fast"]],
];
for (const [keyTags, own, expected] of confined) {
  test(`a key's tags ${JSON.stringify(keyTags)} confine its calls: with its own ${JSON.stringify(own)} one reaches ${JSON.stringify(expected)}`, async () => {
    const among = [
      deployment("eu-fast", { tags: ["eu", "fast"] }),
      deployment("eu-slow", { tags: ["eu", "slow"] }),
      deployment("us-fast", { tags: ["us", "fast"] }),
      deployment("usual", { tags: ["default"] }),
    ];
    assert.deepEqual(await reach([...own, ...keyTags], true, among, callerKeyOf("confined", { tags: keyTags })), expected);
  });
}
