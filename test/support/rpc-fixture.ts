import { createRouterTransport, type Transport } from "@connectrpc/connect";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { CallRouter } from "../../src/core/call-router.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { createRpcHandler, type RpcHandlerOptions } from "../../src/rpc/handler.ts";
import { HealthState } from "../../src/rpc/standard/health-state.ts";
import { createRoutes } from "../../src/rpc/routes.ts";
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

/** The RPC door on two real ports, one for each version of HTTP. */
export async function listening(
  router: CallRouter,
  options: RpcFixtureOptions & Partial<Pick<RpcHandlerOptions, "readMaxBytes" | "cors" | "grpcFastPath">> = {},
): Promise<ListeningRpc> {
  const { readMaxBytes = 1_000_000, cors, grpcFastPath } = options;
  const handler = createRpcHandler({ ...common(router, options), readMaxBytes, cors, grpcFastPath });
  const http1 = createHttp1Server((request, response) => handler.handle(request, response));
  const requests = createHttp2Server((request, response) => handler.handle(request, response));
  const http2 = createHttp2Server();
  http2.on("stream", (stream: ServerHttp2Stream, headers, flags, rawHeaders) => {
    stream.on("error", () => {});
    const isTaken = handler.handleStream(stream, { headers, rawHeaders, address: stream.session?.socket.remoteAddress });
    if (!isTaken) requests.emit("stream", stream, headers, flags, rawHeaders);
  });
  const sockets = new Set<Socket>();
  for (const server of [http1, http2]) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  }
  const ports = await Promise.all(
    [http1, http2].map(
      (server) => new Promise<number>((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port))),
    ),
  );
  const [http1Port = 0, http2Port = 0] = ports;
  return {
    http1Url: `http://127.0.0.1:${http1Port}`,
    http2Url: `http://127.0.0.1:${http2Port}`,
    http2Port,
    drain: () => handler.drain(),
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([http1, http2].map((server) => new Promise((resolve) => server.close(resolve))));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
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
