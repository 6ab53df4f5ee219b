import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

/** One conversation as the host has it. */
export interface RealtimeVisit {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  /** What was said to it. */
  readonly heard: string[];
}

/** How the host takes a request for a conversation: opens it, or refuses with a status. */
type Mood = { readonly kind: "open" } | { readonly kind: "refuse"; readonly status: number; readonly body: string };

/** A provider of conversations in messages. It greets, and answers each `response.create` with one answer of a known usage. */
export class RealtimeHost {
  readonly visits: RealtimeVisit[] = [];
  mood: Mood = { kind: "open" };
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });

  private constructor() {
    this.#http = createServer((_request, response) => response.writeHead(404).end());
    this.#http.on("upgrade", (request: IncomingMessage, socket, head) => {
      const { mood } = this;
      if (mood.kind === "open") this.#sockets.handleUpgrade(request, socket, head, (one) => this.#greet(request, one));
      else
        socket.end(
          `HTTP/1.1 ${mood.status} No\r\ncontent-type: application/json\r\ncontent-length: ${mood.body.length}\r\n\r\n${mood.body}`,
        );
    });
  }

  static async listen(): Promise<RealtimeHost> {
    const host = new RealtimeHost();
    host.#http.listen(0, "127.0.0.1");
    await once(host.#http, "listening");
    return host;
  }

  get base(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/v1`;
  }

  #greet(request: IncomingMessage, socket: WebSocket): void {
    const visit: RealtimeVisit = { request, socket, heard: [] };
    this.visits.push(visit);
    socket.on("message", (data: Buffer) => {
      const text = data.toString();
      visit.heard.push(text);
      if (!text.includes('"response.create"')) return;
      socket.send(`{"type":"response.created","event_id":"e2","response":{"id":"resp_1"}}`);
      socket.send(`{"type":"response.output_text.delta","event_id":"e3","delta":"Hi","response_id":"resp_1"}`);
      socket.send(realtimeDone);
    });
    socket.send(`{"type":"session.created","event_id":"e1","session":{"id":"sess_1","model":"gpt-realtime"}}`);
  }

  async close(): Promise<void> {
    for (const { socket } of this.visits) socket.terminate();
    this.#http.close();
    this.#http.closeAllConnections();
    await once(this.#http, "close");
  }
}

/** What the host ends an answer with: 100 tokens of input, 40 of them audio, and 50 of output, 30 of them audio. */
export const realtimeDone = JSON.stringify({
  type: "response.done",
  event_id: "e4",
  response: {
    id: "resp_1",
    status: "completed",
    usage: {
      total_tokens: 150,
      input_tokens: 100,
      output_tokens: 50,
      input_token_details: { text_tokens: 60, audio_tokens: 40, cached_tokens: 0 },
      output_token_details: { text_tokens: 20, audio_tokens: 30 },
    },
  },
});
