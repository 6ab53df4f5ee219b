import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import type { Duplex } from "node:stream";
import type { ChangeInForce } from "../config/load/configuration-in-force.ts";
import type { CallQuery, RecentCall } from "../control/history.ts";
import type { KeyRecord } from "../core/key-record.ts";
import type { Router } from "../core/router/router.ts";
import type { RouterShare } from "../core/router/router-share.ts";
import type { TlsCredentials } from "../server/listening-socket.ts";
import type { Clock, Timer } from "../lib/clock.ts";
import type { ConfigInputs, CountRecord, FromThread, ThreadChange, ThreadStart, ToThread } from "./messages.ts";
import { PortStream } from "./port-stream.ts";

export interface ThreadPoolOptions {
  /** How many threads there are beside the first one. */
  readonly threads: number;
  readonly share: RouterShare;
  readonly router: Pick<Router, "forget">;
  /** What every thread starts with. */
  readonly plan: Omit<ThreadStart, "thread" | "share" | "epoch" | "changes" | "inputs" | "change" | "port">;
  /** The environment of each thread. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the configuration at the start was made of. */
  readonly inputs: ConfigInputs;
  readonly clock: Clock;
  /** Called with what was counted on another thread. */
  onCounted(records: readonly CountRecord[]): void;
  /** Called with whole lines of another thread's log. */
  onLogged(lines: readonly string[]): void;
  /** Called when a thread has died and another one takes its place. `openCalls` were counted as begun there, and not as ended. */
  onLost(thread: number, reason: string, openCalls: number): void;
  onInternalError(error: unknown): void;
}

/** A thread that dies right after its start is started again after a pause, which doubles each time. */
const shortestPauseMs = 100;
const longestPauseMs = 10_000;
/** A thread that does not answer for so long is too busy to. Those who ask for counts are told what is known. */
const longestFlushMs = 1_000;

type Flushed = Extract<FromThread, { readonly kind: "flushed" }>;

/** The place of one thread, for as long as that thread lives. */
interface Seat {
  readonly thread: number;
  readonly worker: Worker;
  readonly changes: MessagePort;
  readonly startedAt: number;
  /** By the name of the answer: called with it, or with undefined when the thread has died. */
  readonly waiting: Map<string, (answer: FromThread | undefined) => void>;
  isServing: boolean;
  /** Calls that were counted as begun there, and not as ended. */
  openCalls: number;
}

/**
 * The threads beside the first one. Changes are made on the first thread and reach all others at one moment: each looks at the number of
 * the latest change before it takes a request, and catches up if it must.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #epoch = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #epochWord = new Int32Array(this.#epoch);
  readonly #seats = new Map<number, Seat>();
  readonly #restarts = new Map<number, Timer>();
  readonly #pauses = new Map<number, number>();
  #port = 0;
  #accept: (connection: Duplex) => void = (connection) => void connection.destroy();
  #tls: TlsCredentials | undefined;
  #inputs: ConfigInputs;
  #preparedInputs: ConfigInputs | undefined;
  #configs = 0;
  #flushes = 0;
  #weights: ReadonlyMap<string, number> | undefined;
  #keys: readonly KeyRecord[] | undefined;
  #stopping = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#inputs = options.inputs;
    this.#tls = options.plan.tls;
  }

  /**
   * Resolves when all threads listen, or when it was drained before.
   * @param port The one that the first thread listens on.
   * @param accept Takes a connection from another thread with requests for the first one.
   */
  async start(port: number, accept: (connection: Duplex) => void): Promise<void> {
    this.#port = port;
    this.#accept = accept;
    // The stop may have come before the first thread listened.
    if (this.#stopping) return;
    const started = Array.from({ length: this.#options.threads }, async (_, index) => this.#listening(this.#seat(index + 1)));
    await Promise.all(started);
  }

  /** Has all threads load another configuration, which the next {@link publish} of one brings into force. */
  async prepare(inputs: ConfigInputs): Promise<void> {
    this.#preparedInputs = inputs;
    const config = ++this.#configs;
    await Promise.all(
      [...this.#seats.values()].map(async (seat) => {
        const answer = await this.#ask(seat, { kind: "prepare", config, inputs }, `prepared ${config}`);
        if (answer?.kind !== "prepared" || answer.problem === undefined) return;
        // It cannot follow. The one in its place begins with what is in force then.
        this.#options.onInternalError(
          new Error(`a thread could not load the configuration that the first one has loaded: ${answer.problem}`),
        );
        void seat.worker.terminate();
      }),
    );
  }

  /**
   * Brings a change into force on all threads, from the next request on. Another configuration is the one that they were told to
   * {@link prepare}; deployments' states are not told, for they lie in memory that all threads share.
   */
  publish({ config, weights, keys }: ChangeInForce): void {
    if (config !== undefined) this.#inputs = this.#preparedInputs ?? this.#inputs;
    this.#weights = weights ?? this.#weights;
    this.#keys = keys ?? this.#keys;
    this.#post({ config: config === undefined ? undefined : this.#configs, weights, keys });
  }

  /**
   * Resolves when everything that was counted by now has been told.
   * @param quantiles Of the event loop's delay. Each thread forgets what it has told of it.
   * @returns The delays in milliseconds, thread by thread.
   */
  async flush(quantiles: readonly number[] = []): Promise<readonly (readonly number[])[]> {
    return (await this.#flush(quantiles, undefined)).map(({ delays }) => delays);
  }

  /** Asks each thread for the latest calls there. @returns What each has found, thread by thread. */
  async recentCalls(query: CallQuery): Promise<readonly (readonly RecentCall[])[]> {
    return (await this.#flush([], query)).map(({ calls }) => calls);
  }

  async #flush(quantiles: readonly number[], calls: CallQuery | undefined): Promise<readonly Flushed[]> {
    const id = ++this.#flushes;
    const serving = [...this.#seats.values()].filter((seat) => seat.isServing);
    const answers = await Promise.all(
      serving.map((seat) => this.#within(longestFlushMs, this.#ask(seat, { kind: "flush", id, quantiles, calls }, `flushed ${id}`))),
    );
    return answers.filter((answer) => answer?.kind === "flushed");
  }

  /** Has all threads show another certificate, those that take others' places included. */
  renewTls(tls: TlsCredentials): void {
    this.#tls = tls;
    for (const seat of this.#seats.values()) this.#tell(seat, { kind: "tls", tls });
  }

  /** Lets the threads end what is under way, and stops them. @returns How many requests had not ended. */
  async drain(graceMs: number, delayMs: number): Promise<number> {
    this.#stopping = true;
    for (const timer of this.#restarts.values()) this.#options.clock.cancel(timer);
    const answers = [...this.#seats.values()].map((seat) => ({ seat, drained: this.#answer(seat, "drained") }));
    this.#post({ drain: { graceMs, delayMs } });
    const dropped = await Promise.all(
      answers.map(async ({ seat, drained }) => {
        const answer = await drained;
        await seat.worker.terminate();
        return answer?.kind === "drained" ? answer.dropped : 0;
      }),
    );
    return dropped.reduce((sum, count) => sum + count, 0);
  }

  /** Every thread has the change before its number can be seen. */
  #post(change: Omit<ThreadChange, "epoch">): void {
    const epoch = Atomics.load(this.#epochWord, 0) + 1;
    for (const { changes } of this.#seats.values()) changes.postMessage({ ...change, epoch });
    Atomics.store(this.#epochWord, 0, epoch);
  }

  #seat(thread: number): Seat {
    const { share, plan, clock, env } = this.#options;
    const { port1, port2 } = new MessageChannel();
    const change = { epoch: Atomics.load(this.#epochWord, 0), weights: this.#weights, keys: this.#keys };
    const start: ThreadStart = {
      ...plan,
      tls: this.#tls,
      thread,
      share,
      epoch: this.#epoch,
      changes: port2,
      inputs: this.#inputs,
      change,
      port: this.#port,
    };
    const worker = new Worker(entryFile(), { workerData: start, transferList: [port2], env, name: `thread ${thread}` });
    const seat: Seat = { thread, worker, changes: port1, startedAt: clock.now(), waiting: new Map(), isServing: false, openCalls: 0 };
    port1.unref();
    this.#seats.set(thread, seat);
    let reason = "it ended";
    worker.on("message", (message: FromThread) => this.#hear(seat, message));
    worker.on("error", (error: unknown) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on("exit", () => this.#lost(seat, reason));
    return seat;
  }

  async #listening(seat: Seat): Promise<void> {
    const answer = await this.#answer(seat, "listening");
    if (answer?.kind === "listening" || this.#stopping) return;
    this.#stopping = true;
    throw new Error(`thread ${seat.thread} could not start: ${answer?.kind === "unable" ? answer.message : "it ended"}`);
  }

  #hear(seat: Seat, message: FromThread): void {
    switch (message.kind) {
      case "counted":
        for (const { kind } of message.records) seat.openCalls += kind === "started" ? 1 : kind === "call" ? -1 : 0;
        this.#options.onCounted(message.records);
        return;
      case "logged":
        this.#options.onLogged(message.lines);
        return;
      case "connect":
        this.#accept(new PortStream(message.port));
        return;
      case "listening":
        seat.isServing = true;
        this.#settle(seat, "listening", message);
        return;
      case "unable":
        this.#settle(seat, "listening", message);
        // A thread that takes another's place is tried again after a pause.
        void seat.worker.terminate();
        return;
      case "prepared":
        this.#settle(seat, `prepared ${message.config}`, message);
        return;
      case "flushed":
        this.#settle(seat, `flushed ${message.id}`, message);
        return;
      case "drained":
        this.#settle(seat, "drained", message);
        return;
      default:
        message satisfies never;
    }
  }

  #lost(seat: Seat, reason: string): void {
    this.#seats.delete(seat.thread);
    seat.changes.close();
    for (const settle of seat.waiting.values()) settle(undefined);
    // Also after a regular end, for what was cut then.
    this.#options.router.forget(seat.thread);
    if (this.#stopping) return;
    this.#options.onLost(seat.thread, reason, seat.openCalls);
    const { clock } = this.#options;
    const lived = clock.now() - seat.startedAt;
    const before = this.#pauses.get(seat.thread) ?? shortestPauseMs;
    const pauseMs = lived > longestPauseMs ? shortestPauseMs : Math.min(before * 2, longestPauseMs);
    this.#pauses.set(seat.thread, pauseMs);
    this.#restarts.set(
      seat.thread,
      clock.schedule(pauseMs, () => void this.#seat(seat.thread)),
    );
  }

  #ask(seat: Seat, message: ToThread, answer: string): Promise<FromThread | undefined> {
    const answered = this.#answer(seat, answer);
    this.#tell(seat, message);
    return answered;
  }

  #answer(seat: Seat, name: string): Promise<FromThread | undefined> {
    return new Promise((resolve) => seat.waiting.set(name, resolve));
  }

  async #within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer | undefined> {
    const { clock } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = clock.schedule(ms, () => resolve(undefined));
    const given = await Promise.race([answer, late]);
    clock.cancel(timer);
    return given;
  }

  #settle(seat: Seat, name: string, answer: FromThread): void {
    seat.waiting.get(name)?.(answer);
    seat.waiting.delete(name);
  }

  #tell(seat: Seat, message: ToThread): void {
    seat.worker.postMessage(message);
  }
}

/** The entry of a thread, beside the program's own: compiled, or not, as this is. */
function entryFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "../thread.ts" : "../thread.js", import.meta.url);
}
