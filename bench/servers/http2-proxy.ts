/**
 * What gRPC can cost in Node: node:http2 as server and as client, each message parsed, changed and written by protobuf-es, and nothing of a
 * library in between. It has no deadlines, no limits and no manners.
 */
import { fromBinary, toBinary, type MessageShape } from "@bufbuild/protobuf";
import { connect, createServer, type ClientHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  ChatCompletionRequestSchema,
  ChatCompletionResponseSchema,
  ChatCompletionStreamResponseSchema,
} from "../../gen/huntgroup/v1/chat_pb.ts";
import { grpcFrame, GrpcFrameReader } from "../support/grpc-frames.ts";

const upstream: ClientHttp2Session = connect(`http://127.0.0.1:${process.env["UPSTREAM_GRPC_PORT"] ?? ""}`);

type Schema = typeof ChatCompletionRequestSchema | typeof ChatCompletionResponseSchema | typeof ChatCompletionStreamResponseSchema;

/** The same message with another model name, framed. */
function renamed(schema: Schema, bytes: Uint8Array, model: string): Buffer {
  const message: MessageShape<Schema> = fromBinary(schema, bytes);
  message.model = model;
  return grpcFrame(toBinary(schema, message));
}

function serve(stream: ServerHttp2Stream, path: string): void {
  const schema = path.endsWith("Stream") ? ChatCompletionStreamResponseSchema : ChatCompletionResponseSchema;
  let answered = false;
  const requests = new GrpcFrameReader((request) => {
    const call = upstream.request({ ":method": "POST", ":path": path, "content-type": "application/grpc+proto", te: "trailers" });
    const replies = new GrpcFrameReader((reply) => {
      if (!answered) stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
      answered = true;
      stream.write(renamed(schema, reply, "bench-group"));
    });
    call.on("data", (data: Buffer) => replies.push(data));
    call.on("end", () => stream.end());
    call.end(renamed(ChatCompletionRequestSchema, request, "bench"));
  });
  stream.on("data", (data: Buffer) => requests.push(data));
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.on("error", () => {});
}

const server = createServer({ settings: { maxConcurrentStreams: 100_000 } });
server.on("stream", (stream: ServerHttp2Stream, headers) => serve(stream, headers[":path"] ?? ""));
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
process.on("SIGTERM", () => process.exit(0));
