import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../src/lib/clock.ts";

/** What the host does with a request, as good or as badly as it is told. Times in milliseconds. */
export type HostBehaviour =
  | {
      readonly kind: "answer";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string | Buffer;
      /** Before the head. Default 0. */
      readonly afterMs?: number;
    }
  | {
      readonly kind: "stream";
      /** One write each. */
      readonly pieces: Iterable<string | Buffer>;
      /** Default: `text/event-stream`. */
      readonly contentType?: string;
      /** Before each piece. Default 0: as fast as the client reads. */
      readonly gapMs?: number;
      /** After the last piece; "cut" breaks the connection off, "hang" leaves it open. Default "end". */
      readonly end?: "end" | "cut" | "hang";
    }
  /** Goes silent: at once, or when it has sent a head that promises an answer. */
  | { readonly kind: "hang"; readonly after: "nothing" | "head"; readonly contentType?: string }
  /** Takes the request and resets the connection. */
  | { readonly kind: "reset" };

/**
 * A provider that misbehaves on purpose, by path: `/KEY/v1/…` plays what was set for KEY, so that many tests share one socket without
 * touching each other. Notes when each request came.
 */
export class FaultyHost {
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #behaviours = new Map<string, HostBehaviour>();
  readonly #hits = new Map<string, number[]>();
  #open = 0;

  private constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      this.#open++;
      response.once("close", () => this.#open--);
      void this.#take(request, response);
    });
    // One write, one packet: pieces arrive as they were cut.
    this.#server.on("connection", (socket) => socket.setNoDelay(true));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Starts a host on a free port of this machine. */
  static async listen(clock: Clock): Promise<FaultyHost> {
    const host = new FaultyHost(clock);
    host.#server.listen(0, "127.0.0.1");
    await once(host.#server, "listening");
    return host;
  }

  /** The base URL under which `key`'s behaviour is met. */
  apiBase(key: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${key}/v1`;
  }

  /** @param key Letters, digits and hyphens. */
  play(key: string, behaviour: HostBehaviour): void {
    this.#behaviours.set(key, behaviour);
  }

  /** When the requests for `key` came, by the host's clock. */
  hits(key: string): readonly number[] {
    return this.#hits.get(key) ?? [];
  }

  /** Requests that are neither answered to the end nor given up by their client. */
  get open(): number {
    return this.#open;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = this.#clock.now();
    request.resume();
    await once(request, "end");
    const key = request.url?.split("/")[1] ?? "";
    const hits = this.#hits.get(key);
    if (hits === undefined) this.#hits.set(key, [arrivedAt]);
    else hits.push(arrivedAt);
    const unknown: HostBehaviour = { kind: "answer", status: 501, body: `nothing is set for ${key}` };
    await play(this.#behaviours.get(key) ?? unknown, response, this.#clock);
  }
}

async function play(behaviour: HostBehaviour, response: ServerResponse, clock: Clock): Promise<void> {
  const pause = (ms = 0) => (ms === 0 ? undefined : new Promise<void>((resolve) => clock.schedule(ms, resolve)));
  switch (behaviour.kind) {
    case "answer":
      await pause(behaviour.afterMs);
      response.writeHead(behaviour.status ?? 200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(behaviour.body),
        ...behaviour.headers,
      });
      response.end(behaviour.body);
      return;
    case "stream":
      response.writeHead(200, { "content-type": behaviour.contentType ?? "text/event-stream" });
      response.flushHeaders();
      for (const piece of behaviour.pieces) {
        await pause(behaviour.gapMs);
        if (response.destroyed) return;
        // Waits until it went out: for a client that reads slowly, and so that a connection is cut after this piece and not before it.
        await new Promise((resolve) => response.write(piece, resolve));
      }
      if (behaviour.end === "cut") response.destroy();
      else if (behaviour.end !== "hang") response.end();
      return;
    case "hang":
      if (behaviour.after === "nothing") return;
      response.writeHead(200, { "content-type": behaviour.contentType ?? "application/json" });
      response.flushHeaders();
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    default:
      behaviour satisfies never;
  }
}
