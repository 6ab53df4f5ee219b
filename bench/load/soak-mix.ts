import { constants, type ClientHttp2Session } from "node:http2";
import { connect } from "node:net";
import { chatBody, chatMessage } from "../support/chat-request.ts";
import type { Streaming } from "../support/canned-reply.ts";
import { grpcFrame } from "../support/grpc-frames.ts";
import { beginCall, call, openSession } from "./grpc-calls.ts";
import { checkAnswer, httpRequest, openConnections, type HttpConnection } from "./http-connection.ts";
import type { Endpoint } from "./jobs.ts";

const chunks = 12;
const burst: Streaming = { chunks, paceMs: 0 };
/** Slow enough to be left in the middle. */
const slow: Streaming = { chunks, paceMs: 20 };

const unaryPath = "/huntgroup.v1.ChatService/ChatCompletion";
const streamPath = "/huntgroup.v1.ChatService/ChatCompletionStream";

/** One caller: its REST connection, and the gRPC connection that it shares. */
interface Caller {
  readonly http: HttpConnection;
  readonly grpc: ClientHttp2Session;
}

interface Kind {
  readonly name: string;
  /** Of all requests. */
  readonly share: number;
  run(caller: Caller): Promise<void>;
}

/** All that callers do, in shares: whole answers and streams over REST and gRPC, and calls that are abandoned. Every answer must be right. */
export class SoakMix {
  /** Of each kind, how many there were. */
  readonly counts: Record<string, number> = {};
  readonly #callers: readonly Caller[];
  readonly #sessions: readonly ClientHttp2Session[];
  readonly #kinds: readonly Kind[];
  #begun = 0;

  private constructor(callers: readonly Caller[], sessions: readonly ClientHttp2Session[], endpoint: Endpoint) {
    this.#callers = callers;
    this.#sessions = sessions;
    this.#kinds = kindsOf(endpoint);
  }

  static async open(endpoint: Endpoint, callers: number, sessions: number): Promise<SoakMix> {
    const http = await openConnections(endpoint, callers);
    const grpc = await Promise.all(Array.from({ length: sessions }, () => openSession(endpoint.port)));
    return new SoakMix(
      http.map((connection, index) => ({ http: connection, grpc: grpc[index % sessions]! })),
      grpc,
      endpoint,
    );
  }

  /** Makes so many requests, and returns when none is under way any more. @param onRequest Told before each, with its number. */
  async run(requests: number, onRequest: (number: number) => void): Promise<void> {
    const until = this.#begun + requests;
    await Promise.all(
      this.#callers.map(async (caller) => {
        while (this.#begun < until) {
          const number = this.#begun++;
          onRequest(number);
          const kind = this.#kindOf(number);
          this.counts[kind.name] = (this.counts[kind.name] ?? 0) + 1;
          await kind.run(caller);
        }
      }),
    );
  }

  close(): void {
    for (const { http } of this.#callers) http.close();
    for (const session of this.#sessions) session.destroy();
  }

  /** The same mix in every run, well stirred: the golden ratio's multiples are spread evenly. */
  #kindOf(number: number): Kind {
    let place = (number * 0.618_033_988_749_895) % 1;
    for (const kind of this.#kinds) {
      if (place < kind.share) return kind;
      place -= kind.share;
    }
    return this.#kinds[0]!;
  }
}

function kindsOf(endpoint: Endpoint): readonly Kind[] {
  const rest = (bytes: number, streaming?: Streaming): Buffer => httpRequest(endpoint, chatBody(bytes, streaming));
  const [small, large, restBurst, restSlow] = [rest(300), rest(20_000), rest(300, burst), rest(300, slow)];
  const [message, grpcBurst, grpcSlow] = [undefined, burst, slow].map((streaming) => grpcFrame(chatMessage(300, streaming))) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  return [
    { name: "REST", share: 0.35, run: async ({ http }) => checkAnswer(await http.exchange(small), 1) },
    { name: "REST, 20 KB", share: 0.05, run: async ({ http }) => checkAnswer(await http.exchange(large), 1) },
    { name: "REST stream", share: 0.2, run: async ({ http }) => checkAnswer(await http.exchange(restBurst), chunks) },
    { name: "gRPC", share: 0.2, run: ({ grpc: session }) => call(session, unaryPath, message, 1) },
    { name: "gRPC stream", share: 0.15, run: ({ grpc: session }) => call(session, streamPath, grpcBurst, chunks) },
    { name: "REST, abandoned at once", share: 0.01, run: () => abandonHttp(endpoint, small, false) },
    { name: "REST stream, abandoned", share: 0.015, run: () => abandonHttp(endpoint, restSlow, true) },
    { name: "gRPC, abandoned at once", share: 0.01, run: ({ grpc: session }) => abandonCall(session, unaryPath, message, false) },
    { name: "gRPC stream, abandoned", share: 0.015, run: ({ grpc: session }) => abandonCall(session, streamPath, grpcSlow, true) },
  ];
}

/** Hangs up: as soon as the request is sent, or with the first bytes of the answer. */
function abandonHttp({ host, port }: Endpoint, request: Buffer, awaitAnswer: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.on("connect", () => socket.write(request, () => awaitAnswer || socket.destroy()));
    socket.on("data", () => socket.destroy());
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
}

function abandonCall(session: ClientHttp2Session, path: string, frame: Buffer, awaitAnswer: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = beginCall(session, path);
    const leave = (): void => stream.close(constants.NGHTTP2_CANCEL);
    stream.on("data", leave);
    stream.on("error", reject);
    stream.on("close", () => resolve());
    stream.end(frame, () => awaitAnswer || leave());
  });
}
