import { Authenticator } from "./door/authenticator.ts";
import { createCors } from "./door/cors.ts";
import type { DoorObserver } from "./door/door-observer.ts";
import { packageVersion } from "./cli/package-root.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import type { StatsSource } from "./control/stats.ts";
import { Router } from "./core/router.ts";
import { systemClock } from "./lib/clock.ts";
import { watchEventLoopDelay } from "./lib/event-loop-delay.ts";
import { systemRandom } from "./lib/random.ts";
import { uniqueId } from "./lib/unique-id.ts";
import { createRestHandler } from "./rest/handler.ts";
import { createRpcHandler } from "./rpc/handler.ts";
import { createServer, type ListenAddress } from "./server/server.ts";
import { AccessLog } from "./telemetry/access-log.ts";
import { EventLog } from "./telemetry/event-log.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { StatsRecorder } from "./telemetry/stats-recorder.ts";
import type { Tracing } from "./telemetry/tracing.ts";
import { HttpUpstream } from "./upstream/http-upstream.ts";
import { MockUpstream } from "./upstream/mock-upstream.ts";
import { SchemeUpstream } from "./upstream/scheme-upstream.ts";

export interface ServiceOptions {
  readonly config: LoadedConfig;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Undefined: nothing is logged. */
  readonly log?: Log | undefined;
  /** OpenTelemetry, where it is configured. Stopped with the service. */
  readonly tracing?: Tracing | undefined;
  /** Told of faults in this program; must not throw. */
  onInternalError(error: unknown): void;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  readonly stats: StatsSource;
  readonly metrics: Metrics;
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /** Takes no new work, lets what is under way end for up to `graceMs`, and stops. */
  drain(graceMs: number): Promise<void>;
}

/** The composition root: joins core, doors and server. With {@link file://./main.ts} the only place that knows all of them. */
export function composeService(options: ServiceOptions): Service {
  const { config, log, tracing } = options;
  const clock = systemClock;
  const random = systemRandom;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const http = new HttpUpstream({ connectTimeoutMs: config.source.settings.connectTimeoutMs });
  const upstream = new SchemeUpstream({ http, https: http, mock: new MockUpstream({ clock, random }) });
  const eventLoopDelay = watchEventLoopDelay();
  const metrics = createMetrics({ router: () => router, clock, eventLoopDelay, version: packageVersion(), processMetrics: true });
  const stats = new StatsRecorder(clock, () => router);
  const accessLog = log === undefined ? [] : [new AccessLog(log, config.telemetry.logContent)];
  const observers = [metrics.counts, stats, ...accessLog, ...(tracing?.observers ?? [])];
  const events = log === undefined ? undefined : new EventLog(log);
  const observer: DoorObserver = {
    refused(refusal) {
      metrics.counts.refused(refusal);
      events?.refused(refusal);
    },
  };
  const router: Router = new Router({ source: config.source, upstream, clock, random, observers, onInternalError });
  const authenticator = new Authenticator(config.masterKey);
  const cors = createCors(config.cors);
  const shared = { router, authenticator, clock, cors, newCallId: uniqueId, observer, onInternalError };
  const rest = createRestHandler({
    ...shared,
    maxBodyBytes: config.maxRequestBytes,
    isReady: () => !server.draining,
    metrics: { isOpen: config.telemetry.metricsOpen, page: () => metrics.page() },
  });
  const rpc = createRpcHandler({ ...shared, readMaxBytes: config.maxRequestBytes });
  const { host, port, tls } = options;
  const server = createServer({ host, port, tls, rest, rpc, clock, onInternalError });
  return {
    router,
    stats,
    metrics,
    listen: () => server.listen(),
    async drain(graceMs) {
      rpc.drain();
      await server.drain(graceMs);
      await http.destroy();
      eventLoopDelay.stop();
      await tracing?.stop();
    },
  };
}
