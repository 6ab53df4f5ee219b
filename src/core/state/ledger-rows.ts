import { RollingCounters } from "../../lib/shared/rolling-counters.ts";
import { RowMemory, type RowAccess, type RowLayout, type RowShare } from "../../lib/shared/row-memory.ts";
import type { SharedLock } from "../../lib/shared/shared-lock.ts";
import { LeaseRows, potCount } from "./lease-rows.ts";
import type { LeaseSignals } from "./lease-signals.ts";
import { policyClasses } from "../policy-class.ts";

/**
 * Where each number of the ledger stands: flat typed arrays, one row for each deployment, either this thread's own or shared between threads.
 * Only the ledger writes them.
 */

/** The span over which rpm and tpm hold. */
const windowSeconds = 60;

/** One count of failures for each class that a policy can bound, and one for all other classes together. */
export const failureSlots = policyClasses.length + 1;

/** Columns of whole numbers in a row. */
export const column = {
  inFlight: 0,
  outstandingTokens: 1,
  successes: 2,
  failures: 3,
  cancellations: 4,
  firstTokenSamples: 5,
  perTokenSamples: 6,
  usageSamples: 7,
  /** 1 from the start of a cooldown until a probe has shown that the deployment is well again. */
  coolingDown: 8,
  /** Probes in flight. */
  probing: 9,
  /** 1 once a deployment cooled down, was not active, or its provider spoke of its limits. Where it is 0, none of these is looked at. */
  watched: 10,
  /** The state that an operator gave it: an index into `deploymentStates`. */
  state: 11,
  /** Why the latest cooldown began: an index into `errorCodes`, from 1. */
  cooldownCause: 12,
  /** Refusals in a row because a quota was used up. */
  quotaRefusals: 13,
  /** Callers in a row who gave up on it, each having waited far longer than calls take there. */
  abandoned: 14,
  /** What was learned of answers: of their length and time, and of their tokens per byte. */
  outputSamples: 15,
  textSamples: 16,
  /** 1 once a stream was well whose usage was asked for on the router's own account. */
  toldUsage: 17,
  /** Requests whose bodies are still coming, in rows of callers' keys. */
  places: 18,
  /** The work of attempts in flight that is still to be done, as far as it is followed: see `core/flow`. */
  waitingPrompt: 19,
  restTokens: 20,
  /** Failures by class since their count began, then the second in which it began. */
  failCounts: 21,
  failSince: 21 + failureSlots,
} as const;
/** How many whole numbers a row has. */
export const intsPerRow = 21 + 2 * failureSlots;

/** What is counted over the rolling window. */
export const rolling = { requests: 0, promptTokens: 1, outputTokens: 2, outcomes: 3, failures: 4, repeats: 5 } as const;
const rollingKinds = Object.keys(rolling).length;

/** Columns of real numbers in a row. */
export const real = {
  firstTokenMs: 0,
  msPerToken: 1,
  peakFirstTokenMs: 2,
  peakMsPerToken: 3,
  firstTokenMeasuredAt: 4,
  perTokenMeasuredAt: 5,
  failureRate: 6,
  tokensPerByte: 7,
  outputTokens: 8,
  cooldownUntil: 9,
  recoveredAt: 10,
  /** What the provider said is left, less what was sent since, and until when that holds. */
  quotaRequests: 11,
  quotaRequestsUntil: 12,
  quotaTokens: 13,
  quotaTokensUntil: 14,
  /** The time in which 95 of 100 calls have their first content, or their whole reply. */
  lateMs: 15,
  /** When the latest probe began. */
  probedAt: 16,
  /** When an answer's first content, or a whole answer, last came. */
  contentAt: 17,
  /** Output tokens for each byte of text, and the time of an answer for each of its tokens; 0 while that is not known. */
  tokensPerTextByte: 18,
  msPerOutputToken: 19,
  /** Until when the host is not asked for the usage of streams, since it refuses that. */
  usageRefusedUntil: 20,
  /** Requests and tokens of the present day, and when that ends; 0 while no limit of a day is known. */
  dayRequests: 21,
  dayTokens: 22,
  dayUntil: 23,
  /** The most that the provider said was left lately: about its limit. */
  quotaRequestsMost: 24,
  quotaTokensMost: 25,
  /** Of a limit that is learned (`auto-limit.ts`): how many may be under way, 0 where none is learned; how slow it is; when it was last lowered. */
  autoLimit: 26,
  autoStrain: 27,
  autoCutAt: 28,
  /** Its times when little is under way: to first content by token of the prompt, and by token of the answer. */
  quietFirst: 29,
  quietPace: 30,
  /** Of a told limit of tokens that fills steadily (`told-quota.ts`): when it was told, how many come back in a millisecond, and how many it holds. */
  quotaTokensAt: 31,
  quotaTokensRate: 32,
  quotaTokensFull: 33,
  /** What an earlier reply told, to compare with. */
  quotaComparedLeft: 34,
  quotaComparedReset: 35,
} as const;
/** How many real numbers a row has. */
export const realsPerRow = 36;

/** The columns of a row that belong to one thread and are gone when it dies. */
export const own = { inFlight: 0, outstandingTokens: 1, probing: 2, places: 3, waitingPrompt: 4, restTokens: 5 } as const;
const ownPerRow = Object.keys(own).length;

const ownColumns = Object.keys(own) as readonly (keyof typeof own)[];

function layout(isLeased: boolean): RowLayout {
  return {
    ints: [intsPerRow, ...RollingCounters.rowLengths(rollingKinds), ...(isLeased ? [1] : [])],
    reals: [realsPerRow, ...(isLeased ? [LeaseRows.rowLength(potCount)] : [])],
    own: ownPerRow,
  };
}

/** Four bytes of a request make about one token in English prose with OpenAI's encodings; replaced by what the provider reports. */
const initialTokensPerByte = 0.25;
/** The length of an answer before the first one was seen: about the mean of public chat traces (Azure 2023: 129 median, 211 mean). */
const initialOutputTokens = 211;

/** The numbers of all rows. */
export interface RowArrays {
  /** By row and {@link column}. */
  ints: Int32Array;
  /** By row and {@link real}. */
  reals: Float64Array;
}

/** The arrays behind a ledger. They are the ledger's own fields, since each pick reads them many times. A writer holds {@link sharedLock}. */
export class LedgerRows {
  /** What this node holds of limits that it shares with others. Undefined where it shares none. */
  readonly leases: LeaseRows | undefined;
  /** Undefined when no other thread shares the rows. */
  protected readonly sharedLock: SharedLock | undefined;
  protected readonly window: RollingCounters;
  /** Larger arrays replace this and {@link reals} as rows are added. */
  protected ints: Int32Array = new Int32Array(0);
  protected reals: Float64Array = new Float64Array(0);
  /** The same two, for functions outside of the class. */
  protected readonly arrays: RowArrays = { ints: this.ints, reals: this.reals };
  readonly #memory: RowMemory;
  #own: Float64Array | undefined;

  /**
   * @param access To rows that threads share. Omit it for rows of this thread alone.
   * @param signals Of leases. Omit them where no limit is shared with other nodes.
   */
  constructor(access?: RowAccess, signals?: LeaseSignals) {
    this.#memory = new RowMemory(layout(signals !== undefined), access);
    this.sharedLock = access?.lock;
    this.leases = signals && new LeaseRows(signals, potCount, access?.lock);
    this.window = new RollingCounters(rollingKinds, windowSeconds, access?.lock);
    this.#useArrays();
  }

  /** Memory for the rows of so many threads. */
  static share(threads: number, isLeased = false): RowShare {
    return RowMemory.share(layout(isLeased), threads);
  }

  /** The ids of all rows, in their order. */
  ids(): readonly string[] {
    return this.#memory.names();
  }

  /** How many rows there are; rows are numbered from 0. */
  get rows(): number {
    return this.#memory.count;
  }

  /** The row of a deployment, made when it is new. A deployment that stays over a reload keeps its row and so its history. */
  rowFor(deploymentId: string): number {
    const row = this.#memory.rowOf(deploymentId, (fresh) => {
      this.#makeRoom(fresh);
      this.setReal(fresh, real.firstTokenMeasuredAt, Number.NEGATIVE_INFINITY);
      this.setReal(fresh, real.perTokenMeasuredAt, Number.NEGATIVE_INFINITY);
      this.setReal(fresh, real.recoveredAt, Number.NEGATIVE_INFINITY);
      this.setReal(fresh, real.tokensPerByte, initialTokensPerByte);
      this.setReal(fresh, real.outputTokens, initialOutputTokens);
      this.setReal(fresh, real.tokensPerTextByte, initialTokensPerByte);
    });
    // Another thread may have made it.
    this.#makeRoom(row);
    return row;
  }

  /** Takes what a thread that has died had in flight out of all rows. The caller holds the lock. */
  protected dropOwn(thread: number): void {
    this.#makeRoom(this.rows - 1);
    const left = this.#memory.ownWithout(thread);
    for (let row = 0; row < this.rows; row++) {
      for (const name of ownColumns) this.setInt(row, column[name], left[row * ownPerRow + own[name]] ?? 0);
    }
  }

  protected int(row: number, at: number): number {
    return this.ints[row * intsPerRow + at] ?? 0;
  }

  protected setInt(row: number, at: number, value: number): void {
    this.ints[row * intsPerRow + at] = value;
  }

  protected add(row: number, at: number, amount: number): void {
    const index = row * intsPerRow + at;
    this.ints[index] = (this.ints[index] ?? 0) + amount;
  }

  /** Adds to a column of which this thread's part is kept apart, in another one. */
  protected addOwn(row: number, at: number, ownAt: number, amount: number): void {
    this.add(row, at, amount);
    if (this.#own === undefined) return;
    const index = row * ownPerRow + ownAt;
    this.#own[index] = (this.#own[index] ?? 0) + amount;
  }

  protected real(row: number, at: number): number {
    return this.reals[row * realsPerRow + at] ?? 0;
  }

  protected setReal(row: number, at: number, value: number): void {
    this.reals[row * realsPerRow + at] = value;
  }

  #makeRoom(row: number): void {
    if (this.#memory.ensure(row + 1)) this.#useArrays();
  }

  #useArrays(): void {
    const { ints, reals, own: ours } = this.#memory;
    const [columns = this.ints, heads = this.ints, rings = this.ints, touched] = ints;
    this.ints = this.arrays.ints = columns;
    this.reals = this.arrays.reals = reals[0] ?? this.reals;
    this.#own = ours;
    this.window.use(heads, rings);
    if (touched !== undefined && reals[1] !== undefined) this.leases?.use(reals[1], touched);
  }
}
