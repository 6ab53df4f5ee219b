import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server on which what a client sends can be kept under way. What the server sends passes. */
export interface HoldingProxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing arrives. @returns When the first bytes are being held. */
  hold(): Promise<void>;
  /** Delivers what was held, and what comes after it. */
  release(): void;
}

export async function holdingProxy(targetPort: number): Promise<HoldingProxy> {
  let holding: (() => void) | undefined;
  const held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(targetPort, "127.0.0.1");
    client.on("data", (bytes) => {
      if (holding === undefined) {
        server.write(bytes);
        return;
      }
      held.push(() => server.write(bytes));
      holding();
    });
    server.on("data", (bytes) => client.write(bytes));
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    port: (proxy.address() as AddressInfo).port,
    hold: () => new Promise((resolve) => (holding = resolve)),
    release() {
      holding = undefined;
      for (const deliver of held.splice(0)) deliver();
    },
    async [Symbol.asyncDispose]() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
      await once(proxy, "close");
    },
  };
}
