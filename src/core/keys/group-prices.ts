import type { Group } from "../table/group.ts";
import type { Prices } from "./key-limits.ts";

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
