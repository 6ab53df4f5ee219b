import { packageVersion } from "./cli/package-root.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { createConsoleHandler } from "./console/console-handler.ts";
import { ControlPlane } from "./control/control-plane.ts";
import { diskFiles } from "./control/disk-files.ts";
import type { ConfigLoader } from "./control/load-under-state.ts";
import type { OpenedControl } from "./control/open-control.ts";
import type { AuditEntry, Operator, ReloadReport } from "./control/operator.ts";
import { SpendKeeper } from "./control/spend-keeper.ts";
import { RouterError } from "./core/errors.ts";
import { Router } from "./core/router.ts";
import { AttemptLimiter } from "./door/attempt-limiter.ts";
import { Authenticator } from "./door/authenticator.ts";
import { createCors } from "./door/cors.ts";
import { JwtVerifier } from "./door/jwt-verifier.ts";
import { KeyRing } from "./door/key-ring.ts";
import { systemClock, type Clock } from "./lib/clock.ts";
import { watchEventLoopDelay } from "./lib/event-loop-delay.ts";
import { systemRandom } from "./lib/random.ts";
import { err } from "./lib/result.ts";
import { uniqueId } from "./lib/unique-id.ts";
import { createRestHandler } from "./rest/handler.ts";
import { createRpcHandler } from "./rpc/handler.ts";
import { createServer, type ListenAddress } from "./server/server.ts";
import { AccessLog } from "./telemetry/access-log.ts";
import { EventLog } from "./telemetry/event-log.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { StatsRecorder } from "./telemetry/stats-recorder.ts";
import type { Tracing } from "./telemetry/tracing.ts";
import { HttpUpstream } from "./upstream/http-upstream.ts";
import { MockUpstream } from "./upstream/mock-upstream.ts";
import { SchemeUpstream } from "./upstream/scheme-upstream.ts";

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
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Where the console in the browser was built to; undefined, or switched off by the configuration: there is none. */
  readonly consoleFolder?: string | undefined;
  /** Undefined: nothing is logged. */
  readonly log?: Log | undefined;
  /** OpenTelemetry, where it is configured. Stopped with the service. */
  readonly tracing?: Tracing | undefined;
  /** Told of faults in this program; must not throw. */
  onInternalError(error: unknown): void;
  /** The configuration's files were read again. */
  onReload?(report: ReloadReport): void;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  readonly operator: ControlPlane;
  /** Callers' keys: whoever changes them replaces them here. */
  readonly keyRing: KeyRing;
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

/** The composition root: joins core, control, doors, telemetry and server. With {@link file://./main.ts} the only place that knows all of them. */
export function composeService(options: ServiceOptions): Service {
  const { config, opened, load, log, tracing } = options;
  const clock = systemClock;
  const random = systemRandom;
  const version = packageVersion();
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const events = log === undefined ? undefined : new EventLog(log);
  const http = new HttpUpstream({ connectTimeoutMs: config.source.settings.connectTimeoutMs, clock });
  const upstream = new SchemeUpstream({ http, https: http, mock: new MockUpstream({ clock, random }) });

  const eventLoopDelay = watchEventLoopDelay();
  const metrics = createMetrics({ router: () => router, clock, eventLoopDelay, version, processMetrics: true });
  const stats = new StatsRecorder(clock, () => router);
  const accessLog = log === undefined ? [] : [new AccessLog(log, config.telemetry.logContent)];
  const spending = new SpendKeeper(clock, () => operator.saveSpend(router.spend()));
  const observers = [metrics.counts, stats, spending, ...accessLog, ...(tracing?.observers ?? [])];
  const router: Router = new Router({ source: config.source, upstream, clock, random, observers, onInternalError });

  const keyRing = new KeyRing(clock);
  const authenticator = new Authenticator({
    masterKey: config.masterKey,
    keyRing,
    jwt: verifierOf(config, clock),
    attempts: new AttemptLimiter({ clock, burst: config.maxFailedAttempts }),
    onRefused: (refusal) => events?.keyRefused(refusal),
  });
  let current = liveSettings(config);
  const operator = new ControlPlane({
    router,
    opened,
    config,
    load,
    keys: { replace: (records) => keyRing.replace(records), usage: (name) => router.keyUsage(name) },
    explain: (query) => explain(query, router, keyRing),
    stats,
    clock,
    files: options.watch ? diskFiles : undefined,
    audit: (entry: AuditEntry) => events?.audited(entry),
    onConfig(next) {
      authenticator.configure({ masterKey: next.masterKey, jwt: verifierOf(next, clock) });
      current = liveSettings(next);
      log?.hide(next.secrets);
    },
    onReload(report, who) {
      metrics.reloaded(report.ok);
      events?.reloaded(report, who);
      options.onReload?.(report);
    },
    onWarning: (message) => events?.warned(message),
  });
  router.restoreSpend(operator.spend);

  const shared = {
    router,
    operator,
    authenticator,
    clock,
    cors: (origin: string | undefined) => current.cors(origin),
    newCallId: uniqueId,
    observer: {
      refused(refusal: Parameters<EventLog["refused"]>[0]) {
        metrics.counts.refused(refusal);
        events?.refused(refusal);
      },
    },
    onInternalError,
  };
  const rest = createRestHandler({
    ...shared,
    isReady: () => !server.draining,
    metrics: {
      get isOpen() {
        return current.metricsOpen;
      },
      page: () => metrics.page(),
    },
    get maxBodyBytes() {
      return current.maxRequestBytes;
    },
  });
  const rpc = createRpcHandler({
    ...shared,
    version,
    get readMaxBytes() {
      return current.maxRequestBytes;
    },
  });
  const { host, port, tls, consoleFolder } = options;
  const consoleDoor = consoleFolder === undefined || !config.console ? undefined : createConsoleHandler({ folder: consoleFolder });
  const server = createServer({ host, port, tls, rest, rpc, console: consoleDoor, clock, onInternalError });
  return {
    router,
    operator,
    keyRing,
    listen: () => server.listen(),
    async reload(who) {
      const reloaded = await operator.reload({ dryRun: false, discardChanges: false }, { who, etag: undefined });
      if (!reloaded.ok) events?.warned(reloaded.error.message);
    },
    async drain(graceMs, delayMs) {
      rpc.drain();
      const dropped = await server.drain(graceMs, delayMs);
      spending.flush();
      await operator.close();
      await http.destroy();
      eventLoopDelay.stop();
      await tracing?.stop();
      return dropped;
    },
  };
}

/** What the doors take from the configuration in force, request by request. */
function liveSettings({ cors, maxRequestBytes, telemetry }: LoadedConfig) {
  return { cors: createCors(cors), maxRequestBytes, metricsOpen: telemetry.metricsOpen };
}

/** @returns Undefined where no tokens are taken. */
function verifierOf({ jwt }: LoadedConfig, clock: Clock): JwtVerifier | undefined {
  return jwt === undefined ? undefined : new JwtVerifier(jwt, clock);
}

function explain({ key, ...query }: Parameters<Operator["explain"]>[0], router: Router, keyRing: KeyRing): ReturnType<Operator["explain"]> {
  if (key === undefined) return router.explain(query);
  const found = keyRing.named(key);
  if (found.kind === "valid") return router.explain({ ...query, caller: found.key });
  // An unknown name is not repeated: it may be the secret itself, given in its place.
  const why = found.reason === "unknown" ? "There is no key of that name." : `Not valid (${found.reason}) is the key "${key}".`;
  return err(new RouterError("not_found", why, { param: "key" }));
}
