import { create, toBinary } from "@bufbuild/protobuf";
import { ChatCompletionRequestSchema } from "../../gen/huntgroup/v1/chat_pb.ts";
import { streamingMark, type Streaming } from "./canned-reply.ts";

/** The name that callers ask every gateway for. */
export const benchModel = "bench-group";

/** @param bytes How large the prompt is to be, about; the rest of the body is 0.1 KB. */
function chatPrompt(bytes: number, streaming?: Streaming): string {
  return (streaming === undefined ? "" : streamingMark(streaming)).padEnd(bytes, "x");
}

export function chatBody(promptBytes: number, streaming?: Streaming): string {
  const content = chatPrompt(promptBytes, streaming);
  return JSON.stringify({ model: benchModel, stream: streaming !== undefined, messages: [{ role: "user", content }] });
}

/** The same for gRPC. */
export function chatMessage(promptBytes: number, streaming?: Streaming): Uint8Array {
  const content = { kind: { case: "stringValue", value: chatPrompt(promptBytes, streaming) } } as const;
  return toBinary(
    ChatCompletionRequestSchema,
    create(ChatCompletionRequestSchema, { model: benchModel, messages: [{ role: "user", content }] }),
  );
}
