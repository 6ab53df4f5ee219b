import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { isObject } from "./shape.ts";

/** A request as the host got it. */
export interface ApiRequest {
  readonly method: string;
  /** As it was sent, escapes included, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Empty where the body is no JSON object. */
  readonly json: JsonMembers;
}

/** What the host answers, in the very bytes. */
export interface ApiReply {
  readonly kind: "reply";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Each goes out in a write of its own. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** Default: the reply ends. `hang`: nothing more comes, and no end. */
  readonly end?: "cut" | "end" | "hang";
}

/** A provider's API: what it refuses, and how it says what is in a script. */
export interface StrictApi {
  /** @returns Its refusal, as documented; undefined for a request that it takes. */
  refuse(request: ApiRequest): ApiReply | undefined | Promise<ApiReply | undefined>;
  reply(request: ApiRequest, answer: ScriptedAnswer): ApiReply;
}

/** What comes of a request: an answer in the API's own words, or the very bytes. */
type Scripted = ScriptedAnswer | ApiReply;

/** A provider on a socket of its own, as strict as its documentation. Answers what it is told to, in the order in which it is told. */
export class StrictHost {
  /** Requests that were taken. */
  readonly hits: ApiRequest[] = [];
  /** Why requests were refused, in the API's words. */
  readonly refusals: string[] = [];
  /** How each stream is cut into writes; undefined: one for each event. */
  pieceBytes: number | undefined;
  readonly #api: StrictApi;
  readonly #server: Server;
  #script: Scripted[] = [];
  #always: ((request: ApiRequest) => Scripted) | undefined;
  #open = 0;

  private constructor(api: StrictApi) {
    this.#api = api;
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on("connection", (socket) => socket.setNoDelay(true));
  }

  static async listen(api: StrictApi): Promise<StrictHost> {
    const host = new StrictHost(api);
    host.#server.listen(0, "127.0.0.1");
    await once(host.#server, "listening");
    return host;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get lastHit(): ApiRequest {
    const hit = this.hits.at(-1);
    if (hit === undefined) throw new Error(`The host took no request; it refused: ${this.refusals.join("; ") || "none"}`);
    return hit;
  }

  /** Requests that are neither answered to the end nor given up by their client. */
  get open(): number {
    return this.#open;
  }

  /** What the next requests are answered, one each, as far as they are not refused. */
  script(...replies: readonly Scripted[]): void {
    this.#script.push(...replies);
  }

  /** What all requests are answered that {@link script} does not cover. */
  always(answer: (request: ApiRequest) => Scripted): void {
    this.#always = answer;
  }

  reset(): void {
    this.hits.length = 0;
    this.refusals.length = 0;
    this.#script = [];
    this.#always = undefined;
    this.pieceBytes = undefined;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open++;
    response.once("close", () => this.#open--);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = "", url = "/", headers } = incoming;
    const [path = "", query = ""] = url.split("?");
    const body = Buffer.concat(chunks);
    const request = { method, path, query: new URLSearchParams(query), headers, body, json: parsed(body) };
    const refusal = await this.#api.refuse(request);
    if (refusal === undefined) this.hits.push(request);
    else this.refusals.push(refusal.pieces.map(String).join(""));
    const next = refusal ?? this.#script.shift() ?? this.#always?.(request);
    if (next === undefined) {
      response.writeHead(501).end("the script is at its end");
      return;
    }
    await this.#play(next.kind === "answer" ? this.#api.reply(request, next) : next, response);
  }

  async #play({ status, headers, pieces, end }: ApiReply, response: ServerResponse): Promise<void> {
    response.writeHead(status, headers);
    for (const piece of this.#cut(pieces)) {
      if (response.destroyed) return;
      await new Promise((resolve) => response.write(piece, resolve));
    }
    if (end === "cut") response.destroy();
    else if (end !== "hang") response.end();
  }

  #cut(pieces: ApiReply["pieces"]): readonly (string | Uint8Array)[] {
    const size = this.pieceBytes;
    if (size === undefined) return pieces;
    const whole = Buffer.concat(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
    return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size));
  }
}

export function jsonReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ApiReply {
  return { kind: "reply", status, headers: { "content-type": "application/json", ...headers }, pieces: [JSON.stringify(body)] };
}

/** Server-sent events, each with a name where it has one. */
export function eventsReply(
  events: readonly { readonly name?: string; readonly data: unknown }[],
  options: { readonly headers?: Readonly<Record<string, string>>; readonly isCut?: boolean } = {},
): ApiReply {
  return {
    kind: "reply",
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", ...options.headers },
    pieces: events.map(({ name, data }) => `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`),
    end: options.isCut === true ? "cut" : "end",
  };
}

function parsed(body: Buffer): JsonMembers {
  try {
    const value = JSON.parse(body.toString()) as JsonValue;
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
