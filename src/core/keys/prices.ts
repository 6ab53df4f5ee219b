import type { Deployment } from "../deployment.ts";
import type { Usage } from "../outcome.ts";
import type { Group } from "../table/group.ts";

/** The dearest known prices that a call may be charged, in US dollars per token. */
export interface Prices {
  readonly inputCostPerToken: number;
  readonly outputCostPerToken: number;
}

const known = new WeakMap<Group, Prices>();

/** The dearest known prices in a group; 0 where none is known. */
export function groupPrices(group: Group): Prices {
  let prices = known.get(group);
  if (prices === undefined) {
    const dearest = { inputCostPerToken: 0, outputCostPerToken: 0 };
    for (const { inputCostPerToken = 0, outputCostPerToken = 0 } of group.entries) {
      dearest.inputCostPerToken = Math.max(dearest.inputCostPerToken, inputCostPerToken);
      dearest.outputCostPerToken = Math.max(dearest.outputCostPerToken, outputCostPerToken);
    }
    known.set(group, (prices = dearest));
  }
  return prices;
}

/** What a request cost in US dollars by the deployment's prices. Undefined where a price that counts is not known. */
export function costOf(usage: Usage, deployment: Pick<Deployment, "inputCostPerToken" | "outputCostPerToken">): number | undefined {
  const prompt = costOfTokens(usage.promptTokens, deployment.inputCostPerToken);
  const output = costOfTokens(usage.outputTokens, deployment.outputCostPerToken);
  return prompt === undefined || output === undefined ? undefined : prompt + output;
}

function costOfTokens(tokens: number, price: number | undefined): number | undefined {
  return tokens === 0 ? 0 : price === undefined ? undefined : tokens * price;
}
