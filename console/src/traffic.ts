import { begun, type Fleet, type Group } from "./fleet.ts";

/** How far "now" reaches back: short enough to see a change, long enough for a count. */
const windowMs = 10_000;

interface Sample {
  readonly at: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** A group's calls of the last seconds, by deployment. */
export interface RecentTraffic {
  readonly calls: ReadonlyMap<string, number>;
  readonly total: number;
  /** How long a time they were counted over. */
  readonly ms: number;
}

/** Remembers counts for a while, to compute the share of its group's traffic that a deployment has now. Times are in milliseconds on any steady clock. */
export class TrafficWindow {
  #samples: Sample[] = [];
  /** From when on a group's traffic counts, where that is later than the window's beginning. */
  readonly #since = new Map<string, Sample>();

  /** Adds the present counts. Call it about once a second. */
  sample(fleet: Fleet, now: number): void {
    const counts = new Map([...fleet.deployments.values()].map((one) => [one.id, begun(one)]));
    // The last sample that is as old as the window stays: the window begins with it.
    const firstInside = this.#samples.findIndex((one) => one.at > now - windowMs);
    const begin = firstInside === -1 ? this.#samples.length - 1 : firstInside - 1;
    this.#samples = [...this.#samples.slice(Math.max(begin, 0)), { at: now, counts }];
  }

  /** Counts a group's traffic from now on, because its weights have changed. */
  restart(group: Group, now: number): void {
    this.#since.set(group.name, { at: now, counts: new Map(group.deployments.map((one) => [one.id, begun(one)])) });
  }

  /** Forgets all counts: they are of another server or another time. */
  clear(): void {
    this.#samples = [];
    this.#since.clear();
  }

  recent(group: Group, now: number): RecentTraffic {
    const oldest = this.#samples.find((one) => one.at >= now - windowMs) ?? this.#samples.at(-1);
    const restarted = this.#since.get(group.name);
    const base = restarted !== undefined && (oldest === undefined || restarted.at > oldest.at) ? restarted : oldest;
    if (base === undefined) return { calls: new Map(), total: 0, ms: 0 };
    // A count may fall by one: an attempt that failed by the caller's fault is taken out again.
    const calls = new Map(
      group.deployments.map((one) => [one.id, Math.max(0, begun(one) - (base.counts.get(one.id) ?? begun(one)))] as const),
    );
    return { calls, total: [...calls.values()].reduce((sum, count) => sum + count, 0), ms: now - base.at };
  }
}
