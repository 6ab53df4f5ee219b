import { connectNodeAdapter } from "@connectrpc/connect-node";
import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";

type Script = Partial<ServiceImpl<typeof AdminService>>;

/** A server whose AdminService does what a test says, on a real port. What is not scripted it does not know, like an older one. */
export class AdminServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param key Wanted with every call, where given. */
  static async listen(script: Script, options: { readonly key?: string; readonly port?: number } = {}): Promise<AdminServer> {
    const { key, port = 0 } = options;
    const requestGate = ({ requestHeader }: { requestHeader: Headers }): void => {
      if (key !== undefined && requestHeader.get("authorization") !== `Bearer ${key}`)
        throw new ConnectError(`The key ${requestHeader.get("authorization")} is not valid here.`, Code.Unauthenticated);
    };
    const handler = connectNodeAdapter({ routes: (router) => void router.service(AdminService, script, { requestGate }) });
    const server = createServer(handler);
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new AdminServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
