import { createRouterTransport, type Transport } from "@connectrpc/connect";
import type { CallRouter } from "../../src/core/call-router.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { createRpcHandler, type RpcHandlerOptions } from "../../src/rpc/handler.ts";
import { HealthState } from "../../src/rpc/standard/health-state.ts";
import { endEmpty } from "../../src/rpc/library-handler.ts";
import { createRoutes } from "../../src/rpc/routes.ts";
import { createServer, type ServerOptions } from "../../src/server/server.ts";
import { authenticatorOf } from "./authenticator-of.ts";
import { ScriptedOperator } from "./scripted-operator.ts";

export interface RpcFixtureOptions {
  readonly masterKey?: string;
  readonly clock?: Clock;
  readonly operator?: ScriptedOperator;
  readonly observer?: RpcHandlerOptions["observer"];
  readonly onInternalError?: (error: unknown) => void;
}

/** The RPC door's routes without a socket. */
export function inMemory(router: CallRouter, options: RpcFixtureOptions = {}): { transport: Transport; health: HealthState } {
  const health = new HealthState();
  return { transport: createRouterTransport(createRoutes({ ...common(router, options), health })), health };
}

export interface ListeningRpc extends AsyncDisposable {
  readonly http1Url: string;
  readonly http2Url: string;
  readonly http2Port: number;
  drain(): void;
}

/** The RPC door on a real port. */
export async function listening(
  router: CallRouter,
  options: RpcFixtureOptions &
    Partial<Pick<RpcHandlerOptions, "readMaxBytes" | "cors" | "grpcFastPath">> &
    Pick<ServerOptions, "limits"> = {},
): Promise<ListeningRpc> {
  const { readMaxBytes = 1_000_000, cors, grpcFastPath } = options;
  const handler = createRpcHandler({ ...common(router, options), readMaxBytes, cors, grpcFastPath });
  const server = createServer({
    host: "127.0.0.1",
    port: 0,
    rest: (_request, response) => endEmpty(response, 404),
    rpc: handler,
    // The connections' own times are real, whatever those of the calls are.
    clock: systemClock,
    limits: options.limits,
    onInternalError: (error) => {
      throw error;
    },
  });
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  return {
    http1Url: url,
    http2Url: url,
    http2Port: port,
    drain: () => handler.drain(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function common(router: CallRouter, options: RpcFixtureOptions) {
  let calls = 0;
  return {
    router,
    operator: options.operator ?? new ScriptedOperator(),
    version: "1.2.3",
    authenticator: authenticatorOf(options.masterKey),
    clock: options.clock ?? systemClock,
    observer: options.observer,
    newCallId: () => `call-${++calls}`,
    onInternalError:
      options.onInternalError ??
      ((error: unknown) => {
        throw error;
      }),
  };
}
