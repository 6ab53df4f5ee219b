import type { LoadedConfig } from "../config/load/load-config.ts";
import type { ReloadReport } from "../control/operator.ts";
import { ControlPlane } from "../control/plane/control-plane.ts";
import { diskFiles } from "../control/plane/file-watcher.ts";
import type { ConfigLoader } from "../control/plane/load-under-state.ts";
import type { OpenedControl } from "../control/plane/open-control.ts";
import type { Router } from "../core/router/router.ts";
import type { KeyRing } from "../auth/key-ring.ts";
import { systemClock, type Clock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import type { TlsFiles } from "../cli/kit/io.ts";
import type { ListenAddress } from "../server/listening-socket.ts";
import { EventLog } from "../telemetry/log/event-log.ts";
import type { Log } from "../telemetry/log/log.ts";
import { delayQuantiles } from "../telemetry/metrics/metrics.ts";
import type { Tracing } from "../telemetry/traces/tracing.ts";
import type { ThreadPool } from "../threads/thread-pool.ts";
import { composeCounting } from "./counting.ts";
import { composeHistory, explain, composeShadows, composeStats } from "./history.ts";
import { composeInbound, type Inbound, type ListenSettings } from "./inbound.ts";
import { composePool, createSharedMemory, RememberedInputs, type MoreThreads } from "./other-threads.ts";
import { composeSharedLimits, leaseSignalsOf } from "./shared-limits.ts";
import { watchTls } from "./tls-renewal.ts";
import { composeRouting, type Routing } from "./routing.ts";

export interface ServiceOptions extends ListenSettings {
  readonly config: LoadedConfig;
  /** What `config` was opened with. */
  readonly opened: OpenedControl;
  /** Loads the configuration's files again. */
  readonly load: ConfigLoader;
  /** Where `tls` is from. Omit it to keep that for as long as the service runs. */
  readonly tlsFiles?: TlsFiles | undefined;
  /** Whether a change of the files is taken over as it happens. */
  readonly watch: boolean;
  /** Omit it to log nothing. */
  readonly log?: Log | undefined;
  /** OpenTelemetry, where it is configured. Stopped with the service. */
  readonly tracing?: Tracing | undefined;
  /** Omit it to do everything on this thread. */
  readonly threads?: MoreThreads | undefined;
  /** Default: the system's, which is the only one that other threads have. */
  readonly clock?: Clock;
  /** Called for each fault in this program. Must not throw. */
  onInternalError(error: unknown): void;
  /** Called when the configuration's files were read again. */
  onReload?(report: ReloadReport): void;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  readonly operator: ControlPlane;
  /** Callers' keys on all threads. */
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

/**
 * The composition root of the first thread: joins core, control, inbound protocols, telemetry and server. With
 * {@link file://../main.ts} the only place that knows all of them.
 */
export function composeService(options: ServiceOptions): Service {
  const { config, opened, log, tracing, threads, clock = systemClock } = options;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const events = log === undefined ? undefined : new EventLog(log);
  const memory = threads && createSharedMemory(threads.count, systemRandom, config.sharedState !== undefined);
  const leases = leaseSignalsOf(config, memory);
  // The router tells these of calls, so they come first. They look at it when they are asked, which is later.
  const counting = composeCounting({ config, clock, threads: threads?.count, router: () => routing.router });
  const { counters, observers, metrics, spending } = counting;
  const parts = { config, clock, random: systemRandom, observers, log, tracing, leases, onInternalError };
  const routing: Routing = composeRouting({ ...parts, access: memory?.access });
  const { inForce } = routing;
  const inputs = new RememberedInputs(opened, options.load);
  const onCallsLost = (calls: number): void => void (metrics.counts.callsInFlight -= calls);
  const pool =
    threads &&
    memory &&
    composePool({ threads, memory, routing, inputs, listen: options, clock, log, events, counters, onCallsLost, onInternalError });

  const operator = new ControlPlane({
    router: routing.router,
    inForce,
    opened,
    load: inputs.load,
    explain: (query) => explain(query, routing),
    stats: composeStats(counting, pool),
    shadows: composeShadows(counting, pool),
    history: composeHistory(counting, pool, inForce),
    lastErrors: counting.lastErrors,
    clock,
    files: options.watch ? diskFiles : undefined,
    audit: (entry) => events?.audited(entry),
    onReload(report, who) {
      metrics.reloaded(report.ok);
      events?.reloaded(report, who);
      options.onReload?.(report);
    },
    onWarning: (message) => events?.warned(message),
  });
  routing.router.restoreSpend(operator.spend);
  spending.begin(() => operator.saveSpend(routing.router.spend()));

  const shared = composeSharedLimits({ config, router: routing.router, signals: leases, clock, events, port: options.port });
  const inbound = composeInbound({
    routing,
    operator,
    clock,
    ids: { secret: opened.idSecret, shelf: memory?.shelf, thread: 0 },
    metricsPage: async () => metrics.page(await pool?.flush(delayQuantiles)),
    events,
    listen: options,
    sharePort: pool === undefined ? undefined : "first",
    attempts: memory?.attemptsAccess,
    onRefused: (refusal) => metrics.counts.refused(refusal),
    onInternalError,
  });
  const renewal = watchCertificate(options, inbound, pool, clock);
  return {
    router: routing.router,
    operator,
    keys: { replace: (keys) => inForce.put({ keys }) },
    listen: () => listenOnce(routing, inbound, pool, shared),
    async reload(who) {
      const reloaded = await operator.reload({ dryRun: false, discardChanges: false }, { who, etag: undefined });
      if (!reloaded.ok) events?.warned(reloaded.error.message);
    },
    async drain(graceMs, delayMs = 0) {
      const dropped = await drainThreads(inbound, pool, graceMs, delayMs);
      renewal?.stop();
      await shared?.stop();
      spending.flush();
      await operator.close();
      routing.credentials.end();
      await routing.upstream.destroy();
      counting.eventLoopDelay.stop();
      await tracing?.stop();
      return dropped;
    },
  };
}

function watchCertificate(
  { tls, tlsFiles: files, log }: ServiceOptions,
  { server }: Inbound,
  pool: ThreadPool | undefined,
  clock: Clock,
): ReturnType<typeof watchTls> | undefined {
  if (tls === undefined || files === undefined) return undefined;
  return watchTls(tls, {
    files,
    clock,
    onRenewed(renewed) {
      server.renewTls(renewed);
      pool?.renewTls(renewed);
      log?.write("info", { kind: "config" }, "the server's certificate was renewed");
    },
    onRefused: (message) => log?.write("warn", { kind: "config" }, message),
  });
}

async function listenOnce(
  { credentials }: Routing,
  { server }: Inbound,
  pool: ThreadPool | undefined,
  shared: ReturnType<typeof composeSharedLimits>,
): Promise<ListenAddress> {
  await Promise.all([credentials.begin(), shared?.start()]);
  // It may have been told to stop meanwhile, which ends in its own way.
  if (server.draining) return new Promise<never>(() => undefined);
  const address = await server.listen();
  await pool?.start(address.port, (connection) => server.acceptRelayed(connection));
  return address;
}

/** @returns How many requests had not ended. */
async function drainThreads({ rpc, server }: Inbound, pool: ThreadPool | undefined, graceMs: number, delayMs: number): Promise<number> {
  rpc.drain();
  // Other threads first: what operators ask there is answered here.
  const elsewhere = pool?.drain(graceMs, delayMs);
  return (await server.drain(graceMs, delayMs)) + ((await elsewhere) ?? 0);
}
