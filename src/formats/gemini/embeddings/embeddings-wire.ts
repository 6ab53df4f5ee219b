import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { EmbeddingsWire, WriteContext } from "../../kit/chat/chat-adapter.ts";
import { cannotTake } from "../../kit/chat/chat-rules.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { type EmbeddingsRequest, writeEmbeddingsReply } from "../../kit/chat/embeddings.ts";
import { requestOf } from "../../kit/chat/read-chat.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { brokenReply } from "../reply/read-content.ts";
import { inCamelCase } from "../request/generation-config.ts";
import type { GeminiHost } from "../request/gemini-host.ts";
import { readContentUsage } from "../usage/read-usage.ts";

/** Makes the wire of embeddings of hosts of one kind. */
export function createEmbeddingsWire(host: GeminiHost): EmbeddingsWire {
  const writers = { batch: batchOf, predict: predictionOf, content: contentOf };
  return {
    write: (request, context) => Buffer.from(JSON.stringify(writers[host.embeddings(context.model)](request, context))),
    readReply(call, _headers, body, target) {
      const reply = parsed(body);
      if (reply?.["error"] !== undefined) return classifyInlineError(target.host, reply, call);
      const found = reply === undefined ? [] : embeddingsIn(reply);
      const vectors = found.flatMap(({ values }) => (isVector(values) ? [values] : []));
      const { input } = requestOf(call);
      if (reply === undefined || vectors.length !== (Array.isArray(input) ? input.length : 1)) {
        return brokenReply(target, "other embeddings than it was asked for");
      }
      return writeEmbeddingsReply(call, vectors, readContentUsage(reply["usageMetadata"], false) ?? countedIn(found));
    },
  };
}

/** What Google calls by other names than OpenAI's callers, who may write it with underscores. */
function ownMembers(rest: JsonMembers): JsonMembers {
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [inCamelCase(name), value]));
}

/** `batchEmbedContents`. */
function batchOf({ inputs, dimensions, rest }: EmbeddingsRequest, { model }: WriteContext): JsonMembers {
  const name = model.includes("/") ? model : `models/${model}`;
  const shared = { ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }), ...ownMembers(rest) };
  return { requests: inputs.map((text) => ({ model: name, content: { parts: [{ text }] }, ...shared })) };
}

/** `predict`. */
function predictionOf({ inputs, dimensions, rest }: EmbeddingsRequest): JsonMembers {
  const { taskType, title, ...own } = ownMembers(rest);
  const shared = { ...(taskType === undefined ? {} : { task_type: taskType }), ...(title === undefined ? {} : { title }) };
  const parameters = { ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }), ...own };
  return {
    instances: inputs.map((content) => ({ content, ...shared })),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}

/** `embedContent`, which makes one embedding of all that it is given. All else stands in its settings. */
function contentOf({ inputs, dimensions, rest }: EmbeddingsRequest, { target }: WriteContext): JsonMembers {
  const [text] = inputs;
  if (text === undefined || inputs.length > 1) throw cannotTake(target, "input", ": its model embeds one text at a time");
  const embedContentConfig = { ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }), ...ownMembers(rest) };
  return { content: { parts: [{ text }] }, ...(Object.keys(embedContentConfig).length === 0 ? {} : { embedContentConfig }) };
}

/** The embeddings of a reply, by whichever method: of a batch, of a single text, of a prediction. */
function embeddingsIn({ embeddings, embedding, predictions }: JsonMembers): readonly JsonMembers[] {
  if (isMembers(embedding)) return [embedding];
  if (Array.isArray(embeddings)) return (embeddings as readonly JsonValue[]).filter(isMembers);
  const listed = Array.isArray(predictions) ? (predictions as readonly JsonValue[]).filter(isMembers) : [];
  return listed.map(({ embeddings: one }) => (isMembers(one) ? one : {}));
}

function isVector(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "number");
}

/** Predictions count the tokens of each text. */
function countedIn(found: readonly JsonMembers[]): Usage | undefined {
  let tokens = 0;
  for (const { statistics } of found) {
    const count = isMembers(statistics) ? (statistics["token_count"] ?? statistics["tokenCount"]) : undefined;
    if (typeof count !== "number" || count < 0) return undefined;
    tokens += count;
  }
  return { promptTokens: Math.ceil(tokens), outputTokens: 0 };
}

function parsed(body: Buffer): JsonMembers | undefined {
  try {
    const value = JSON.parse(body.toString()) as JsonValue;
    const only: JsonValue | undefined = Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
    return isMembers(only) ? only : undefined;
  } catch {
    return undefined;
  }
}
