import { ewma } from "../../lib/averages/ewma.ts";
import type { JsonText } from "../../lib/json/json-text.ts";
import type { Outcome } from "../outcome.ts";
import { markEnds, promptMarks } from "./prompt-marks.ts";

/** Providers and engines remember prompts for minutes: five is what most promise at least. */
const lifetimeMs = 300_000;
/** Places for one beginning on one deployment: when all are taken, the one that was used longest ago is given up. */
const ways = 4;
const sets = 8_192;
/** The share that a deployment is taken to remember before it has told. */
const firstTrust = 0.7;
/** Predictions of fewer tokens are no evidence. */
const leastEvidence = 256;

/** What is known of one deployment. */
interface Remembering {
  /** The share of what was predicted that it did remember. */
  trust: number;
  samples: number;
  /** Whether it ever said how much. */
  tells: boolean;
  /** What it read before this moment it may have forgotten: it has failed since. */
  since: number;
}

/**
 * Which deployment of a group has read which beginnings of prompts. Bounded: 200 KB, of which the oldest are given up. Each thread has its own.
 */
export class PrefixMemory {
  /** Tags of beginnings and rows, and tenths of seconds in which each was read last; made with the first one. */
  #tags = new Int32Array(0);
  #times = new Int32Array(0);
  readonly #rows = new Map<number, Remembering>();

  /** Marks a prompt once for a call. */
  prefixOf(body: JsonText): PromptPrefix {
    return new PromptPrefix(promptMarks(body), this);
  }

  /** How many of the marks, from the first one, a deployment has read. The longer ones are known less often: a search by halves. */
  marksOn(row: number, marks: Int32Array, now: number): number {
    if (this.#tags.length === 0) return 0;
    const since = Math.max(now - lifetimeMs, this.#rows.get(row)?.since ?? 0) / 100;
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const place = this.#find(tagOf(marks[middle - 1] ?? 0, row));
      if (place >= 0 && (this.#times[place] ?? 0) >= since) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The share of what it should remember that a deployment does, as its replies tell. */
  trustOf(row: number): number {
    return this.#rows.get(row)?.trust ?? firstTrust;
  }

  remember(row: number, marks: Int32Array, now: number): void {
    if (marks.length === 0) return;
    if (this.#tags.length === 0) {
      this.#tags = new Int32Array(sets * ways);
      this.#times = new Int32Array(sets * ways);
    }
    const time = Math.floor(now / 100);
    for (const mark of marks) {
      const tag = tagOf(mark, row);
      const place = this.#placeFor(tag);
      this.#tags[place] = tag;
      this.#times[place] = time;
    }
  }

  /** Learns from an attempt's end. @param predicted Tokens that should have been remembered, if all that was read is. */
  learn(row: number, predicted: number, outcome: Outcome, now: number): void {
    const known = this.#rows.get(row) ?? { trust: firstTrust, samples: 0, tells: false, since: 0 };
    if (outcome.kind === "failure" && outcome.isBlameless !== true) known.since = now;
    else if (outcome.kind === "success" && outcome.usage?.estimated !== true) {
      const cached = outcome.usage?.cachedTokens;
      if (cached !== undefined) known.tells = true;
      if (known.tells && predicted >= leastEvidence) {
        known.trust = ewma(known.trust, known.samples, Math.min((cached ?? 0) / predicted, 1));
        known.samples++;
      }
    }
    this.#rows.set(row, known);
  }

  #find(tag: number): number {
    const from = setOf(tag);
    for (let place = from; place < from + ways; place++) if (this.#tags[place] === tag) return place;
    return -1;
  }

  /** Where it stands, or else the place that was used longest ago. */
  #placeFor(tag: number): number {
    const from = setOf(tag);
    let oldest = from;
    for (let place = from; place < from + ways; place++) {
      if (this.#tags[place] === tag) return place;
      if ((this.#times[place] ?? 0) < (this.#times[oldest] ?? 0)) oldest = place;
    }
    return oldest;
  }
}

/** The beginning of one call's prompt, as the deployments of one group may know it. */
export class PromptPrefix {
  readonly #marks: Int32Array;
  readonly #memory: PrefixMemory;

  constructor(marks: Int32Array, memory: PrefixMemory) {
    this.#marks = marks;
    this.#memory = memory;
  }

  /** Whether it is too short to be remembered. */
  get isShort(): boolean {
    return this.#marks.length === 0;
  }

  /** Bytes of the prompt that a deployment has read before. */
  bytesOn(row: number, now: number): number {
    const { length } = this.#marks;
    if (length === 0) return 0;
    const known = this.#memory.marksOn(row, this.#marks, now);
    return known === 0 ? 0 : (markEnds[known - 1] ?? 0);
  }

  /** The same, less what it is likely to have forgotten. */
  trustedBytesOn(row: number, now: number): number {
    const bytes = this.bytesOn(row, now);
    return bytes === 0 ? 0 : bytes * this.#memory.trustOf(row);
  }

  /** A deployment reads it. */
  remember(row: number, now: number): void {
    this.#memory.remember(row, this.#marks, now);
  }

  /** An attempt there has ended; see {@link PrefixMemory.learn}. */
  learn(row: number, predicted: number, outcome: Outcome, now: number): void {
    this.#memory.learn(row, predicted, outcome, now);
  }
}

function tagOf(mark: number, row: number): number {
  const mixed = Math.imul(mark ^ Math.imul(row + 1, 0x9e3779b1), 0x85ebca6b);
  // 0 is a free place.
  return mixed ^ (mixed >>> 13) || 1;
}

function setOf(tag: number): number {
  return (Math.imul(tag, 0xc2b2ae35) >>> 19) * ways;
}
