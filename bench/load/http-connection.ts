import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { chatPhrases } from "../support/canned-reply.ts";
import { HttpReader } from "../support/http-reader.ts";
import { PhraseCounter } from "../support/phrase-counter.ts";
import type { Endpoint } from "./jobs.ts";

export interface Answer {
  readonly status: number;
  /** Chunks with content; 1 of a right answer that is not a stream. */
  readonly chunks: number;
  /** From the request to the first content; NaN when there was none. */
  readonly firstChunkMs: number;
  readonly largestGapMs: number;
  readonly tookMs: number;
  /** What a refusal says. */
  readonly refusal: string;
}

/** The bytes of a request, made once and sent many times. */
export function httpRequest({ host, port, path, headers }: Endpoint, body: string): Buffer {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    "content-type: application/json",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** A connection that is kept alive, with one request at a time. Looks no closer at the answers than it must to tell right from wrong. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #counter: PhraseCounter;
  #status = 0;
  #sentAt = 0;
  #firstChunkAt = Number.NaN;
  #lastChunkAt = Number.NaN;
  #largestGapMs = 0;
  #refusal = "";
  #settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, phrase: string) {
    this.#socket = socket;
    this.#counter = new PhraseCounter(phrase);
    socket.setNoDelay(true);
    const reader = new HttpReader({
      onHead: (head) => (this.#status = Number(head.slice(9, 12))),
      onBody: (data) => this.#look(data),
      onEnd: () => this.#end(),
    });
    socket.on("data", (data: Buffer) => reader.push(data));
    socket.on("error", (error) => this.#settle?.reject(error));
    socket.on("close", () => this.#settle?.reject(new Error("the connection was closed before the answer was whole")));
  }

  static async open({ host, port, phrase = chatPhrases.whole }: Endpoint): Promise<HttpConnection> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new HttpConnection(socket, phrase);
  }

  exchange(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#counter.reset();
      this.#largestGapMs = 0;
      this.#firstChunkAt = Number.NaN;
      this.#sentAt = performance.now();
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#settle = undefined;
    this.#socket.destroy();
  }

  #look(data: Buffer): void {
    if (this.#status !== 200) this.#refusal = data.toString("utf8", 0, 300);
    const before = this.#counter.count;
    this.#counter.push(data);
    if (this.#counter.count === before) return;
    const now = performance.now();
    if (before === 0) this.#firstChunkAt = now;
    else this.#largestGapMs = Math.max(this.#largestGapMs, now - this.#lastChunkAt);
    this.#lastChunkAt = now;
  }

  #end(): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve({
      status: this.#status,
      chunks: this.#counter.count,
      firstChunkMs: this.#firstChunkAt - this.#sentAt,
      largestGapMs: this.#largestGapMs,
      tookMs: performance.now() - this.#sentAt,
      refusal: this.#refusal,
    });
  }
}

/** So many at a time that no server's backlog overflows. */
const openAtOnce = 100;

export async function openConnections(endpoint: Endpoint, count: number): Promise<readonly HttpConnection[]> {
  const connections: HttpConnection[] = [];
  while (connections.length < count) {
    const batch = Math.min(openAtOnce, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: batch }, () => HttpConnection.open(endpoint)))));
  }
  return connections;
}

/** Throws unless it is the right answer. */
export function checkAnswer({ status, chunks, refusal }: Answer, expectedChunks: number): void {
  if (status !== 200 || chunks !== expectedChunks)
    throw new Error(`status ${status} with ${chunks} pieces of content; expected 200 with ${expectedChunks}. ${refusal}`);
}
