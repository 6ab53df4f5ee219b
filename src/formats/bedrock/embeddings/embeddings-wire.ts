import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import type { EmbeddingsWire, WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import { type EmbeddingsRequest, writeEmbeddingsReply } from "../../kit/chat/embeddings.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";

/** How Bedrock's models for embeddings are asked, each by InvokeModel with a body of its maker's: Titan, and Cohere's. */
export const embeddingsWire: EmbeddingsWire = {
  write: (request, context) => Buffer.from(JSON.stringify(bodyOf(request, context))),
  readReply: readEmbeddingsReply,
};

/** What one request takes at most of Cohere's models. */
const mostTexts = 96;

function bodyOf(request: EmbeddingsRequest, context: WriteContext): JsonMembers {
  const model = context.model.toLowerCase();
  if (model.includes("titan-embed")) return titanBody(request, model, context);
  if (/cohere\.embed|cohere-embed/.test(model)) return cohereBody(request, model, context);
  const { deploymentId } = context.target.host;
  const message = `Deployment ${deploymentId} has no embeddings that are known here: Titan's and Cohere's are.`;
  throw new RouterError("operation_not_supported", message, { deploymentId });
}

/** Titan takes one text at a time. */
function titanBody({ inputs, dimensions, rest }: EmbeddingsRequest, model: string, { target }: WriteContext): JsonMembers {
  const [inputText = "", ...others] = inputs;
  if (others.length > 0) throw cannotTake(target, "input", " of more than one text");
  if (dimensions === undefined) return { ...rest, inputText };
  if (model.includes("embed-image")) return { ...rest, inputText, embeddingConfig: { outputEmbeddingLength: dimensions } };
  if (model.includes("embed-text-v1") || model.includes("embed-g1")) throw cannotTake(target, "dimensions");
  return { ...rest, inputText, dimensions };
}

function cohereBody({ inputs, dimensions, rest }: EmbeddingsRequest, model: string, { target }: WriteContext): JsonMembers {
  if (inputs.length > mostTexts) throw cannotTake(target, "input", ` of more than ${mostTexts} texts`);
  const isThird = /-v3\b/.test(model);
  if (dimensions !== undefined && isThird) throw cannotTake(target, "dimensions");
  return {
    input_type: "search_document",
    ...rest,
    texts: inputs,
    embedding_types: ["float"],
    ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
  };
}

function readEmbeddingsReply(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError {
  const reply = parsed(body);
  const vectors = reply === undefined ? undefined : vectorsOf(reply);
  if (reply === undefined || vectors === undefined) {
    if (reply?.["message"] !== undefined) return classifyInlineError(target.host, reply, call);
    const { deploymentId } = target.host;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply without embeddings.`, { deploymentId });
  }
  return writeEmbeddingsReply(call, vectors, usageOf(reply, headers));
}

/** Titan's `embedding`, Cohere's `embeddings`, or the same by the type of their numbers. */
function vectorsOf({ embedding, embeddings, embeddingsByType }: JsonMembers): readonly (readonly number[])[] | undefined {
  const byType = isMembers(embeddingsByType) ? embeddingsByType["float"] : undefined;
  const one = embedding ?? byType;
  const all = one === undefined ? (isMembers(embeddings) ? embeddings["float"] : embeddings) : [one];
  const vectors = Array.isArray(all) ? (all as readonly JsonValue[]) : [];
  return vectors.length > 0 && vectors.every(isVector) ? vectors : undefined;
}

function isVector(value: JsonValue): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && (value as readonly JsonValue[]).every((one) => typeof one === "number");
}

/** What Titan says in its body and Bedrock in a header. */
function usageOf(reply: JsonMembers, headers: UpstreamHeaders): Usage | undefined {
  const told = reply["inputTextTokenCount"] ?? headers["x-amzn-bedrock-input-token-count"];
  const tokens = typeof told === "string" && told !== "" ? Number(told) : told;
  return typeof tokens === "number" && Number.isSafeInteger(tokens) && tokens >= 0 ? { promptTokens: tokens, outputTokens: 0 } : undefined;
}

function parsed(body: Buffer): JsonMembers | undefined {
  try {
    const value = JSON.parse(body.toString()) as JsonValue;
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
