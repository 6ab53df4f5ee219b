import assert from "node:assert/strict";
import { test } from "node:test";
import { strategyAdvice, type AdvisedDeployment, type AdvisedGroup } from "../../../src/config/load/strategy-advice.ts";

const hosted: AdvisedDeployment = { isPrivate: false, isLimited: false, isWeighted: false, inputCost: undefined, outputCost: undefined };
const own: AdvisedDeployment = { ...hosted, isPrivate: true };
const limited: AdvisedDeployment = { ...hosted, isLimited: true };
const priced = (inputCost: number): AdvisedDeployment => ({ ...hosted, inputCost, outputCost: 2 * inputCost });

const cases: readonly (readonly [what: string, group: Partial<AdvisedGroup>, said: RegExp | undefined])[] = [
  ["own replicas under simple-shuffle are better served by load", { members: [own, own] }, /private addresses.*least-busy would$/],
  ["own replicas under round-robin, too", { strategy: "round-robin", members: [own, own] }, /private addresses/],
  ["own replicas under least-busy are as they should be", { strategy: "least-busy", members: [own, own] }, undefined],
  ["own replicas with shares that are set keep them", { members: [{ ...own, isWeighted: true }, own] }, undefined],
  ["own replicas with limits may be shuffled", { members: [{ ...own, isLimited: true }, own] }, undefined],
  ["a replica beside a provider may be shuffled", { members: [own, hosted] }, undefined],
  ["providers may be shuffled", { members: [hosted, hosted] }, undefined],
  ["use says little without limits", { strategy: "usage-based-routing", members: [hosted, hosted] }, /no rpm or tpm/],
  ["use is right with a limit", { strategy: "usage-based-routing", members: [hosted, limited] }, undefined],
  ["equal prices save nothing", { strategy: "cost-based-routing", members: [priced(1), priced(1)] }, /the same everywhere, so/],
  ["unknown prices save nothing", { strategy: "cost-based-routing", members: [hosted, hosted] }, /as far as is known/],
  ["different prices are what the cheapest is for", { strategy: "cost-based-routing", members: [priced(1), priced(2)] }, undefined],
  ["few calls measure nothing", { strategy: "latency-based-routing", members: [hosted, hosted, hosted], callsPerMinute: 2 }, /had 2 calls/],
  ["no call at all is no traffic to judge", { strategy: "latency-based-routing", members: [hosted, hosted], callsPerMinute: 0 }, undefined],
  ["many calls measure well", { strategy: "latency-based-routing", members: [hosted, hosted], callsPerMinute: 60 }, undefined],
  ["nothing runs, so nothing is said of traffic", { strategy: "latency-based-routing", members: [hosted, hosted] }, undefined],
  ["a group of one needs no strategy of its own", { strategy: "p2c", isOwnChoice: true, members: [hosted] }, /has one deployment/],
  ["a group of one under everybody's strategy is nothing to mend", { strategy: "p2c", members: [hosted] }, undefined],
  ["a group whose deployments are all blocked says nothing", { strategy: "cost-based-routing", members: [] }, undefined],
];
for (const [what, group, said] of cases) {
  test(what, () => {
    const whole = { strategy: "simple-shuffle", isOwnChoice: false, members: [], callsPerMinute: undefined, ...group };
    const [first, ...more] = strategyAdvice(whole, ["simple-shuffle", "least-busy"]);
    assert.deepEqual(more, []);
    if (said === undefined) assert.equal(first, undefined);
    else assert.match(first ?? "", said);
  });
}

test("adaptive is named where there is one", () => {
  const group = { strategy: "simple-shuffle", isOwnChoice: false, members: [own, own], callsPerMinute: undefined };
  assert.match(strategyAdvice(group, ["least-busy", "adaptive"]).join(), /adaptive or least-busy would$/);
});
