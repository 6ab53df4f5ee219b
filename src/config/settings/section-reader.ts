import { isNull, showNode, type ConfigNode, type MapNode, type ScalarNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { allowedValues, type ActedOnSetting, type SettingKind, type SettingsOfKind, type SettingsTable } from "./setting-spec.ts";

/**
 * Reads the keys of one section as its table says. A wrong type or range is reported where it stands and read as undefined,
 * as is a key that is absent, null or was reported already.
 */
export class SectionReader<Keys extends SettingsTable> {
  readonly #keys: Keys;
  readonly #node: MapNode | undefined;
  readonly #path: string;
  readonly #log: FindingLog;

  /** @param path The section's own path of keys. */
  constructor(keys: Keys, node: MapNode | undefined, path: string, log: FindingLog) {
    this.#keys = keys;
    this.#node = node;
    this.#path = path;
    this.#log = log;
  }

  text(key: SettingsOfKind<Keys, "text">): string | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    // A name may look like a number: `3.10` and `0123` are taken as they are written.
    if (node.kind === "scalar") return typeof node.value === "string" ? node.value : node.text;
    return this.#refuse(key, node);
  }

  number(key: SettingsOfKind<Keys, "number" | "integer">): number | undefined {
    return this.#number(key);
  }

  /** A key given in seconds. */
  milliseconds(key: SettingsOfKind<Keys, "seconds">): number | undefined {
    const seconds = this.#number(key);
    return seconds === undefined ? undefined : Math.round(seconds * 1_000);
  }

  boolean(key: SettingsOfKind<Keys, "boolean">): boolean | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    return toBoolean(node) ?? this.#refuse(key, node);
  }

  /** One name counts as a list of one. */
  names(key: SettingsOfKind<Keys, "names" | "text or names">): readonly string[] | undefined {
    const node = this.#value(key);
    return node === undefined ? undefined : this.#names(key, node);
  }

  tags(key: SettingsOfKind<Keys, "tags">): readonly string[] | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    const tags = node.kind === "scalar" ? node.text.split(",") : this.#names(key, node);
    return tags?.map((tag) => tag.trim()).filter((tag) => tag !== "");
  }

  booleanOrNames(key: SettingsOfKind<Keys, "boolean or names">): boolean | readonly string[] | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    if (node.kind === "list") return this.#names(key, node);
    return toBoolean(node) ?? this.#refuse(key, node);
  }

  map(key: SettingsOfKind<Keys, "map">): MapNode | undefined {
    const node = this.#value(key);
    if (node === undefined || node.kind === "map") return node;
    return this.#refuse(key, node);
  }

  list(key: SettingsOfKind<Keys, "list">): readonly ConfigNode[] | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    return node.kind === "list" ? node.items : this.#refuse(key, node);
  }

  /** Whatever stands there. */
  node(key: SettingsOfKind<Keys, SettingKind>): ConfigNode | undefined {
    return this.#value(key);
  }

  pathOf(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  #value(key: string): ConfigNode | undefined {
    const value = this.#node?.entries.get(key)?.value;
    return isNull(value) ? undefined : value;
  }

  #number(key: string): number | undefined {
    const node = this.#value(key);
    const spec = this.#keys[key];
    if (node === undefined || spec?.status !== "acted on") return undefined;
    const value = toNumber(node);
    const fits =
      value !== undefined &&
      Number.isFinite(value) &&
      (spec.kind !== "integer" || Number.isSafeInteger(value)) &&
      (spec.min === undefined || value >= spec.min) &&
      (spec.above === undefined || value > spec.above) &&
      (spec.max === undefined || value <= spec.max);
    if (!fits) return this.#refuse(key, node);
    if (node.kind === "scalar" && node.text.includes("_")) warnOfUnderscores(node, this.pathOf(key), this.#log);
    return value;
  }

  #names(key: string, node: ConfigNode): readonly string[] | undefined {
    if (node.kind === "scalar") return [node.text];
    if (node.kind === "map") return this.#refuse(key, node);
    const names: string[] = [];
    for (const item of node.items) {
      if (item.kind === "scalar" && item.value !== null) names.push(typeof item.value === "string" ? item.value : item.text);
      else if (item.kind !== "scalar" || item.origin !== "unresolved") return this.#refuse(key, item);
    }
    return names;
  }

  #refuse(key: string, node: ConfigNode): undefined {
    const spec = this.#keys[key];
    if (spec?.status === "acted on") this.#log.problem(node.at, this.pathOf(key), mustBe(spec, node));
    return undefined;
  }
}

/** PyYAML, and so LiteLLM, reads `80_000` as a number; other tools that read the file may not. */
export function warnOfUnderscores(node: ScalarNode, key: string, log: FindingLog): void {
  log.warning(node.at, key, `read as the number ${String(toNumber(node))}; write it without underscores, which YAML 1.2 takes for text`);
}

/** A number, or a text that is one, as values from the environment and quoted ones are. */
export function toNumber(node: ConfigNode): number | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "number") return node.value;
  if (typeof node.value !== "string" || !/^\s*[-+]?(\d[\d_]*)?\.?\d+(e[-+]?\d+)?\s*$/i.test(node.value)) return undefined;
  return Number(node.value.replaceAll("_", ""));
}

/** A boolean, or a text that is one. `yes`, `no`, `on` and `off` are booleans in YAML 1.1. */
export function toBoolean(node: ConfigNode): boolean | undefined {
  if (node.kind !== "scalar") return undefined;
  if (typeof node.value === "boolean") return node.value;
  const text = String(node.value).trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(text)) return true;
  if (["false", "no", "off", "0"].includes(text)) return false;
  return undefined;
}

function mustBe(spec: ActedOnSetting, node: ConfigNode): string {
  return `must be ${allowedValues(spec)}, not ${showNode(node)}`;
}
