import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { DeploymentSchema, type GetStatsResponse, type WeightChange } from "../../gen/huntgroup/v1/admin_pb.ts";
import { backoffMs } from "../../src/lib/backoff.ts";
import type { Api } from "./api.ts";
import { emptyFleet, withUpdate, type Fleet, type FleetUpdate } from "./fleet.ts";
import { isNetworkFault, isRefusal, isUnimplemented, sentence } from "./sentence.ts";
import { TrafficWindow } from "./traffic.ts";
import { wait } from "./wait.ts";

/** Numbers that change faster than this are not read any better. */
const drawEveryMs = 200;
const statsEveryMs = 3_000;
/** A thousand deployments' courses are a megabyte: they are asked for every ten seconds. */
const statsEveryMsPerDeployment = 10;
const sampleEveryMs = 1_000;
/** Of a server that has no WatchDeployments. */
const listEveryMs = 2_000;
/** A server that does not answer for so long is as good as gone. */
const answerTimeoutMs = 10_000;

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** `since` and `retryAt` in milliseconds since the Unix epoch. */
  | { readonly kind: "lost"; readonly why: string; readonly since: number; readonly retryAt: number };

export interface LiveState {
  readonly connection: Connection;
  readonly fleet: Fleet;
  /** Stands for the state that is in force. */
  readonly etag: string;
  /** Undefined: not there yet, or this server keeps none. */
  readonly stats: GetStatsResponse | undefined;
}

/** What the server tells by itself, kept up to date for as long as it runs: deployments as they change, counts every few seconds. */
export class Live {
  readonly #api: Api;
  readonly #onRefused: (why: string) => void;
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  readonly traffic = new TrafficWindow();
  /** Ends the wait for the next try, or the stream that is no longer trusted. */
  #again = new AbortController();
  #drawTimer: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  #state: LiveState = { connection: { kind: "connecting" }, fleet: emptyFleet, etag: "", stats: undefined };

  /** @param onRefused The key is not, or no longer, good enough. */
  constructor(api: Api, onRefused: (why: string) => void) {
    this.#api = api;
    this.#onRefused = onRefused;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** @returns Ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @returns Stops it for good. */
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

  /** Does not wait any longer for the next try. */
  retryNow(): void {
    this.#again.abort();
  }

  /** Weights that were just set, shown before the stream tells of them; what a group's traffic is counts from here. */
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

  /** What WatchDeployments would tell, asked for again and again. */
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
          // A stream whose other end has vanished may look open for hours.
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

  /** At once after a quiet while, else when it is time again. */
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
