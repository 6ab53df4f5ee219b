import { KeyRing } from "../auth/key-ring.ts";
import { ConfigurationInForce } from "../config/load/configuration-in-force.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { RouterObserver } from "../core/observer.ts";
import { Router } from "../core/router/router.ts";
import type { RouterAccess } from "../core/router/router-share.ts";
import type { LeaseSignals } from "../core/state/lease-signals.ts";
import type { Upstream } from "../core/upstream.ts";
import { BufferedBytes } from "../lib/shared/buffered-bytes.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { MockUpstream } from "../mock/mock-upstream.ts";
import { AccessLog } from "../telemetry/log/access-log.ts";
import type { Log } from "../telemetry/log/log.ts";
import { PrefixHashes } from "../telemetry/log/prefix-hashes.ts";
import type { Tracing } from "../telemetry/traces/tracing.ts";
import { composeCredentials, type LiveCredentials } from "./credentials.ts";
import { LinkedUpstream } from "../upstream/linked-upstream.ts";
import { MediaDownloads } from "../upstream/media-fetcher.ts";
import { ProxyRules } from "../upstream/proxy-rules.ts";
import { RenewingUpstream } from "../upstream/renewing-upstream.ts";
import { WebSocketUpstream } from "../upstream/web-socket-upstream.ts";
import { StreamedUpstream } from "../upstream/streamed-upstream.ts";
import { SchemeUpstream } from "../upstream/scheme-upstream.ts";

interface RoutingOptions {
  readonly config: LoadedConfig;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every call, before the log and the traces are. */
  readonly observers: readonly RouterObserver[];
  /** Undefined when nothing is logged. */
  readonly log: Log | undefined;
  /** Undefined when OpenTelemetry is not configured. */
  readonly tracing: Tracing | undefined;
  /** The memory shared with routers on other threads. Undefined when there are none. */
  readonly access: RouterAccess | undefined;
  /** The signals of leases, on a single thread whose limits are shared with other nodes. */
  readonly leases?: LeaseSignals | undefined;
  /** Called before a call takes its table, to take up a change that was made on another thread. */
  refresh?(): void;
  onInternalError(error: unknown): void;
}

/** What routes calls on one thread. */
export interface Routing {
  /** Followed by the log and the traces first, then by the router, then by the key ring. */
  readonly inForce: ConfigurationInForce;
  readonly router: Router;
  readonly keyRing: KeyRing;
  readonly upstream: Upstream & { destroy(): Promise<void> };
  /** Carries what passes through to other servers. */
  readonly streamed: StreamedUpstream;
  readonly credentials: LiveCredentials;
}

/** Joins the router of one thread to its configuration, its deployments and those who observe it. */
export function composeRouting(options: RoutingOptions): Routing {
  const { config, clock, random, log, tracing, access } = options;
  const inForce = new ConfigurationInForce(config);
  const streamed = createStreamed(config);
  const upstream = createUpstream(config, { clock, random, streamed });
  const accessLog = log === undefined ? [] : [createAccessLog(log, config)];
  const buffered = access?.buffered ?? new BufferedBytes();
  buffered.limit = config.maxBufferedBytes;
  const media = new MediaDownloads(config.fetchMedia, clock);
  const router = new Router({
    source: config.source,
    upstream,
    clock,
    random,
    observers: [...options.observers, ...accessLog, ...(tracing?.observers ?? [])],
    access,
    leases: options.leases,
    buffered,
    media,
    refresh: () => options.refresh?.(),
    onInternalError: (error) => options.onInternalError(error),
  });
  const keyRing = new KeyRing(clock);
  // Before a secret is in force, no line and no span may tell it any more; spans are cleaned by the log.
  inForce.follow({ prepare: ({ secrets }) => log?.hide(secrets) });
  const credentials = composeCredentials(inForce, clock, log);
  inForce.follow({
    adopt(change, { weights }) {
      const { config: next, states } = change;
      if (next !== undefined) buffered.limit = next.maxBufferedBytes;
      if (next !== undefined) media.isOn = next.fetchMedia;
      if (next !== undefined || change.weights !== undefined) router.apply({ source: next?.source, weights, states });
    },
  });
  inForce.follow({ adopt: ({ keys }) => keys && keyRing.replace(keys) });
  return { inForce, router, keyRing, upstream, streamed, credentials };
}

function createAccessLog(log: Log, { telemetry, masterKey }: LoadedConfig): AccessLog {
  const prefixes = telemetry.logPrefixes && masterKey !== undefined ? new PrefixHashes(masterKey) : undefined;
  return new AccessLog(log, { content: telemetry.logContent, calibration: telemetry.logCalibration, prefixes });
}

function createStreamed({ source, proxies }: LoadedConfig): StreamedUpstream {
  const { connectTimeoutMs, connectionIdleMs: keepAliveMs } = source.settings;
  return new StreamedUpstream({ rules: new ProxyRules(proxies), connectTimeoutMs, keepAliveMs });
}

interface UpstreamDeps extends Pick<RoutingOptions, "clock" | "random"> {
  /** Ends with the others. */
  readonly streamed: StreamedUpstream;
}

function createUpstream(config: LoadedConfig, { clock, random, streamed }: UpstreamDeps): Routing["upstream"] {
  const { connectTimeoutMs, connectionIdleMs: keepAliveMs } = config.source.settings;
  const rules = new ProxyRules(config.proxies);
  const outbound = new LinkedUpstream({ rules, connectTimeoutMs, keepAliveMs, clock });
  const conversations = new WebSocketUpstream(outbound, { rules, connectTimeoutMs, clock });
  const renewing = new RenewingUpstream(conversations);
  const upstream = new SchemeUpstream({ http: renewing, https: renewing, mock: new MockUpstream({ clock, random }) });
  return {
    send: (request, listener, link) => upstream.send(request, listener, link),
    async destroy() {
      conversations.destroy();
      await Promise.all([outbound.destroy(), streamed.destroy()]);
    },
  };
}
