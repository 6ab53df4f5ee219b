import type { Deployment } from "../../core/deployment.ts";
import { isWildcard } from "../../core/table/wildcard.ts";
import type { TokenPrices } from "../../core/token-prices.ts";
import type { DeploymentModels } from "../models/deployment-models.ts";
import { isPriceName, modelPrices, type NamedPrices, pieceNames, searchName, searchPrice } from "../models/model-prices.ts";
import type { ModelRow } from "../models/model-table.ts";
import type { litellmParamsTable } from "../settings/litellm-params.ts";
import type { modelInfoTable } from "../settings/model-info.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import type { MapNode } from "../tree/config-node.ts";
import { nodeToJson } from "../tree/node-json.ts";
import { toNumber } from "../tree/scalar.ts";

const settings = [
  "input_cost_per_token",
  "output_cost_per_token",
  "cache_read_input_token_cost",
  "cache_creation_input_token_cost",
] as const;

/** Reads the prices that an entry gives: those of long prompts, of what caches keep for an hour and of searches stand under `model_info` alone, those by the piece under either. */
export function readPrices(
  params: SectionReader<typeof litellmParamsTable>,
  infoReader: SectionReader<typeof modelInfoTable>,
  info: MapNode | undefined,
): NamedPrices {
  const prices: Record<string, number> = {};
  for (const { key, value } of info?.entries.values() ?? []) {
    const price = isPriceName(key) ? toNumber(value) : key === searchName ? searchPrice(nodeToJson(value)) : undefined;
    if (price !== undefined && price >= 0 && Number.isFinite(price)) prices[key] = price;
  }
  for (const name of settings) {
    // Both are read, so that what is wrong with either is reported.
    const ofInfo = infoReader.number(name);
    const price = params.number(name) ?? ofInfo;
    if (price !== undefined) prices[name] = price;
  }
  for (const name of pieceNames) {
    const price = params.number(name);
    if (price !== undefined) prices[name] = price;
  }
  return prices;
}

/** What a deployment's tokens cost: under a wildcard, those of each model. */
export function deploymentPrices(own: NamedPrices, models: DeploymentModels, model: string): TokenPrices & Pick<Deployment, "pricesOf"> {
  const prices = modelPrices(own, models.row(model));
  return isWildcard(model) && models.knowsAny ? { ...prices, pricesOf: pricesByModel(own, models) } : prices;
}

function pricesByModel(own: NamedPrices, models: DeploymentModels): (model: string) => TokenPrices | undefined {
  const byRow = new Map<ModelRow, TokenPrices>();
  return (model) => {
    const row = models.row(model);
    if (row === undefined) return undefined;
    let prices = byRow.get(row);
    if (prices === undefined) byRow.set(row, (prices = modelPrices(own, row)));
    return prices;
  };
}
