import type { Course, CoursePoint, Stats, StatsSource, Totals } from "../../control/stats.ts";
import { isDeploymentFault } from "../../core/errors.ts";
import type { Router } from "../../core/router/router.ts";
import type { Clock } from "../../lib/clock.ts";
import type { CountedAttempt, CountedCall, CountedDeployment, Counter } from "./counted-records.ts";
import { outcomeClass } from "../outcome-class.ts";

/** Five minutes in points of five seconds: long enough to see what a change did, short enough to see it soon. */
const pointMs = 5_000;
const pointCount = 60;
/** Keys come and go at run time. From this many on, they share one row, as in the metrics. */
const mostKeys = 1_000;
const otherKeys = "(others)";

/** Counts for GetStats: totals since the start, and the course of the last minutes. */
export class StatsRecorder implements Counter, StatsSource {
  readonly #clock: Clock;
  readonly #router: () => Pick<Router, "deployments" | "groups">;
  readonly #startedAt: number;
  readonly #zero: number;
  readonly #groups = new Map<string, Counts>();
  readonly #deployments = new Map<string, Counts & { readonly group: string }>();
  readonly #keys = new Map<string, Sums>();

  /** @param router Asked at each {@link stats} for what is configured. */
  constructor(clock: Clock, router: () => Pick<Router, "deployments" | "groups">) {
    this.#clock = clock;
    this.#router = router;
    this.#startedAt = clock.wallTime();
    this.#zero = clock.now();
  }

  attemptEnded({ deployment, outcome, endedAt, costUsd }: CountedAttempt): void {
    const { totals, course } = this.#deployment(deployment);
    const failed = outcome.kind === "failure" && isDeploymentFault(outcome.error.code);
    const good = outcome.kind === "success" ? outcome : undefined;
    totals.count(failed, outcome.usage, costUsd);
    course.add(this.#step(endedAt), failed, good?.totalMs, good?.firstTokenMs);
  }

  callEnded({ call, group, error, startedAt, endedAt, firstTokenMs, usage, costUsd }: CountedCall): void {
    const { totals, course } = this.#group(group);
    const outcome = outcomeClass(error?.code);
    // A fault of the caller, or its hanging up, says nothing about the group.
    const failed = outcome !== "success" && outcome !== "client_error" && outcome !== "cancelled";
    totals.count(failed, usage, costUsd);
    course.add(this.#step(endedAt), failed, error === undefined ? endedAt - startedAt : undefined, firstTokenMs);
    this.#key(call.caller?.name ?? "").count(failed, usage, costUsd);
  }

  stats(): Stats {
    this.#forgetWhatLeft();
    const step = this.#step(this.#clock.now());
    return {
      startedAt: this.#startedAt,
      groups: new Map(Array.from(this.#groups, ([name, counts]) => [name, courseOf(counts, step)])),
      deployments: new Map(Array.from(this.#deployments, ([id, counts]) => [id, { ...courseOf(counts, step), group: counts.group }])),
      keys: new Map(Array.from(this.#keys, ([name, sums]) => [name, sums.read()])),
      pointMs,
    };
  }

  #forgetWhatLeft(): void {
    const statuses = this.#router().deployments();
    const ids = new Set(statuses.map((one) => one.id));
    // A deployment that is being removed still has a group.
    const groups = new Set([...this.#router().groups().keys(), ...statuses.map((one) => one.group)]);
    for (const id of this.#deployments.keys()) if (!ids.has(id)) this.#deployments.delete(id);
    for (const name of this.#groups.keys()) if (name !== "" && !groups.has(name)) this.#groups.delete(name);
  }

  #step(now: number): number {
    return Math.floor((now - this.#zero) / pointMs);
  }

  #deployment({ id, group }: CountedDeployment): Counts {
    let counts = this.#deployments.get(id);
    if (counts?.group !== group) this.#deployments.set(id, (counts = { group, totals: new Sums(), course: new Points() }));
    return counts;
  }

  #group(name: string): Counts {
    let counts = this.#groups.get(name);
    if (counts === undefined) this.#groups.set(name, (counts = { totals: new Sums(), course: new Points() }));
    return counts;
  }

  #key(name: string): Sums {
    const kept = this.#keys.size >= mostKeys && !this.#keys.has(name) ? otherKeys : name;
    let sums = this.#keys.get(kept);
    if (sums === undefined) this.#keys.set(kept, (sums = new Sums()));
    return sums;
  }
}

interface Counts {
  readonly totals: Sums;
  readonly course: Points;
}

function courseOf({ totals, course }: Counts, step: number): Course {
  return { totals: totals.read(), points: course.read(step) };
}

class Sums {
  #requests = 0;
  #failures = 0;
  #promptTokens = 0;
  #outputTokens = 0;
  #costUsd = 0;

  count(failed: boolean, usage: { readonly promptTokens: number; readonly outputTokens: number } | undefined, costUsd = 0): void {
    this.#requests++;
    if (failed) this.#failures++;
    this.#costUsd += costUsd;
    if (usage === undefined) return;
    this.#promptTokens += usage.promptTokens;
    this.#outputTokens += usage.outputTokens;
  }

  read(): Totals {
    return {
      requests: this.#requests,
      failures: this.#failures,
      promptTokens: this.#promptTokens,
      outputTokens: this.#outputTokens,
      costUsd: this.#costUsd,
    };
  }
}

/** The columns of a point's row. */
const column = { requests: 0, failures: 1, totalMs: 2, successes: 3, firstTokenMs: 4, firstTokens: 5 } as const;
const rowLength = 6;

/** A ring of points, each for one step of time. A later step takes the place of the one a whole round before. */
class Points {
  readonly #sums = new Float64Array(pointCount * rowLength);
  readonly #steps = new Float64Array(pointCount).fill(-1);

  /** @param totalMs Undefined when it did not succeed. */
  add(step: number, failed: boolean, totalMs: number | undefined, firstTokenMs: number | undefined): void {
    const place = step % pointCount;
    const row = place * rowLength;
    if (this.#steps[place] !== step) {
      this.#steps[place] = step;
      this.#sums.fill(0, row, row + rowLength);
    }
    this.#add(row + column.requests, 1);
    if (failed) this.#add(row + column.failures, 1);
    if (totalMs === undefined) return;
    this.#add(row + column.totalMs, totalMs);
    this.#add(row + column.successes, 1);
    if (firstTokenMs === undefined) return;
    this.#add(row + column.firstTokenMs, firstTokenMs);
    this.#add(row + column.firstTokens, 1);
  }

  /** Lists the points, oldest first. The last one is that of `step`, which is not over. */
  read(step: number): readonly CoursePoint[] {
    return Array.from({ length: pointCount }, (_, index) => this.#point(step - pointCount + 1 + index));
  }

  #point(step: number): CoursePoint {
    const place = ((step % pointCount) + pointCount) % pointCount;
    if (step < 0 || this.#steps[place] !== step) return { requests: 0, failures: 0, totalMs: undefined, firstTokenMs: undefined };
    const read = (at: number): number => this.#sums[place * rowLength + at] ?? 0;
    const successes = read(column.successes);
    const firstTokens = read(column.firstTokens);
    return {
      requests: read(column.requests),
      failures: read(column.failures),
      totalMs: successes === 0 ? undefined : read(column.totalMs) / successes,
      firstTokenMs: firstTokens === 0 ? undefined : read(column.firstTokenMs) / firstTokens,
    };
  }

  #add(at: number, amount: number): void {
    this.#sums[at] = (this.#sums[at] ?? 0) + amount;
  }
}
