import type { ConfigNode } from "../../config/tree/config-node.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import { maskTokens } from "../../config/secrets/secrets.ts";
import type { JsonValue } from "../../core/provider.ts";
import type { ControlState } from "../state/control-state.ts";

/** A reference names a variable, and gives nothing away. */
const reference = /^(os\.environ\/\w+|\$\{\w+\})$/;

/** A configuration's tree as JSON, with `***` for every secret in it. */
export function maskedTree(node: ConfigNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      if (node.value === null) return null;
      if (node.secret) return typeof node.value === "boolean" || reference.test(node.text) ? node.value : "***";
      if (typeof node.value === "number" && !Number.isFinite(node.value)) return null;
      return typeof node.value === "string" ? maskTokens(node.value) : node.value;
    case "list":
      return node.items.map(maskedTree);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, entry]) => [maskTokens(key), maskedTree(entry.value)]));
    default:
      return node satisfies never;
  }
}

/** The configuration in force as JSON, weights that were set at run time included. Holds no secret. */
export function configView({ content }: LoadedConfig, state: ControlState): object {
  const weights = new Map<ConfigNode, number>();
  for (const [id, node] of content.entries) {
    const weight = state.weights.get(id);
    if (weight !== undefined) weights.set(node, weight);
  }
  const entries = [...new Set(content.entries.values())].map((node) => weighted(maskedTree(node), weights.get(node)));
  return { ...(maskedTree(content.root) as object), model_list: entries };
}

/** A deployment's entry of `model_list` as JSON, as it is written. Holds no secret. Undefined where there is none of this id. */
export function entryView({ content }: LoadedConfig, id: string): object | undefined {
  const node = content.entries.get(id);
  const view = node && maskedTree(node);
  return isObject(view) ? view : undefined;
}

function weighted(entry: JsonValue, weight: number | undefined): JsonValue {
  if (weight === undefined || !isObject(entry) || !isObject(entry["litellm_params"])) return entry;
  return { ...entry, litellm_params: { ...entry["litellm_params"], weight } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
