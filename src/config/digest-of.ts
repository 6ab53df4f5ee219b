import { hash } from "node:crypto";
import type { ConfigNode } from "./config-node.ts";
import { canonicalJson, nodeToJson } from "./node-json.ts";

/** A digest of pieces of configuration, the same for the same content. Secrets among it cannot be read from it. */
export function digestOf(pieces: readonly (ConfigNode | string | undefined)[], more: string | undefined): string {
  const json = pieces.map((piece) => (piece === undefined ? null : typeof piece === "string" ? piece : nodeToJson(piece)));
  return hash("sha256", canonicalJson([...json, more ?? null]), "hex");
}

/** Of files, by path. */
export function digestOfTexts(texts: ReadonlyMap<string, string>): string {
  return digestOf([...texts].flat(), undefined);
}
