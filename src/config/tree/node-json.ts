import type { JsonValue } from "../../core/provider.ts";
import type { ConfigNode } from "./config-node.ts";

/** @returns A tree as plain JSON. `.nan` and `.inf`, which JSON does not have, become null. */
export function nodeToJson(node: ConfigNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "number" && !Number.isFinite(node.value) ? null : node.value;
    case "list":
      return node.items.map(nodeToJson);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, nodeToJson(entry.value)]));
    default:
      return node satisfies never;
  }
}

/** @returns JSON text that is the same for the same content, in any order of names. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}

/** {@link canonicalJson} of a tree's {@link nodeToJson}, without the JSON in between, because it is written for each of thousands of deployments. */
export function canonicalNode(node: ConfigNode): string {
  switch (node.kind) {
    case "scalar":
      // A number that JSON does not have becomes null, as there.
      return JSON.stringify(node.value);
    case "list":
      return `[${node.items.map(canonicalNode).join(",")}]`;
    case "map": {
      const keys = [...node.entries.values()].toSorted(({ key: one }, { key: other }) => (one < other ? -1 : 1));
      return `{${keys.map(({ key, value }) => `${JSON.stringify(key)}:${canonicalNode(value)}`).join(",")}}`;
    }
    default:
      return node satisfies never;
  }
}
