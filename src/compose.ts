import { Authenticator } from "./door/authenticator.ts";
import { createCors } from "./door/cors.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { packageVersion } from "./cli/package-root.ts";
import { createConsoleHandler } from "./console/console-handler.ts";
import { Router } from "./core/router.ts";
import { InterimOperator } from "./interim-operator.ts";
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
  /** Where the console in the browser was built to; undefined, or switched off by the configuration: there is none. */
  readonly consoleFolder?: string | undefined;
  /** Told of faults in this program; must not throw. */
  onInternalError(error: unknown): void;
}

/** The whole program, ready to listen. */
export interface Service {
  readonly router: Router;
  /** Rejects, with a message for people, when the address cannot be had. */
  listen(): Promise<ListenAddress>;
  /**
   * Tells health checks at once that it stops, serves on for `delayMs`, then takes no new work, lets what is under way end for up to
   * `graceMs`, and stops.
   * @returns How many requests had not ended and were dropped.
   */
  drain(graceMs: number, delayMs?: number): Promise<number>;
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
  const authenticator = new Authenticator(config.masterKey);
  const cors = createCors(config.cors);
  // INTERIM: the control plane takes this place.
  const operator = new InterimOperator(router, clock, config.files);
  const shared = { router, operator, authenticator, clock, cors, newCallId: uniqueId, onInternalError };
  const rest = createRestHandler({ ...shared, maxBodyBytes: config.maxRequestBytes, isReady: () => !server.draining });
  const rpc = createRpcHandler({ ...shared, version: packageVersion(), readMaxBytes: config.maxRequestBytes });
  const { host, port, tls, consoleFolder } = options;
  const consoleDoor = consoleFolder === undefined || !config.console ? undefined : createConsoleHandler({ folder: consoleFolder });
  const server = createServer({ host, port, tls, rest, rpc, console: consoleDoor, clock, onInternalError });
  return {
    router,
    listen: () => server.listen(),
    async drain(graceMs, delayMs) {
      rpc.drain();
      const dropped = await server.drain(graceMs, delayMs);
      await http.destroy();
      return dropped;
    },
  };
}
