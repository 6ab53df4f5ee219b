import type { Router } from "../../core/router/router.ts";
import { addShadowCounts, type ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { Counter } from "./counted-records.ts";

/** Keeps what all threads have counted of shadow strategies, as long as these are configured. */
export class ShadowBook implements Counter {
  readonly #router: () => Pick<Router, "takeShadowCounts">;
  readonly #sums = new Map<string, ShadowCounts>();

  /** @param router Of this thread. Asked at each look. */
  constructor(router: () => Pick<Router, "takeShadowCounts">) {
    this.#router = router;
  }

  /** Adds what another thread has counted. */
  shadowed(counts: readonly ShadowCounts[]): void {
    for (const one of counts) this.#add(one);
  }

  /** Everything up to now, a line for each group and shadow in force. */
  counts(): readonly ShadowCounts[] {
    const own = this.#router().takeShadowCounts();
    this.shadowed(own);
    const inForce = new Set(own.map(keyOf));
    for (const key of this.#sums.keys()) if (!inForce.has(key)) this.#sums.delete(key);
    return [...this.#sums.values()];
  }

  #add(counts: ShadowCounts): void {
    const key = keyOf(counts);
    const before = this.#sums.get(key);
    this.#sums.set(key, before === undefined ? counts : addShadowCounts(before, counts));
  }
}

function keyOf({ group, strategy, shadow }: ShadowCounts): string {
  return JSON.stringify([group, strategy, shadow]);
}
