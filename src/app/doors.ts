import { packageVersion } from "../cli/kit/package-root.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import { createConsoleHandler } from "../console/console-handler.ts";
import type { Operator } from "../control/operator.ts";
import type { Router } from "../core/router/router.ts";
import { AuthThrottle, type AuthThrottleMemory } from "../auth/auth-throttle.ts";
import { Authenticator } from "../auth/authenticator.ts";
import { createCors } from "../inbound/cors.ts";
import { JwtVerifier } from "../auth/jwt-verifier.ts";
import type { KeyRing } from "../auth/key-ring.ts";
import type { Clock } from "../lib/clock.ts";
import { uniqueId } from "../lib/unique-id.ts";
import { createRestHandler, type RestHandlerOptions } from "../rest/handler.ts";
import { createRpcHandler, type RpcHandler } from "../rpc/handler.ts";
import type { RequestHandler } from "../server/open-requests.ts";
import { createServer, type Server, type ServerOptions } from "../server/server.ts";
import type { CountedRefusal } from "../telemetry/metrics/counted-records.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";

export interface DoorsOptions {
  readonly config: LoadedConfig;
  readonly router: Router;
  readonly keyRing: KeyRing;
  /** Whoever operates, or where requests for it go. */
  readonly operator: Operator | RequestHandler;
  readonly clock: Clock;
  /** Undefined: operators' requests are not answered here. */
  readonly metricsPage: (() => ReturnType<NonNullable<RestHandlerOptions["metrics"]>["page"]>) | undefined;
  readonly events: EventLog | undefined;
  readonly host: string;
  readonly port: number;
  readonly sharePort: ServerOptions["sharePort"];
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  readonly consoleFolder: string | undefined;
  /** What all threads remember of keys that were shown; undefined: there are no others. */
  readonly attempts: AuthThrottleMemory | undefined;
  /** Takes up a change that was made on another thread. */
  refresh?(): void;
  /** Something was turned away. */
  onRefused(refusal: CountedRefusal): void;
  onInternalError(error: unknown): void;
}

/** What a thread is reached by. */
export interface Doors {
  readonly rpc: RpcHandler;
  readonly server: Server;
  /** Another configuration is in force: for what is neither the router's nor the keys'. */
  adopt(config: LoadedConfig): void;
}

/** Joins the doors of one thread to its router. */
export function composeDoors(options: DoorsOptions): Doors {
  const { config, router, keyRing, operator, clock, events, metricsPage, host, port, sharePort, tls, consoleFolder } = options;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const throttle = new AuthThrottle({
    clock,
    burst: config.maxFailedAttempts,
    memory: options.attempts,
  });
  const authenticator = new Authenticator({
    masterKey: config.masterKey,
    keyRing,
    jwt: verifierOf(config, clock),
    throttle,
    onRefused: (refusal) => events?.keyRefused(refusal),
  });
  let current = liveSettings(config);
  const shared = {
    router,
    operator,
    authenticator,
    clock,
    cors: (origin: string | undefined) => current.cors(origin),
    newCallId: uniqueId,
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
  });
  const rpc = createRpcHandler({
    ...shared,
    version: packageVersion(),
    get readMaxBytes() {
      return current.maxRequestBytes;
    },
  });
  const consoleHandler = consoleFolder === undefined || !config.console ? undefined : createConsoleHandler({ folder: consoleFolder });
  const server = createServer({
    host,
    port,
    sharePort,
    tls,
    rest,
    rpc,
    console: consoleHandler,
    clock,
    onRequest: () => options.refresh?.(),
    onInternalError,
  });
  return {
    rpc,
    server,
    adopt(next) {
      authenticator.configure({ masterKey: next.masterKey, jwt: verifierOf(next, clock) });
      current = liveSettings(next);
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
