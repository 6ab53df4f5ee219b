import { SealedIds } from "../../src/auth/sealed-ids.ts";
import { testShelf } from "./test-shelf.ts";
import type { HttpHandler } from "../../src/inbound/http-handler.ts";
import type { Cors } from "../../src/inbound/cors.ts";
import type { CallRouter } from "../../src/core/call-router.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import type { Operator } from "../../src/control/operator.ts";
import { createRestHandler, type RestHandlerOptions } from "../../src/rest/handler.ts";
import { authenticatorOf } from "./authenticator-of.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server/server.ts";
import { ScriptedOperator } from "./scripted-operator.ts";

export interface ListeningServer extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  /** What was reported as an internal error. */
  readonly internalErrors: unknown[];
}

/** A server on a free port, with handlers of the test's own making. */
export async function listeningServer(rest: HttpHandler, options: Partial<ServerOptions> = {}): Promise<ListeningServer> {
  const internalErrors: unknown[] = [];
  const server = createServer({
    host: "127.0.0.1",
    port: 0,
    rest,
    rpc: { matches: () => false, handle: () => undefined },
    clock: systemClock,
    onInternalError: (error) => internalErrors.push(error),
    ...options,
  });
  const { port } = await server.listen();
  return { server, port, internalErrors, [Symbol.asyncDispose]: () => server.close() };
}

/** The REST API on a server of its own. */
export async function listeningRest(
  router: CallRouter,
  options: {
    operator?: Operator;
    masterKey?: string;
    maxBodyBytes?: number;
    cors?: Cors;
    isReady?: () => boolean;
    clock?: Clock;
    metrics?: RestHandlerOptions["metrics"];
    observer?: RestHandlerOptions["observer"];
    formats?: RestHandlerOptions["formats"];
  } = {},
): Promise<ListeningServer> {
  let calls = 0;
  const clock = options.clock ?? systemClock;
  const internalErrors: unknown[] = [];
  const rest = createRestHandler({
    router,
    operator: options.operator ?? new ScriptedOperator(),
    authenticator: authenticatorOf(options.masterKey),
    clock,
    maxBodyBytes: options.maxBodyBytes ?? 1_000_000,
    ids: new SealedIds(Buffer.alloc(32), testShelf(clock)),
    newCallId: () => `call-${++calls}`,
    cors: options.cors,
    metrics: options.metrics,
    observer: options.observer,
    formats: options.formats,
    isReady: options.isReady ?? (() => true),
    onInternalError: (error) => internalErrors.push(error),
  });
  const listening = await listeningServer(rest, { clock });
  return { ...listening, internalErrors };
}
