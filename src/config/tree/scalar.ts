import type { ConfigNode, ScalarNode } from "./config-node.ts";
import type { FindingLog } from "./finding-log.ts";

/** @returns The number that a value is, or is the text of, as values from the environment and quoted ones are. */
export function toNumber(node: ConfigNode): number | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "number") return node.value;
  if (typeof node.value !== "string" || !/^\s*[-+]?(\d[\d_]*)?\.?\d+(e[-+]?\d+)?\s*$/i.test(node.value)) return undefined;
  return Number(node.value.replaceAll("_", ""));
}

/** @returns The boolean that a value is, or is the text of. `yes`, `no`, `on` and `off` are booleans in YAML 1.1. */
export function toBoolean(node: ConfigNode): boolean | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "boolean") return node.value;
  return booleanOf(String(node.value));
}

/** What a text says, in all of YAML's spellings. */
export function booleanOf(said: string): boolean | undefined {
  const text = said.trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(text)) return true;
  if (["false", "no", "off", "0"].includes(text)) return false;
  return undefined;
}

/** Warns of `80_000`: PyYAML, and so LiteLLM, reads it as a number; other tools that read the file may not. */
export function warnOfUnderscores(node: ScalarNode, path: string, log: FindingLog): void {
  log.warning(node.at, path, `read as the number ${String(toNumber(node))}; write it without underscores, which YAML 1.2 takes for text`);
}
