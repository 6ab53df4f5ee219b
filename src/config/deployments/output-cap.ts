import { mostAssumedOutput } from "../../core/keys/prices.ts";
import { toNumber } from "../tree/scalar.ts";
import type { MapNode } from "../tree/config-node.ts";

const sentCaps = ["max_completion_tokens", "max_tokens"];
const modelCaps = ["max_output_tokens", "max_tokens"];

/**
 * The most tokens of one answer to a caller that sets no cap: the larger cap among the deployment's own parameters, which is sent then, else
 * what its `model_info` says that the model can, else what is generally known, both as far as budgets count with it. Undefined where none says.
 * @param known What is generally known of the model.
 */
export function outputCap(params: MapNode, info: MapNode | undefined, known: number | undefined): number | undefined {
  const body = params.entries.get("extra_body")?.value;
  const places = body?.kind === "map" ? [params, body] : [params];
  const sent = places.flatMap((place) => sentCaps.map((name) => countAt(place, name) ?? 0));
  const largest = Math.max(...sent);
  if (largest > 0) return largest;
  for (const name of modelCaps) {
    const most = info === undefined ? undefined : countAt(info, name);
    if (most !== undefined) return Math.min(most, mostAssumedOutput);
  }
  return known === undefined ? undefined : Math.min(known, mostAssumedOutput);
}

function countAt(map: MapNode, name: string): number | undefined {
  const node = map.entries.get(name)?.value;
  const count = node === undefined ? undefined : toNumber(node);
  return count !== undefined && Number.isFinite(count) && count > 0 ? count : undefined;
}
