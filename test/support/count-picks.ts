import type { PickContext, Strategy } from "../../src/core/strategy.ts";
import { FakeCandidates, fakeContext } from "./fake-candidates.ts";
import type { FakeDeployment } from "./fake-candidates.ts";

/**
 * Picks while the deployments' numbers stand still, as for callers that come one by one.
 *
 * @returns How often each deployment was picked, by its place in the array.
 */
export function countPicks(
  strategy: Strategy,
  deployments: readonly FakeDeployment[],
  picks: number,
  context: PickContext = fakeContext(),
): number[] {
  const counts = deployments.map(() => 0);
  const candidates = new FakeCandidates(deployments);
  for (let pick = 0; pick < picks; pick++) {
    const { row } = strategy.pick(candidates, context);
    counts[deployments.findIndex((deployment) => deployment.row === row)]! += 1;
  }
  return counts;
}

/**
 * Picks for callers that overlap: every pick stays in flight.
 *
 * @returns How often each deployment was picked, by its place in the array.
 */
export function countConcurrentPicks(
  strategy: Strategy,
  deployments: readonly FakeDeployment[],
  picks: number,
  context: PickContext = fakeContext(),
): number[] {
  const counts = deployments.map(() => 0);
  const candidates = new FakeCandidates(deployments);
  for (let pick = 0; pick < picks; pick++) {
    const { row } = strategy.pick(candidates, context);
    const index = deployments.findIndex((deployment) => deployment.row === row);
    deployments[index]!.inFlight += 1;
    counts[index]! += 1;
  }
  return counts;
}
