import type { Clock } from "../lib/clock.ts";
import { SlotHeap } from "../lib/search/slot-heap.ts";
import { PrefixCache } from "./prefix-cache.ts";
import type { ReplicaSpec } from "./replica-spec.ts";

/** What a replica is asked. */
export interface ReplicaJob {
  readonly promptTokens: number;
  /** How long the answer will be; at least 1. */
  readonly outputTokens: number;
  /** The blocks of its prompt; see {@link PrefixCache.find}. Empty where nothing is remembered. */
  readonly blocks: readonly number[];
}

/** Hears how a job goes on. Called from the clock's tasks only. */
export interface ReplicaListener {
  /** The prompt was read. @param cachedTokens How much of it was remembered. The first token of the answer is there. */
  onFirstToken(cachedTokens: number): void;
  /** @param tokens How many output tokens there are so far. Told now and then, not for each token. */
  onProgress(tokens: number): void;
  /** The answer is whole. */
  onEnd(): void;
}

/** A job in the hands of a replica. */
export interface ReplicaWork {
  /** Gives it up: its place is free at the next step. Idempotent. */
  abort(): void;
}

/** Moments that are nearer than this are the same. */
const roundingMs = 1e-6;

/** Lateness beyond this is not made up for: the process stood still. */
const longestLateMs = 1_000;

interface Held extends ReplicaWork {
  readonly job: ReplicaJob;
  readonly listener: ReplicaListener;
  isOver: boolean;
  /** Prompt tokens still to be read; those that are remembered are not. */
  unread: number;
  cachedTokens: number;
  /** The replica's count of tokens per answer at which this answer began; undefined while the prompt is read. */
  beganAt: number | undefined;
  slot: number;
}

/**
 * One replica with continuous batching, on any clock. Time goes in steps: within one, prompts are read one after the other, and all answers
 * grow by the same number of tokens, which is what is left of the step, at most the rate of a single answer. Since all grow alike, a step
 * costs the same however many there are.
 *
 * It is simpler than a real engine: what is admitted is never put off again when memory runs short, and reading costs the same per token at
 * any length.
 */
export class Replica {
  readonly #spec: ReplicaSpec;
  readonly #clock: Clock;
  readonly #cache: PrefixCache;
  readonly #progressMs: number;
  readonly #line: Held[] = [];
  #lineAt = 0;
  readonly #reading: Held[] = [];
  readonly #writing: (Held | undefined)[];
  readonly #freeSlots: number[];
  /** Answers by the count at which each is whole. */
  readonly #ends: SlotHeap;
  #writingCount = 0;
  /** Tokens that an answer has by now which began with the replica. */
  #grown = 0;
  #sumOfStarts = 0;
  #promptTokens = 0;
  #toldAt = 0;
  /** Whether a step is scheduled or under way. */
  #isStepping = false;
  /** When the step that is scheduled is due, or the latest one was. */
  #stepAt = 0;
  /** 1 as specified, 0.1 for a tenth of that; 0 hangs. */
  #speed = 1;

  /** @param progressMs How often answers tell their progress, in milliseconds. */
  constructor(spec: ReplicaSpec, clock: Clock, progressMs = 250) {
    this.#spec = spec;
    this.#clock = clock;
    this.#progressMs = progressMs;
    this.#cache = new PrefixCache(spec.cacheTokens);
    this.#writing = Array.from({ length: spec.maxBatch }, () => undefined);
    this.#freeSlots = Array.from({ length: spec.maxBatch }, (_none, slot) => spec.maxBatch - 1 - slot);
    this.#ends = new SlotHeap(spec.maxBatch);
  }

  /** Takes a job. Its listener is called asynchronously only. */
  submit(job: ReplicaJob, listener: ReplicaListener): ReplicaWork {
    const held: Held = {
      job,
      listener,
      isOver: false,
      unread: job.promptTokens,
      cachedTokens: 0,
      beganAt: undefined,
      slot: -1,
      abort: () => this.#abort(held),
    };
    this.#line.push(held);
    if (!this.#isStepping) this.#schedule(this.#clock.now() + this.#spec.stepMs);
    return held;
  }

  /** How fast it is, as a factor of its specification: 0.1 for a tenth. 0 hangs until there is another. */
  set speed(factor: number) {
    this.#speed = factor;
  }

  /** Jobs that wait in line, are read or are written. */
  get jobs(): number {
    return this.#line.length - this.#lineAt + this.#reading.length + this.#writingCount;
  }

  /** Seconds that the work in its hands takes it: what only the replica itself can know. Looks at every job. */
  get workSeconds(): number {
    let prompt = 0;
    let output = 0;
    for (const held of this.#reading) {
      prompt += held.unread;
      output += held.job.outputTokens;
    }
    for (let index = this.#lineAt; index < this.#line.length; index++) {
      const held = this.#line[index];
      if (held === undefined || held.isOver) continue;
      prompt += held.unread;
      output += held.job.outputTokens;
    }
    for (const held of this.#writing) {
      if (held?.beganAt !== undefined) output += Math.max(held.job.outputTokens - (this.#grown - held.beganAt), 0);
    }
    return (prompt / this.#spec.prefillPerSecond + output / this.#spec.decodePerSecond) / Math.max(this.#speed, 1e-6);
  }

  /** Forgets the prompts that it remembers, as an engine does that is started anew. */
  forget(): void {
    this.#cache.clear();
  }

  #abort(held: Held): void {
    if (held.isOver) return;
    held.isOver = true;
    // One that waits in line is passed over when its turn comes.
    const place = this.#reading.indexOf(held);
    if (place >= 0) {
      this.#reading.splice(place, 1);
      this.#promptTokens -= held.job.promptTokens;
    } else if (held.slot >= 0) this.#release(held);
  }

  readonly #onTimer = (): void => {
    const now = this.#clock.now();
    const lateMs = now - this.#stepAt;
    // Without lateness, and without rounding errors, that is now.
    if (Math.abs(lateMs) < roundingMs || lateMs > longestLateMs) this.#stepAt = now;
    this.#step();
    while (this.jobs > 0 && this.#stepAt + this.#spec.stepMs <= now) {
      this.#stepAt += this.#spec.stepMs;
      this.#step();
    }
    this.#isStepping = false;
    if (this.jobs > 0) this.#schedule(this.#stepAt + this.#spec.stepMs);
  };

  #step(): void {
    this.#admit();
    const read = this.#read();
    this.#write(1 - read.share);
    for (const held of read.done) this.#begin(held);
    this.#tell();
  }

  /** Steps have their moments: a timer that is late, as those of real clocks are, puts off none but its own. */
  #schedule(at: number): void {
    this.#isStepping = true;
    this.#stepAt = at;
    this.#clock.schedule(Math.max(at - this.#clock.now(), 0), this.#onTimer);
  }

  #admit(): void {
    const { maxBatch, kvTokens } = this.#spec;
    while (this.#lineAt < this.#line.length && this.#reading.length + this.#writingCount < maxBatch) {
      const held = this.#line[this.#lineAt];
      if (held !== undefined && !held.isOver) {
        const inMemory = this.#promptTokens + this.#writingCount * this.#grown - this.#sumOfStarts;
        const isEmpty = this.#reading.length + this.#writingCount === 0;
        if (!isEmpty && inMemory + held.job.promptTokens + 1 > kvTokens) break;
        held.cachedTokens = Math.min(this.#cache.find(held.job.blocks), Math.max(held.job.promptTokens - 1, 0));
        held.unread = held.job.promptTokens - held.cachedTokens;
        this.#promptTokens += held.job.promptTokens;
        this.#reading.push(held);
      }
      this.#lineAt++;
    }
    if (this.#lineAt > 256 && this.#lineAt * 2 > this.#line.length) {
      this.#line.splice(0, this.#lineAt);
      this.#lineAt = 0;
    }
  }

  /** Reads prompts, the oldest first. @returns The share of the step that it took, and those that were read to their end. */
  #read(): { readonly share: number; readonly done: readonly Held[] } {
    if (this.#reading.length === 0) return { share: 0, done: [] };
    const { prefillPerSecond, stepMs, prefillShare } = this.#spec;
    const whole = (prefillPerSecond * this.#speed * stepMs) / 1_000;
    let left = this.#writingCount > 0 ? whole * prefillShare : whole;
    const atFirst = left;
    const done: Held[] = [];
    while (left > 0) {
      const held = this.#reading[0];
      if (held === undefined) break;
      const taken = Math.min(held.unread, left);
      held.unread -= taken;
      left -= taken;
      if (held.unread > 0) break;
      this.#reading.shift();
      done.push(held);
    }
    return { share: whole === 0 ? 0 : (atFirst - left) / whole, done };
  }

  #write(share: number): void {
    if (this.#writingCount === 0) return;
    const { decodePerSecond, streamPerSecond, stepMs } = this.#spec;
    const seconds = (this.#speed * stepMs) / 1_000;
    this.#grown += Math.min((decodePerSecond * seconds * share) / this.#writingCount, streamPerSecond * seconds);
    while (this.#ends.lowestKey <= this.#grown + 1e-9) {
      const held = this.#writing[this.#ends.pop()];
      if (held === undefined) continue;
      this.#release(held);
      held.isOver = true;
      held.listener.onEnd();
    }
  }

  /** The prompt was read, and with it the first token of the answer is there. */
  #begin(held: Held): void {
    if (held.isOver) {
      // It was given up in the very step in which its prompt was read.
      this.#promptTokens -= held.job.promptTokens;
      return;
    }
    const slot = this.#freeSlots.pop() ?? 0;
    held.slot = slot;
    held.beganAt = this.#grown - 1;
    this.#writing[slot] = held;
    this.#writingCount++;
    this.#sumOfStarts += held.beganAt;
    this.#cache.add(held.job.blocks);
    this.#ends.push(slot, held.beganAt + held.job.outputTokens);
    held.listener.onFirstToken(held.cachedTokens);
    if (held.isOver || held.job.outputTokens > 1) return;
    this.#release(held);
    held.isOver = true;
    held.listener.onEnd();
  }

  #release(held: Held): void {
    this.#ends.remove(held.slot);
    this.#writing[held.slot] = undefined;
    this.#freeSlots.push(held.slot);
    held.slot = -1;
    this.#writingCount--;
    this.#sumOfStarts -= held.beganAt ?? 0;
    this.#promptTokens -= held.job.promptTokens;
    // With nothing under way, rounding errors of long runs begin anew.
    if (this.#writingCount === 0) [this.#grown, this.#sumOfStarts] = [0, 0];
  }

  #tell(): void {
    const now = this.#clock.now();
    if (now - this.#toldAt < this.#progressMs) return;
    this.#toldAt = now;
    for (const held of this.#writing) {
      if (held?.beganAt !== undefined) held.listener.onProgress(Math.floor(this.#grown - held.beganAt + 1e-9));
    }
  }
}
