import { ConnectError, createClient, type CallOptions, type Client } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ChatService } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { readRoute, type Answer } from "./answer.ts";
import type { Mode } from "./dimensions.ts";

const ok = 0;

/** A caller by gRPC: all calls share one connection. */
export class GrpcCaller {
  readonly #client: Client<typeof ChatService>;

  constructor(origin: string) {
    this.#client = createClient(ChatService, createGrpcTransport({ baseUrl: origin }));
  }

  async ask(model: string, mode: Mode): Promise<Answer> {
    let headers = new Headers();
    const options: CallOptions = { onHeader: (received) => void (headers = received) };
    const messages = [{ role: "user", content: { kind: { case: "stringValue" as const, value: "go" } } }];
    let text = "";
    let servedModel: string | undefined;
    const answer = (error?: ConnectError): Answer => ({
      status: error?.code ?? ok,
      code: error?.findDetails(ErrorInfoSchema)[0]?.reason,
      retryAfterSeconds: retryAfterOf(error),
      text,
      model: servedModel,
      ends: error === undefined ? 1 : 0,
      route: readRoute((name) => headers.get(name) ?? error?.metadata.get(name)),
    });
    try {
      if (mode === "unary") {
        const reply = await this.#client.chatCompletion({ model, messages }, options);
        servedModel = reply.model;
        text = reply.choices[0]?.message?.content ?? "";
      } else {
        for await (const chunk of this.#client.chatCompletionStream({ model, messages, streamOptions: { includeUsage: true } }, options)) {
          servedModel ??= chunk.model;
          text += chunk.choices[0]?.delta?.content ?? "";
        }
      }
    } catch (error) {
      return answer(ConnectError.from(error));
    }
    return answer();
  }
}

function retryAfterOf(error: ConnectError | undefined): number | undefined {
  const delay = error?.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return delay === undefined ? undefined : Math.ceil(durationMs(delay) / 1_000);
}
