import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateEmbeddingsRequestSchema,
  CreateEmbeddingsResponseSchema,
  type EmbeddingService,
} from "../../../gen/huntgroup/v1/embedding_pb.ts";
import { bodyOf } from "./chat-call.ts";
import { readServiceCall, type ChatServiceOptions } from "./service-call.ts";
import { answerWhole } from "./whole-answer.ts";

/** `CreateEmbeddings`: one call, answered whole. */
export function createEmbeddings(options: ChatServiceOptions): ServiceImpl<typeof EmbeddingService>["createEmbeddings"] {
  return (request, context) => {
    const body = bodyOf(CreateEmbeddingsRequestSchema, request);
    const call = readServiceCall(options, body, { endpoint: "embeddings", stream: false }, context);
    return answerWhole(options, call, CreateEmbeddingsResponseSchema, context);
  };
}
