import type { ConfigNode } from "./config-node.ts";
import { digestOf } from "./digest-of.ts";

/** {@link digestOf}, made when somebody compares: most of thousands of deployments are never compared. */
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
