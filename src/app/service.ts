import type { LoadedConfig } from "../config/load/load-config.ts";
import { composeDoors } from "./doors.ts";
import { packageVersion } from "../cli/kit/package-root.ts";
import { ControlPlane } from "../control/plane/control-plane.ts";
import { diskFiles } from "../control/plane/disk-files.ts";
import { overlayWithout, type ConfigLoader } from "../control/plane/load-under-state.ts";
import type { OpenedControl } from "../control/plane/open-control.ts";
import type { AuditEntry, Operator, ReloadReport } from "../control/operator.ts";
import { SpendKeeper } from "../control/state/spend-keeper.ts";
import { RouterError } from "../core/errors.ts";
import { Router } from "../core/router/router.ts";
import { accessRouterShare, createRouterShare } from "../core/router/router-share.ts";
import type { TableSource } from "../core/table-source.ts";
import { accessAuthThrottle, createAuthThrottleShare } from "../auth/auth-throttle-share.ts";
import { KeyRing } from "../auth/key-ring.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { watchEventLoopDelay } from "../lib/event-loop-delay.ts";
import { systemRandom } from "../lib/random.ts";
import { err } from "../lib/result.ts";
import type { ListenAddress } from "../server/listening-socket.ts";
import { AccessLog } from "../telemetry/log/access-log.ts";
import { EventLog } from "../telemetry/log/event-log.ts";
import type { Log } from "../telemetry/log/log.ts";
import { createMetrics, delayQuantiles } from "../telemetry/metrics/metrics.ts";
import { StatsRecorder } from "../telemetry/metrics/stats-recorder.ts";
import type { Tracing } from "../telemetry/traces/tracing.ts";
import type { ConfigInputs } from "../threads/messages.ts";
import { replayCounts } from "../threads/replay-counts.ts";
import { ThreadPool } from "../threads/thread-pool.ts";
import { createUpstream } from "./upstream.ts";

export interface ServiceOptions {
  readonly config: LoadedConfig;
  /** What `config` was opened with. */
  readonly opened: OpenedControl;
  /** Loads the configuration's files again. */
  readonly load: ConfigLoader;
  /** Whether a change of the files is taken over as it happens. */
  readonly watch: boolean;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Where the console in the browser was built to; undefined, or switched off by the configuration: there is none. */
  readonly consoleFolder?: string | undefined;
  /** Undefined: nothing is logged. */
  readonly log?: Log | undefined;
  /** OpenTelemetry, where it is configured. Stopped with the service. */
  readonly tracing?: Tracing | undefined;
  /** More threads than this one; undefined: this one does everything. */
  readonly threads?: MoreThreads | undefined;
  /** Default: the system's, which is the only one that other threads have. */
  readonly clock?: Clock;
  /** Told of faults in this program; must not throw. */
  onInternalError(error: unknown): void;
  /** The configuration's files were read again. */
  onReload?(report: ReloadReport): void;
}

/** Other threads load the configuration for themselves: what it is made of besides texts cannot be handed over. */
interface MoreThreads {
  /** All together, this one included. */
  readonly count: number;
  readonly configFile: string;
  readonly skipInvalid: boolean;
  /** What the configuration's references are looked up in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  readonly operator: ControlPlane;
  /** Callers' keys: whoever changes them replaces them here, on all threads. */
  readonly keys: Pick<KeyRing, "replace">;
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /** Reads the configuration's files again. */
  reload(who: string): Promise<void>;
  /**
   * Tells health checks at once that it stops, serves on for `delayMs`, then takes no new work, lets what is under way end for up to
   * `graceMs`, and stops.
   * @returns How many requests had not ended and were dropped.
   */
  drain(graceMs: number, delayMs?: number): Promise<number>;
}

/** The composition root: joins core, control, doors, telemetry and server. With {@link file://../main.ts} the only place that knows all of them. */
export function composeService(options: ServiceOptions): Service {
  const { config, opened, log, tracing, host, tls, clock = systemClock } = options;
  const random = systemRandom;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const events = log === undefined ? undefined : new EventLog(log);
  const upstream = createUpstream(config, clock, random);
  const attempts = options.threads === undefined ? undefined : createAuthThrottleShare(random);
  const share = options.threads === undefined ? undefined : createRouterShare(options.threads.count);

  const eventLoopDelay = watchEventLoopDelay();
  const metrics = createMetrics({ router: () => router, clock, eventLoopDelay, version: packageVersion(), processMetrics: true });
  const stats = new StatsRecorder(clock, () => router);
  const accessLog = log === undefined ? [] : [new AccessLog(log, config.telemetry.logContent)];
  const spending = new SpendKeeper(clock, () => operator.saveSpend(router.spend()));
  const counters = [metrics.counts, stats, spending];
  const observers = [...counters, ...accessLog, ...(tracing?.observers ?? [])];
  const access = share && accessRouterShare(share, 0);
  const router: Router = new Router({ source: config.source, upstream, clock, random, observers, access, onInternalError });

  // What each configuration was made of, for the threads that have to make it again.
  const inputs = new WeakMap<TableSource, ConfigInputs>();
  const load: ConfigLoader = async (loaded) => {
    const result = await options.load(loaded);
    if (result.config !== undefined) inputs.set(result.config.source, { overlay: loaded.overlay, texts: result.texts });
    return result;
  };
  const pool =
    options.threads === undefined || share === undefined || attempts === undefined
      ? undefined
      : new ThreadPool({
          threads: options.threads.count - 1,
          share,
          router,
          plan: {
            attempts,
            configFile: options.threads.configFile,
            skipInvalid: options.threads.skipInvalid,
            host,
            tls,
            consoleFolder: options.consoleFolder,
            logLevel: log?.level,
          },
          env: options.threads.env,
          inputs: { overlay: overlayWithout(opened.state, opened.leftOut), texts: opened.result.texts },
          clock,
          accept: (connection) => doors.server.acceptRelayed(connection),
          onCounted: (records) => replayCounts(records, counters),
          onLogged: (lines) => log?.writeLines(lines),
          onLost(thread, reason, openCalls) {
            metrics.counts.callsInFlight -= openCalls;
            events?.threadLost(thread, reason);
          },
          onInternalError,
        });

  const keyRing = new KeyRing(clock);
  const keys: Service["keys"] = {
    replace(records) {
      keyRing.replace(records);
      pool?.publish({ keys: records });
    },
  };
  const operator = new ControlPlane({
    router: {
      apply(change) {
        router.apply(change);
        pool?.publish({ source: change.source, weights: change.weights });
      },
      resetCooldown: (id) => router.resetCooldown(id),
      groups: () => router.groups(),
      deployments: (group) => router.deployments(group),
      get queued() {
        return router.queued;
      },
    },
    opened,
    config,
    load,
    prepare: async ({ source, secrets }) => {
      // Before it is in force: no line and no trace may tell what comes with it.
      log?.hide(secrets);
      const made = inputs.get(source);
      if (made !== undefined) await pool?.prepare(made);
    },
    keys: { ...keys, usage: (name) => router.keyUsage(name) },
    explain: (query) => explain(query, router, keyRing),
    stats: {
      async stats() {
        await pool?.flush();
        return stats.stats();
      },
    },
    clock,
    files: options.watch ? diskFiles : undefined,
    audit: (entry: AuditEntry) => events?.audited(entry),
    onConfig(next) {
      doors.adopt(next);
    },
    onReload(report, who) {
      metrics.reloaded(report.ok);
      events?.reloaded(report, who);
      options.onReload?.(report);
    },
    onWarning: (message) => events?.warned(message),
  });
  router.restoreSpend(operator.spend);

  const doors = composeDoors({
    config,
    router,
    keyRing,
    operator,
    clock,
    async metricsPage() {
      return metrics.page(await pool?.flush(delayQuantiles));
    },
    events,
    host,
    port: options.port,
    sharePort: pool === undefined ? undefined : "first",
    tls,
    consoleFolder: options.consoleFolder,
    onRefused: (refusal) => metrics.counts.refused(refusal),
    attempts: access && attempts && accessAuthThrottle(attempts, access.lock),
    onInternalError,
  });
  return {
    router,
    operator,
    keys,
    async listen() {
      const address = await doors.server.listen();
      await pool?.start(address.port);
      return address;
    },
    async reload(who) {
      const reloaded = await operator.reload({ dryRun: false, discardChanges: false }, { who, etag: undefined });
      if (!reloaded.ok) events?.warned(reloaded.error.message);
    },
    async drain(graceMs, delayMs = 0) {
      doors.rpc.drain();
      // Those on other threads first: what operators ask there is answered here.
      const elsewhere = pool?.drain(graceMs, delayMs);
      const dropped = (await doors.server.drain(graceMs, delayMs)) + ((await elsewhere) ?? 0);
      spending.flush();
      await operator.close();
      await upstream.destroy();
      eventLoopDelay.stop();
      await tracing?.stop();
      return dropped;
    },
  };
}

function explain({ key, ...query }: Parameters<Operator["explain"]>[0], router: Router, keyRing: KeyRing): ReturnType<Operator["explain"]> {
  if (key === undefined) return router.explain(query);
  const found = keyRing.named(key);
  if (found.kind === "valid") return router.explain({ ...query, caller: found.key });
  // An unknown name is not repeated: it may be the secret itself, given in its place.
  const why = found.reason === "unknown" ? "There is no key of that name." : `Not valid (${found.reason}) is the key "${key}".`;
  return err(new RouterError("not_found", why, { param: "key" }));
}
