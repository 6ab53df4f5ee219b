import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { cannedReply, type HostReply, type OpenAiRequest } from "./openai-replies.ts";

/** One request as the host got it. */
export interface HostHit {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The very bytes. */
  readonly body: Buffer;
  /** The same, parsed. */
  readonly json: OpenAiRequest;
  /** Resolves when the client has hung up before it had the whole reply; never otherwise. */
  readonly hungUp: Promise<void>;
}

/**
 * An OpenAI-compatible provider on a socket of its own: `/v1/…` and Azure's `/openai/deployments/NAME/…`. Writes down what it is
 * asked, and answers sensibly unless told otherwise.
 */
export class OpenAiHost {
  readonly hits: HostHit[] = [];
  readonly #server: Server;
  #queue: HostReply[] = [];
  #answer: (hit: HostHit) => HostReply = cannedReplyTo;
  #waiting: ((hit: HostHit) => void)[] = [];
  #open = 0;
  #piecesSent = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const url = new URL(request.url ?? "/", "http://host");
        const body = Buffer.concat(chunks);
        const hungUp = new Promise<void>((resolve) => {
          response.once("close", () => {
            this.#open--;
            if (!response.writableFinished) resolve();
          });
        });
        const json = parse(body);
        const { method = "", headers } = request;
        this.#open++;
        this.#take({ method, path: url.pathname, query: url.searchParams, headers, body, json, hungUp }, response);
      });
    });
    // One write, one packet: what a test cuts apart arrives apart.
    this.#server.on("connection", (socket) => socket.setNoDelay(true));
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Starts a host on a free port of this machine. */
  static async listen(): Promise<OpenAiHost> {
    const host = new OpenAiHost();
    host.#server.listen(0, "127.0.0.1");
    await once(host.#server, "listening");
    return host;
  }

  /** Scheme, host and port. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The base URL that OpenAI's own clients would be given. */
  get apiBase(): string {
    return `${this.origin}/v1`;
  }

  /** Requests that are neither answered to the end nor given up by their client. */
  get open(): number {
    return this.#open;
  }

  /** Pieces of streams that were begun to be sent, over all requests. */
  get piecesSent(): number {
    return this.#piecesSent;
  }

  /** The latest request. */
  get lastHit(): HostHit {
    const hit = this.hits.at(-1);
    if (hit === undefined) throw new Error("The host was asked nothing.");
    return hit;
  }

  /** Answers to the next requests, one each; after them it goes on as before. */
  once(...replies: readonly HostReply[]): void {
    this.#queue.push(...replies);
  }

  /** The answer to all requests that {@link once} does not cover. */
  always(answer: HostReply | ((hit: HostHit) => HostReply)): void {
    this.#answer = typeof answer === "function" ? answer : () => answer;
  }

  /** Forgets the requests so far, and answers as at the beginning. */
  reset(): void {
    this.hits.length = 0;
    this.#piecesSent = 0;
    this.#queue = [];
    this.#answer = cannedReplyTo;
  }

  /** The next request to arrive. */
  nextHit(): Promise<HostHit> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #take(hit: HostHit, response: ServerResponse): void {
    this.hits.push(hit);
    const reply = this.#queue.shift() ?? this.#answer(hit);
    void play(reply, response, () => this.#piecesSent++);
    for (const resolve of this.#waiting.splice(0)) resolve(hit);
  }
}

function cannedReplyTo(hit: HostHit): HostReply {
  return cannedReply(hit.path, hit.json);
}

function parse(body: Buffer): OpenAiRequest {
  try {
    return JSON.parse(body.toString()) as OpenAiRequest;
  } catch {
    return {};
  }
}

async function play(reply: HostReply, response: ServerResponse, onPiece: () => void): Promise<void> {
  switch (reply.kind) {
    case "reply": {
      const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
      response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
      response.end(body);
      return;
    }
    case "stream": {
      await reply.after;
      response.writeHead(200, { "content-type": "text/event-stream", ...reply.headers });
      response.flushHeaders();
      for (const [index, piece] of reply.pieces.entries()) {
        if (index > 0 && reply.gapMs !== undefined) await sleep(reply.gapMs);
        if (response.destroyed) return;
        onPiece();
        // Waits until it went out: for a client that reads slowly, and so that a connection is cut after this piece and not before it.
        await new Promise((resolve) => response.write(piece, resolve));
      }
      if (reply.end === "cut") response.destroy();
      else if (reply.end !== "hang") response.end();
      return;
    }
    case "hang":
      return;
    case "cut":
      response.destroy();
      return;
    default:
      reply satisfies never;
  }
}
