import type { SourceFile } from "./source-file.ts";
import { cutText } from "../../lib/cut-text.ts";

/** A piece of a file. */
export interface Place {
  readonly file: SourceFile;
  /** Offsets into the file's text. */
  readonly start: number;
  readonly end: number;
}

/** YAML as read, with aliases and merge keys resolved. Each value knows where it stands. Immutable. */
export type ConfigNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  /** As written: `3.10` is not `3.1` when a name is wanted. */
  readonly text: string;
  readonly at: Place;
  /** `unresolved` when it refers to a missing variable, which was reported. The value is null then. */
  readonly origin: "literal" | "environment" | "unresolved";
  /** Whether it stands under a name whose values are never shown. */
  readonly secret: boolean;
}

interface ListNode {
  readonly kind: "list";
  readonly items: readonly ConfigNode[];
  readonly at: Place;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly at: Place;
}

export interface MapEntry {
  readonly key: string;
  readonly keyAt: Place;
  readonly value: ConfigNode;
}

/** Whether a value is null or not there at all, which are LiteLLM's ways of leaving a setting at its default. */
export function isNull(node: ConfigNode | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}

/** @returns The value under a name, where it is there and not null. */
export function child(node: ConfigNode | undefined, key: string): ConfigNode | undefined {
  const value = node?.kind === "map" ? node.entries.get(key)?.value : undefined;
  return isNull(value) ? undefined : value;
}

/** @returns The map with some of its entries replaced, added, or, where the change is undefined, taken out. */
export function withEntries(node: MapNode, changes: ReadonlyMap<string, MapEntry | undefined>): MapNode {
  const entries = new Map(node.entries);
  for (const [key, entry] of changes) {
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  }
  return { ...node, entries };
}

/** @returns A value for a message. Secrets and what comes from the environment are masked, and long texts cut. */
export function showNode(node: ConfigNode): string {
  switch (node.kind) {
    case "list":
      return "a list";
    case "map":
      return "a map";
    case "scalar":
      if (node.secret || node.origin !== "literal") return "***";
      if (typeof node.value !== "string") return node.text === "" ? "nothing" : node.text;
      return JSON.stringify(node.value.length > 60 ? `${cutText(node.value, 57)}...` : node.value);
    default:
      return node satisfies never;
  }
}

/** @returns Where the value at a path of names below a map stands, or, where it is not there, what leads to it. */
export function placeBelow(map: MapNode, path: string): Place {
  let node: ConfigNode = map;
  for (const step of path.split(".")) {
    const next: ConfigNode | undefined = node.kind === "map" ? node.entries.get(step)?.value : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node.at;
}
