/**
 * A provider that costs as little as possible: the same canned completion for every request, streamed in the way that the prompt asks for.
 * Speaks OpenAI's REST, the APIs of `native-replies.ts`, and gRPC for the pass-throughs on a port of its own: `http://…` and `grpc://…` in its first line. `PORT` is where REST is to listen.
 */
import { fromJson, toBinary } from "@bufbuild/protobuf";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { ChatCompletionResponseSchema, ChatCompletionStreamResponseSchema } from "../../gen/huntgroup/v1/chat_pb.ts";
import { readStreamingMark, replyChunks, wholeReply, type Streaming } from "../support/canned-reply.ts";
import { grpcFrame } from "../support/grpc-frames.ts";
import { HttpReader } from "../support/http-reader.ts";
import { nativeRepliesAt, type NativeReplies } from "../support/native-replies.ts";

/** The prompt begins within these bytes of a body. */
const openingBytes = 1_024;

/** What is answered over HTTP, ready-made. */
class HttpReplies {
  readonly whole: Buffer;
  readonly streamHead: Buffer;
  readonly #frames: (chunks: number) => readonly (string | Buffer)[];
  readonly #streams = new Map<number, readonly Buffer[]>();

  constructor({ wholeType, streamType, whole, frames }: NativeReplies) {
    const body = Buffer.from(whole());
    const head = `HTTP/1.1 200 OK\r\ncontent-type: ${wholeType}\r\ncontent-length: ${body.length}\r\n\r\n`;
    this.whole = Buffer.concat([Buffer.from(head), body]);
    this.streamHead = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${streamType}\r\ntransfer-encoding: chunked\r\n\r\n`);
    this.#frames = frames;
  }

  stream(chunks: number): readonly Buffer[] {
    return made(this.#streams, chunks, () => this.#frames(chunks).map(httpChunk));
  }
}

const openAi = new HttpReplies({
  wholeType: "application/json",
  streamType: "text/event-stream",
  whole: () => JSON.stringify(wholeReply),
  frames: (count) => [...replyChunks(count).map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`),
});
const natives = new Map<NativeReplies, HttpReplies>();
const streamEnd = Buffer.from("0\r\n\r\n");

/** @param head The start line and the headers. */
function repliesFor(head: string): HttpReplies {
  const native = nativeRepliesAt(head.split(" ", 2)[1] ?? "");
  if (native === undefined) return openAi;
  const replies = natives.get(native) ?? new HttpReplies(native);
  natives.set(native, replies);
  return replies;
}

/** Ready-made, by number of chunks. */
const grpcStreams = new Map<number, readonly Buffer[]>();
const grpcReply = grpcFrame(toBinary(ChatCompletionResponseSchema, fromJson(ChatCompletionResponseSchema, wholeReply)));

function httpChunk(frame: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), Buffer.from(frame), Buffer.from("\r\n")]);
}

function grpcStream(chunks: number): readonly Buffer[] {
  const schema = ChatCompletionStreamResponseSchema;
  return made(grpcStreams, chunks, () => replyChunks(chunks).map((chunk) => grpcFrame(toBinary(schema, fromJson(schema, chunk)))));
}

function made(cache: Map<number, readonly Buffer[]>, chunks: number, make: () => readonly Buffer[]): readonly Buffer[] {
  const found = cache.get(chunks) ?? make();
  cache.set(chunks, found);
  return found;
}

/** Hands over what is to be written, piece by piece or all at once. @returns Stops it. */
function pace(pieces: readonly Buffer[], paceMs: number, write: (piece: Buffer) => void, end: () => void): () => void {
  if (paceMs === 0) {
    write(Buffer.concat(pieces));
    end();
    return () => {};
  }
  // Who speaks comes with the first word, the end with the last.
  const steps = [pieces.slice(0, 2), ...pieces.slice(2, -2).map((piece) => [piece]), pieces.slice(-2)].map((step) => Buffer.concat(step));
  let next = 0;
  const step = (): void => {
    const piece = steps[next++];
    if (piece !== undefined) write(piece);
    if (next < steps.length) return;
    clearInterval(timer);
    end();
  };
  const timer = setInterval(step, paceMs);
  step();
  return () => clearInterval(timer);
}

function serveHttp(socket: Socket): void {
  socket.setNoDelay(true);
  let opening = "";
  let replies = openAi;
  let stop: (() => void) | undefined;
  const reader = new HttpReader({
    onHead(head) {
      opening = "";
      replies = repliesFor(head);
    },
    onBody(data) {
      if (opening.length < openingBytes) opening += data.toString("latin1", 0, openingBytes);
    },
    onEnd() {
      const streaming = readStreamingMark(opening);
      if (streaming === undefined) socket.write(replies.whole);
      else stop = streamHttp(socket, replies, streaming);
    },
  });
  socket.on("data", (data: Buffer) => reader.push(data));
  socket.on("error", () => {});
  socket.on("close", () => stop?.());
}

function streamHttp(socket: Socket, replies: HttpReplies, { chunks, paceMs }: Streaming): () => void {
  socket.cork();
  socket.write(replies.streamHead);
  const stop = pace(
    replies.stream(chunks),
    paceMs,
    (piece) => socket.write(piece),
    () => socket.write(streamEnd),
  );
  socket.uncork();
  return stop;
}

function serveGrpc(stream: ServerHttp2Stream): void {
  let opening = "";
  let stop: (() => void) | undefined;
  stream.on("data", (data: Buffer) => {
    if (opening.length < openingBytes) opening += data.toString("latin1", 0, openingBytes);
  });
  stream.on("end", () => {
    if (stream.destroyed) return;
    stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
    const streaming = readStreamingMark(opening);
    if (streaming === undefined) stream.end(grpcReply);
    else
      stop = pace(
        grpcStream(streaming.chunks),
        streaming.paceMs,
        (piece) => stream.write(piece),
        () => stream.end(),
      );
  });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.on("error", () => {});
  stream.on("close", () => stop?.());
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => server.listen(port, "127.0.0.1", 4_096, () => resolve((server.address() as AddressInfo).port)));
}

const grpc = createHttp2Server({ settings: { maxConcurrentStreams: 100_000 } });
grpc.on("stream", serveGrpc);
const grpcPort = await listen(grpc, 0);
const port = await listen(createServer(serveHttp), Number(process.env["PORT"] ?? 0));
process.stdout.write(`grpc://127.0.0.1:${grpcPort} http://127.0.0.1:${port}\n`);
process.on("SIGTERM", () => process.exit(0));
