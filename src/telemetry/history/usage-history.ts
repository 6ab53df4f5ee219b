import type { UsageQuery, UsageSeries, Usages } from "../../control/history.ts";
import type { Totals } from "../../control/stats.ts";
import type { Clock } from "../../lib/clock.ts";
import type { CountedCall, Counter } from "../metrics/counted-records.ts";
import { outcomeClass } from "../outcome-class.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** An hour in minutes, and three days in hours. */
const minuteCount = 60;
const hourCount = 72;
/** Keys and models come and go. Of more pairs of them than this, the later ones share one series. A series takes 5 KB. */
const mostSeries = 500;

/** The columns of a point's row. */
const column = { requests: 0, failures: 1, promptTokens: 2, outputTokens: 3, costUsd: 4 } as const;
const rowLength = 5;

/** What was used over time, by key and model, in points that are written over when their time has passed. */
export class UsageHistory implements Counter {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #zero: number;
  /** By key, then by model. */
  readonly #series = new Map<string, Map<string, Series>>();
  readonly #rest = new Series("", "");
  /** Of the latest call: most calls follow one of the same key and model. */
  #last: Series | undefined;
  #count = 0;
  /** The hour in which room was last looked for. */
  #lookedInHour = -1;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.wallTime();
    this.#zero = clock.now();
  }

  callEnded({ call, group, error, endedAt, usage, costUsd = 0 }: CountedCall): void {
    const outcome = outcomeClass(error?.code);
    // A fault of the caller, or its hanging up, is no failure, as in the other counts.
    const failed = outcome !== "success" && outcome !== "client_error" && outcome !== "cancelled";
    const at = endedAt - this.#zero;
    const series = this.#seriesOf(call.caller?.name ?? "", group, at);
    const { promptTokens = 0, outputTokens = 0 } = usage ?? {};
    series.minutes.add(Math.floor(at / minuteMs), failed, promptTokens, outputTokens, costUsd);
    series.hours.add(Math.floor(at / hourMs), failed, promptTokens, outputTokens, costUsd);
  }

  usage({ resolution, byKey, byModel, keyName, model, limit }: UsageQuery): Usages {
    const inHours = resolution === "hours";
    const pointMs = inHours ? hourMs : minuteMs;
    const step = Math.floor((this.#clock.now() - this.#zero) / pointMs);
    const sums = new Map<string, Sum>();
    for (const series of this.#all()) {
      if ((keyName !== undefined && series.keyName !== keyName) || (model !== undefined && series.model !== model)) continue;
      const name = JSON.stringify([byKey && series.keyName, byModel && series.model]);
      let sum = sums.get(name);
      if (sum === undefined) sums.set(name, (sum = new Sum(byKey ? series.keyName : undefined, byModel ? series.model : undefined, false)));
      sum.add((inHours ? series.hours : series.minutes).read(step));
    }
    const isNarrowed = keyName !== undefined || model !== undefined;
    const rest = new Sum(undefined, undefined, true);
    // What came late may be of any key and model, so it is told only where all is asked for.
    if (!isNarrowed) rest.add((inHours ? this.#rest.hours : this.#rest.minutes).read(step));
    const busy = [...sums.values()].filter((sum) => sum.requests > 0).toSorted(dearestFirst);
    for (const sum of busy.slice(limit)) rest.add(sum.points);
    const told = [...busy.slice(0, limit), ...(rest.requests > 0 ? [rest] : [])];
    return { series: told.map((sum) => sum.read()), pointMs, startedAt: this.#startedAt };
  }

  #seriesOf(keyName: string, model: string, at: number): Series {
    const last = this.#last;
    if (last !== undefined && last.keyName === keyName && last.model === model) return last;
    const known = this.#series.get(keyName)?.get(model);
    if (known !== undefined) return (this.#last = known);
    if (this.#count >= mostSeries) this.#forgetIdle(Math.floor(at / hourMs));
    if (this.#count >= mostSeries) return this.#rest;
    const made = new Series(keyName, model);
    const models = this.#series.get(keyName) ?? new Map<string, Series>();
    this.#series.set(keyName, models.set(model, made));
    this.#count++;
    return made;
  }

  /** Makes room by forgetting what has had no call for as long as is told of. Looks once an hour at most, since it looks at all. */
  #forgetIdle(hour: number): void {
    if (hour === this.#lookedInHour) return;
    this.#lookedInHour = hour;
    this.#last = undefined;
    for (const { keyName, model, hours } of this.#all()) {
      if (hours.latest > hour - hourCount) continue;
      const models = this.#series.get(keyName);
      models?.delete(model);
      if (models?.size === 0) this.#series.delete(keyName);
      this.#count--;
    }
  }

  *#all(): Generator<Series> {
    for (const models of this.#series.values()) yield* models.values();
  }
}

class Series {
  readonly keyName: string;
  readonly model: string;
  readonly minutes = new Points(minuteCount);
  readonly hours = new Points(hourCount);

  constructor(keyName: string, model: string) {
    this.keyName = keyName;
    this.model = model;
  }
}

/** A ring of points, each for one step of time. A later step takes the place of the one a whole round before. */
class Points {
  readonly #count: number;
  readonly #sums: Float64Array;
  readonly #steps: Float64Array;
  /** The step that was added to last, and where its row begins. */
  #step = -1;
  #row = 0;
  /** The latest step that has anything. */
  latest = -1;

  constructor(count: number) {
    this.#count = count;
    this.#sums = new Float64Array(count * rowLength);
    this.#steps = new Float64Array(count).fill(-1);
  }

  add(step: number, failed: boolean, promptTokens: number, outputTokens: number, costUsd: number): void {
    // Nearly every call falls into the step of the one before.
    if (step !== this.#step) this.#goTo(step);
    const row = this.#row;
    this.#plus(row + column.requests, 1);
    if (failed) this.#plus(row + column.failures, 1);
    this.#plus(row + column.promptTokens, promptTokens);
    this.#plus(row + column.outputTokens, outputTokens);
    this.#plus(row + column.costUsd, costUsd);
  }

  #goTo(step: number): void {
    const place = step % this.#count;
    this.#step = step;
    this.#row = place * rowLength;
    this.latest = Math.max(this.latest, step);
    if (this.#steps[place] === step) return;
    this.#steps[place] = step;
    this.#sums.fill(0, this.#row, this.#row + rowLength);
  }

  /** Lists the points, oldest first. The last one is that of `step`. */
  read(step: number): readonly Totals[] {
    return Array.from({ length: this.#count }, (_, index) => this.#point(step - this.#count + 1 + index));
  }

  #plus(at: number, amount: number): void {
    this.#sums[at] = (this.#sums[at] ?? 0) + amount;
  }

  #point(step: number): Totals {
    const place = ((step % this.#count) + this.#count) % this.#count;
    const isThere = step >= 0 && this.#steps[place] === step;
    const read = (at: number): number => (isThere ? (this.#sums[place * rowLength + at] ?? 0) : 0);
    return {
      requests: read(column.requests),
      failures: read(column.failures),
      promptTokens: read(column.promptTokens),
      outputTokens: read(column.outputTokens),
      costUsd: read(column.costUsd),
    };
  }
}

const nothing: Totals = { requests: 0, failures: 0, promptTokens: 0, outputTokens: 0, costUsd: 0 };

/** Series added up. */
class Sum {
  readonly #keyName: string | undefined;
  readonly #model: string | undefined;
  readonly #isRest: boolean;
  points: readonly Totals[] = [];
  totals = nothing;

  constructor(keyName: string | undefined, model: string | undefined, isRest: boolean) {
    this.#keyName = keyName;
    this.#model = model;
    this.#isRest = isRest;
  }

  get requests(): number {
    return this.totals.requests;
  }

  add(points: readonly Totals[]): void {
    this.points = points.map((point, index) => plus(point, this.points[index] ?? nothing));
    this.totals = points.reduce(plus, this.totals);
  }

  read(): UsageSeries {
    return { keyName: this.#keyName, model: this.#model, isRest: this.#isRest, totals: this.totals, points: this.points };
  }
}

function plus(one: Totals, other: Totals): Totals {
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    promptTokens: one.promptTokens + other.promptTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    costUsd: one.costUsd + other.costUsd,
  };
}

function dearestFirst({ totals: one }: Sum, { totals: other }: Sum): number {
  return other.costUsd - one.costUsd || tokensOf(other) - tokensOf(one) || other.requests - one.requests;
}

function tokensOf({ promptTokens, outputTokens }: Totals): number {
  return promptTokens + outputTokens;
}
