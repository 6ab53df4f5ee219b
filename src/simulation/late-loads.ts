import type { RouterShare } from "../core/router/router-share.ts";
import { column, intsPerRow } from "../core/state/ledger-rows.ts";
import type { Clock } from "../lib/clock.ts";

/** What nodes tell each other of their deployments: what is in flight, and what of it is still to be done. */
const told = [column.inFlight, column.outstandingTokens, column.waitingPrompt, column.restTokens] as const;

/** How often nodes look and tell within the time that it takes to be heard. */
const looks = 4;

/**
 * Routers that see each other late. Each has a ledger of its own; now and then each adds to it what the others had in theirs a while ago, in place
 * of what it had of them before.
 */
export class LateLoads {
  readonly #nodes: readonly Int32Array[];
  /** Of each node, what the others' numbers add to its own. */
  readonly #added: readonly Int32Array[];

  /** @param shares Of each node its own; all have the same deployments in the same rows. */
  constructor(shares: readonly RouterShare[]) {
    this.#nodes = shares.map(({ deployments }) => new Int32Array(deployments.ints[0] ?? new SharedArrayBuffer(0)));
    this.#added = this.#nodes.map((ints) => new Int32Array(ints.length));
  }

  /** Goes on for as long as the clock does. @param lateMs How old what a node hears of the others is. */
  begin(clock: Clock, lateMs: number): void {
    // What nodes had at each of the latest looks, the oldest first: it is heard when it is as old as it is to be.
    const onTheWay: (readonly Int32Array[])[] = [];
    const look = (): void => {
      onTheWay.push(this.#own());
      const heard = onTheWay.length > looks ? onTheWay.shift() : undefined;
      if (heard !== undefined) this.#add(heard);
      clock.schedule(lateMs / looks, look);
    };
    look();
  }

  /** What each node has itself. */
  #own(): readonly Int32Array[] {
    return this.#nodes.map((ints, node) => ints.map((value, at) => value - (this.#added[node]?.[at] ?? 0)));
  }

  #add(own: readonly Int32Array[]): void {
    const sums = new Int32Array(own[0]?.length ?? 0);
    for (const values of own) for (const [at, value] of values.entries()) sums[at] = (sums[at] ?? 0) + value;
    for (const [node, ints] of this.#nodes.entries()) {
      const added = this.#added[node];
      if (added === undefined) continue;
      for (let row = 0; row + intsPerRow <= added.length; row += intsPerRow) {
        for (const name of told) {
          const at = row + name;
          const others = (sums[at] ?? 0) - (own[node]?.[at] ?? 0);
          ints[at] = (ints[at] ?? 0) + others - (added[at] ?? 0);
          added[at] = others;
        }
      }
    }
  }
}
