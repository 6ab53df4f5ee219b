import { hash } from "node:crypto";
import type { ConfigNode } from "./config-node.ts";
import { canonicalNode } from "./node-json.ts";

/** @returns A digest of pieces of configuration, the same for the same content. It gives no secret away. */
export function digestOf(pieces: readonly (ConfigNode | string | undefined)[], more: string | undefined): string {
  const texts = pieces.map((piece) =>
    piece === undefined || typeof piece === "string" ? JSON.stringify(piece ?? null) : canonicalNode(piece),
  );
  return hash("sha256", `[${[...texts, JSON.stringify(more ?? null)].join(",")}]`, "hex");
}

/** @returns A digest of files, which are given by path. */
export function digestOfTexts(texts: ReadonlyMap<string, string>): string {
  return digestOf([...texts].flat(), undefined);
}

/** {@link digestOf}, made at the first comparison: most of thousands of deployments are never compared. */
export class LazyDigest {
  readonly #pieces: Parameters<typeof digestOf>;
  #text: string | undefined;

  constructor(pieces: readonly (ConfigNode | string | undefined)[], more: string | undefined) {
    this.#pieces = [pieces, more];
  }

  get text(): string {
    return (this.#text ??= digestOf(...this.#pieces));
  }
}
