import type { HttpHandler } from "../inbound/http-handler.ts";
import type { AuthThrottleMemory } from "../auth/auth-throttle.ts";
import { packageVersion } from "../lib/package-root.ts";
import { isLoopback } from "../cli/local/public-address.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import { createConsoleHandler } from "../console/console-handler.ts";
import type { Operator } from "../control/operator.ts";
import { createCors, isNamedOrigin } from "../inbound/cors.ts";
import { siteRefusal, type SiteRules } from "../inbound/site-gate.ts";
import type { ShelfMemory } from "../lib/shared/shared-shelf.ts";
import type { Clock } from "../lib/clock.ts";
import { uniqueId } from "../lib/unique-id.ts";
import { openShelf } from "./answer-shelf.ts";
import { composeAuthenticator } from "./authenticator.ts";
import { composePassThrough } from "./pass-through.ts";
import { composePinnedIds } from "./pinned-ids.ts";
import { createRealtimeHandler } from "../rest/realtime/realtime-handler.ts";
import { createRestHandler, type RestHandlerOptions } from "../rest/handler.ts";
import { createRpcHandler, type RpcHandler } from "../rpc/handler.ts";
import type { TlsCredentials } from "../server/listening-socket.ts";
import type { SocketFile } from "../server/socket-file.ts";
import { createServer, type Server, type ServerOptions } from "../server/server.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";
import type { CountedRefusal } from "../telemetry/metrics/counted-records.ts";
import type { Routing } from "./routing.ts";

/** Where a thread listens. */
export interface ListenSettings {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** A socket in the file system, in place of host and port. */
  readonly socket?: SocketFile | undefined;
  readonly tls?: TlsCredentials | undefined;
  /** Where the console in the browser was built to. Undefined, or switched off by the configuration, there is none. */
  readonly consoleFolder?: string | undefined;
}

interface InboundOptions {
  readonly routing: Routing;
  /** Answers operators, or hands their requests to the thread that does. */
  readonly operator: Operator | HttpHandler;
  readonly clock: Clock;
  readonly ids: {
    /** What authenticates ids where the configuration does not say. */
    readonly secret: string;
    /** What is kept of answers whose deployments keep none, the same on all threads. Undefined when there are no others. */
    readonly shelf: ShelfMemory | undefined;
    /** This thread's number, from 0. */
    readonly thread: number;
  };
  /** Omit it where metrics are not answered on this thread. */
  readonly metricsPage?: (() => ReturnType<NonNullable<RestHandlerOptions["metrics"]>["page"]>) | undefined;
  /** Undefined when nothing is logged. */
  readonly events: EventLog | undefined;
  readonly listen: ListenSettings;
  readonly sharePort: ServerOptions["sharePort"];
  /** What all threads remember of keys that were shown. Undefined when there are no others. */
  readonly attempts: AuthThrottleMemory | undefined;
  /** Called before a request is looked at, to take up a change that was made on another thread. */
  refresh?(): void;
  /** Called for each request that is turned away. */
  onRefused(refusal: CountedRefusal): void;
  onInternalError(error: unknown): void;
}

/** What a thread is reached by. */
export interface Inbound {
  readonly rpc: RpcHandler;
  readonly server: Server;
}

/** Joins the inbound protocols of one thread to its router. They follow the configuration in force. */
export function composeInbound(options: InboundOptions): Inbound {
  const { routing, operator, clock, events, metricsPage, listen } = options;
  const { inForce, router } = routing;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const authenticator = composeAuthenticator(options);
  let current = liveSettings(inForce.config, listen.host);
  inForce.follow({
    adopt({ config: next }) {
      if (next === undefined) return;
      current = liveSettings(next, listen.host);
    },
  });
  const siteRules = siteRulesOf(listen, authenticator, () => current);
  const shared = {
    router,
    operator,
    authenticator,
    clock,
    cors: (origin: string | undefined) => current.cors(origin),
    newCallId: uniqueId,
    ids: composePinnedIds(inForce, options.ids.secret, openShelf(options.ids.shelf, options.ids.thread, clock)),
    observer: {
      refused(refusal: Parameters<EventLog["refused"]>[0]) {
        options.onRefused(refusal);
        events?.refused(refusal);
      },
    },
    onInternalError,
  };
  const rest = createRestHandler({
    ...shared,
    // The server is made of this, so it is named before it is there; it is asked for when it answers.
    isReady: () => !server.draining,
    metrics: metricsPage && {
      get isOpen() {
        return current.metricsOpen;
      },
      page: metricsPage,
    },
    get maxBodyBytes() {
      return current.maxRequestBytes;
    },
    passThrough: composePassThrough(options, shared.cors),
  });
  const upgrade = createRealtimeHandler({
    ...shared,
    isLeaving: () => server.draining,
    get maxBodyBytes() {
      return current.maxRequestBytes;
    },
  });
  const rpc = createRpcHandler({
    ...shared,
    version: packageVersion(),
    get readMaxBytes() {
      return current.maxRequestBytes;
    },
  });
  const { consoleFolder, ...place } = listen;
  const server = createServer({
    ...place,
    refusal: (headers, path) => siteRefusal(headers, path, siteRules),
    sharePort: options.sharePort,
    maxConnectionAgeMs: () => inForce.config.maxConnectionAgeMs,
    rest,
    rpc,
    upgrade,
    console: consoleFolder === undefined || !inForce.config.console ? undefined : createConsoleHandler({ folder: consoleFolder }),
    clock,
    onRequest: () => options.refresh?.(),
    onInternalError,
  });
  return { rpc, server };
}

function siteRulesOf(
  listen: InboundOptions["listen"],
  authenticator: { readonly required: boolean },
  current: () => ReturnType<typeof liveSettings>,
): SiteRules {
  // No browser reaches a socket in the file system.
  const isLocal = listen.socket === undefined && isLoopback(listen.host);
  return {
    get isOpenLocally() {
      return isLocal && !authenticator.required;
    },
    get hosts() {
      return current().hosts;
    },
    allowsOrigin: (origin, exactly) => isNamedOrigin(current().origins, origin, exactly),
  };
}

/** What is read of the configuration in force with each request. */
function liveSettings({ cors, allowedHosts, maxRequestBytes, telemetry }: LoadedConfig, host: string) {
  return {
    cors: createCors(cors),
    origins: cors,
    hosts: new Set([host.toLowerCase(), ...allowedHosts]),
    maxRequestBytes,
    metricsOpen: telemetry.metricsOpen,
  };
}
