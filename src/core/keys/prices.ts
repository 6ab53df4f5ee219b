import type { Deployment } from "../deployment.ts";
import type { Usage } from "../outcome.ts";
import type { Group } from "../table/group.ts";

/** Where neither caller nor configuration says how long an answer may be, budgets count with so many tokens, and with no more. */
export const mostAssumedOutput = 16_384;

/** The dearest that a call to a group may come to: known prices in US dollars per token, and how long an answer may be without a caller's cap. */
export interface Prices {
  readonly inputCostPerToken: number;
  readonly outputCostPerToken: number;
  readonly maxOutputTokens: number;
}

const known = new WeakMap<Group, Prices>();

/** The dearest known prices in a group; 0 where none is known. */
export function groupPrices(group: Group): Prices {
  let prices = known.get(group);
  if (prices === undefined) {
    const dearest = { inputCostPerToken: 0, outputCostPerToken: 0, maxOutputTokens: 0 };
    for (const { deployment } of group.entries) {
      const { inputCostPerToken = 0, outputCostPerToken = 0, cacheWriteCostPerToken = 0, cacheReadCostPerToken = 0 } = deployment;
      const input = Math.max(inputCostPerToken, cacheWriteCostPerToken, cacheReadCostPerToken);
      dearest.inputCostPerToken = Math.max(dearest.inputCostPerToken, input);
      dearest.outputCostPerToken = Math.max(dearest.outputCostPerToken, outputCostPerToken);
      dearest.maxOutputTokens = Math.max(dearest.maxOutputTokens, deployment.maxOutputTokens ?? mostAssumedOutput);
    }
    known.set(group, (prices = dearest));
  }
  return prices;
}

type Priced = Pick<Deployment, "inputCostPerToken" | "outputCostPerToken" | "cacheReadCostPerToken" | "cacheWriteCostPerToken">;

/** What a request cost in US dollars by the deployment's prices. Undefined where a price that counts is not known. */
export function costOf(usage: Usage, deployment: Priced): number | undefined {
  const { promptTokens, outputTokens, cachedTokens = 0, cacheWriteTokens = 0 } = usage;
  const { inputCostPerToken: input } = deployment;
  const prompt = costOfTokens(promptTokens - cachedTokens - cacheWriteTokens, input);
  const cached = costOfTokens(cachedTokens, deployment.cacheReadCostPerToken ?? input);
  const written = costOfTokens(cacheWriteTokens, deployment.cacheWriteCostPerToken ?? input);
  const output = costOfTokens(outputTokens, deployment.outputCostPerToken);
  if (prompt === undefined || cached === undefined || written === undefined || output === undefined) return undefined;
  return prompt + cached + written + output;
}

function costOfTokens(tokens: number, price: number | undefined): number | undefined {
  return tokens === 0 ? 0 : price === undefined ? undefined : tokens * price;
}
