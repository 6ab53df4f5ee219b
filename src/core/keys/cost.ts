import type { Deployment } from "../deployment.ts";
import type { Usage } from "../outcome.ts";

/** What a request cost in US dollars by the deployment's prices; undefined where a price that counts is not known. */
export function costOf(usage: Usage, deployment: Pick<Deployment, "inputCostPerToken" | "outputCostPerToken">): number | undefined {
  const prompt = part(usage.promptTokens, deployment.inputCostPerToken);
  const output = part(usage.outputTokens, deployment.outputCostPerToken);
  return prompt === undefined || output === undefined ? undefined : prompt + output;
}

function part(tokens: number, price: number | undefined): number | undefined {
  return tokens === 0 ? 0 : price === undefined ? undefined : tokens * price;
}
