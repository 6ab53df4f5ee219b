/**
 * The baseline of gRPC: @grpc/grpc-js as server and as client, each call passed on. Messages stay bytes; with `PARSE=1` both ends parse and
 * write them, by proto-loader, as they come from the proto files.
 */
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type MethodDefinition,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { projectFile } from "../support/project-file.ts";

type Message = Buffer | object;

const definitions = loadSync("huntgroup/v1/chat.proto", { includeDirs: [projectFile("proto")], keepCase: true, longs: Number });
const parsed = definitions["huntgroup.v1.ChatService"] as ServiceDefinition;
const keep = (bytes: Buffer): Buffer => bytes;
const service =
  process.env["PARSE"] === "1"
    ? parsed
    : Object.fromEntries(
        Object.entries(parsed).map(([name, method]) => [
          name,
          { ...method, requestSerialize: keep, requestDeserialize: keep, responseSerialize: keep, responseDeserialize: keep },
        ]),
      );

const upstream = new Client(`127.0.0.1:${process.env["UPSTREAM_GRPC_PORT"] ?? ""}`, credentials.createInsecure());
const unary = service["ChatCompletion"] as MethodDefinition<Message, Message>;
const streaming = service["ChatCompletionStream"] as MethodDefinition<Message, Message>;

const implementation: UntypedServiceImplementation = {
  ChatCompletion(call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) {
    upstream.makeUnaryRequest(unary.path, unary.requestSerialize, unary.responseDeserialize, call.request, (error, reply) =>
      callback(error, reply),
    );
  },
  ChatCompletionStream(call: ServerWritableStream<Message, Message>) {
    const reply = upstream.makeServerStreamRequest(streaming.path, streaming.requestSerialize, streaming.responseDeserialize, call.request);
    reply.on("data", (message: Message) => call.write(message));
    reply.on("end", () => call.end());
    reply.on("error", (error) => call.emit("error", error));
  },
};

const server = new Server();
server.addService(service, implementation);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
