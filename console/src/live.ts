import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { DeploymentSchema, type GetStatsResponse, type WeightChange } from "../../gen/huntgroup/v1/admin_pb.ts";
import { backoffMs } from "../../src/lib/backoff.ts";
import type { Api } from "./api.ts";
import { emptyFleet, withUpdate, type Fleet, type FleetUpdate } from "./fleet.ts";
import { isNetworkFault, isRefusal, isUnimplemented, sentence } from "./sentence.ts";
import { TrafficWindow } from "./traffic.ts";

/** How often the view is drawn at most. People cannot read numbers that change faster. */
const drawEveryMs = 200;
const statsEveryMs = 3_000;
/** Stats are fetched less often the more deployments there are: the courses of a thousand are a megabyte, fetched every ten seconds. */
const statsEveryMsPerDeployment = 10;
const sampleEveryMs = 1_000;
/** How often deployments are listed from a server without WatchDeployments. */
const listEveryMs = 2_000;
/** A server that does not answer for this long is taken for gone. */
const answerTimeoutMs = 10_000;

/** How the connection to the server is. */
export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `since` and `retryAt` in milliseconds since the Unix epoch. */
  | { readonly kind: "lost"; readonly why: string; readonly since: number; readonly retryAt: number };

/** What the server told last. */
export interface LiveState {
  readonly connection: Connection;
  readonly fleet: Fleet;
  /** The etag of the state in force. */
  readonly etag: string;
  /** Undefined until the first answer, and on a server that keeps none. */
  readonly stats: GetStatsResponse | undefined;
}

/** Keeps what the server tells up to date: deployments as they change, counts every few seconds. */
export class Live {
  readonly #api: Api;
  readonly #onRefused: (why: string) => void;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly traffic = new TrafficWindow();
  /** Ends the wait for the next try, or a stream that seems dead. */
  #again = new AbortController();
  #drawTimer: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  #state: LiveState = { connection: { kind: "connecting" }, fleet: emptyFleet, etag: "", stats: undefined };

  /** @param onRefused Called when the key is not, or no longer, accepted. */
  constructor(api: Api, onRefused: (why: string) => void) {
    this.#api = api;
    this.#onRefused = onRefused;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** @returns A function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @returns A function that stops it for good. */
  start(): () => void {
    void this.#watch();
    void this.#pollStats();
    const sampling = setInterval(() => {
      this.traffic.sample(this.#state.fleet, performance.now());
      this.#draw();
    }, sampleEveryMs);
    const online = (): void => this.retryNow();
    addEventListener("online", online);
    return () => {
      this.#stopped.abort();
      clearInterval(sampling);
      clearTimeout(this.#drawTimer);
      removeEventListener("online", online);
    };
  }

  /** Tries to connect now, without waiting any longer. */
  retryNow(): void {
    this.#again.abort();
  }

  /** Shows weights that were just set before the stream tells of them, and counts a group's traffic from now on. */
  weightsSet(changes: readonly WeightChange[]): void {
    const { deployments } = this.#state.fleet;
    const changed = changes.flatMap(({ deploymentId, after }) => {
      const deployment = deployments.get(deploymentId);
      return deployment === undefined || after === undefined ? [] : [create(DeploymentSchema, { ...deployment, weight: after })];
    });
    this.#update({ fleet: withUpdate(this.#state.fleet, { snapshot: false, deployments: changed, removedIds: [] }) });
    const names = new Set(changed.map((one) => one.group));
    for (const group of this.#state.fleet.groups) if (names.has(group.name)) this.traffic.restart(group, performance.now());
  }

  async #watch(): Promise<void> {
    let watchable = true;
    let failures = 0;
    const stopped = this.#stopped.signal;
    while (!stopped.aborted) {
      this.#again = new AbortController();
      const signal = AbortSignal.any([stopped, this.#again.signal]);
      try {
        for await (const update of watchable ? this.#api.admin.watchDeployments({}, { signal }) : this.#list(signal)) {
          failures = 0;
          this.#take(update);
        }
        throw new ConnectError("The server has ended the connection.", Code.Unavailable);
      } catch (error) {
        if (stopped.aborted) return;
        if (watchable && isUnimplemented(error)) {
          watchable = false;
          continue;
        }
        if (isRefusal(error)) {
          this.#onRefused(sentence(error));
          return;
        }
        failures++;
        await this.#rest(signal.aborted ? "The server does not answer." : sentence(error), failures);
      }
    }
  }

  /** Lists deployments again and again, in place of WatchDeployments. */
  async *#list(signal: AbortSignal): AsyncGenerator<FleetUpdate & { readonly etag: string }> {
    while (!signal.aborted) {
      const { deployments, etag } = await this.#api.admin.listDeployments({}, { signal, timeoutMs: answerTimeoutMs });
      yield { snapshot: true, deployments, removedIds: [], etag };
      await wait(listEveryMs, signal);
    }
  }

  #take(update: FleetUpdate & { readonly etag: string }): void {
    if (update.snapshot && this.#state.connection.kind !== "live") this.traffic.clear();
    this.#update({
      fleet: withUpdate(this.#state.fleet, update),
      etag: update.etag === "" ? this.#state.etag : update.etag,
      connection: this.#state.connection.kind === "live" ? this.#state.connection : { kind: "live" },
    });
  }

  async #rest(why: string, failures: number): Promise<void> {
    const ms = backoffMs(failures, { next: () => Math.random() });
    const before = this.#state.connection;
    const now = Date.now();
    this.#update({ connection: { kind: "lost", why, since: before.kind === "lost" ? before.since : now, retryAt: now + ms } });
    this.#again = new AbortController();
    await wait(ms, AbortSignal.any([this.#stopped.signal, this.#again.signal]));
  }

  async #pollStats(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      if (!document.hidden && this.#state.connection.kind !== "lost") {
        try {
          this.#update({ stats: await this.#api.admin.getStats({}, { signal, timeoutMs: answerTimeoutMs }) });
        } catch (error) {
          if (isUnimplemented(error)) return;
          const silent = isNetworkFault(error) || ConnectError.from(error).code === Code.DeadlineExceeded;
          // A stream whose other end is gone may look open for hours.
          if (silent && this.#state.connection.kind === "live") this.#again.abort();
        }
      }
      await wait(Math.max(statsEveryMs, this.#state.fleet.deployments.size * statsEveryMsPerDeployment), signal);
    }
  }

  #update(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change };
    this.#draw();
  }

  /** Draws at once after a quiet time, otherwise when the interval is over. */
  #draw(): void {
    if (this.#drawTimer !== undefined) return;
    const due = this.#drawnAt + drawEveryMs - performance.now();
    this.#drawTimer = setTimeout(
      () => {
        this.#drawTimer = undefined;
        this.#drawnAt = performance.now();
        for (const listener of this.#listeners) listener();
      },
      Math.max(0, due),
    );
  }
}

/** Resolves after a time, or at once when the signal aborts. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
