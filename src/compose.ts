import { AttemptLimiter } from "./door/attempt-limiter.ts";
import { Authenticator } from "./door/authenticator.ts";
import { createCors } from "./door/cors.ts";
import { JwtVerifier } from "./door/jwt-verifier.ts";
import { KeyRing } from "./door/key-ring.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { Router } from "./core/router.ts";
import { systemClock } from "./lib/clock.ts";
import { systemRandom } from "./lib/random.ts";
import { uniqueId } from "./lib/unique-id.ts";
import { createRestHandler } from "./rest/handler.ts";
import { createRpcHandler } from "./rpc/handler.ts";
import { createServer, type ListenAddress } from "./server/server.ts";
import { HttpUpstream } from "./upstream/http-upstream.ts";
import { MockUpstream } from "./upstream/mock-upstream.ts";
import { SchemeUpstream } from "./upstream/scheme-upstream.ts";

export interface ServiceOptions {
  readonly config: LoadedConfig;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Told of faults in this program; must not throw. */
  onInternalError(error: unknown): void;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  /** Callers' keys: whoever changes them replaces them here. */
  readonly keyRing: KeyRing;
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /** Takes no new work, lets what is under way end for up to `graceMs`, and stops. */
  drain(graceMs: number): Promise<void>;
}

/** The composition root: joins core, doors and server. With {@link file://./main.ts} the only place that knows all of them. */
export function composeService(options: ServiceOptions): Service {
  const { config } = options;
  const clock = systemClock;
  const random = systemRandom;
  const onInternalError = (error: unknown): void => options.onInternalError(error);
  const http = new HttpUpstream({ connectTimeoutMs: config.source.settings.connectTimeoutMs });
  const upstream = new SchemeUpstream({ http, https: http, mock: new MockUpstream({ clock, random }) });
  const router = new Router({ source: config.source, upstream, clock, random, onInternalError });
  const keyRing = new KeyRing(clock);
  keyRing.replace(config.keys);
  const attempts = new AttemptLimiter({ clock, burst: config.maxFailedAttempts });
  const jwt = config.jwt === undefined ? undefined : new JwtVerifier(config.jwt, clock);
  // Whoever counts or logs those who are not let in gives `onRefused` here.
  const authenticator = new Authenticator({ masterKey: config.masterKey, keyRing, jwt, attempts });
  const cors = createCors(config.cors);
  const shared = { router, authenticator, clock, cors, newCallId: uniqueId, onInternalError };
  const rest = createRestHandler({ ...shared, maxBodyBytes: config.maxRequestBytes, isReady: () => !server.draining });
  const rpc = createRpcHandler({ ...shared, readMaxBytes: config.maxRequestBytes });
  const { host, port, tls } = options;
  const server = createServer({ host, port, tls, rest, rpc, clock, onInternalError });
  return {
    router,
    keyRing,
    listen: () => server.listen(),
    async drain(graceMs) {
      rpc.drain();
      await server.drain(graceMs);
      await http.destroy();
    },
  };
}
