import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatNumber, chatText, refuse } from "./chat-fields.ts";
import { requestOf } from "./read-chat.ts";

/** A request for embeddings, its parameters by their kind. Undefined is what the request does not say. */
export interface EmbeddingsRequest {
  /** Never empty. */
  readonly inputs: readonly string[];
  readonly dimensions: number | undefined;
  /** All other members of the request as they came: `task_type`, `input_type`, … */
  readonly rest: JsonMembers;
}

/**
 * Reads the members of a request for embeddings.
 * @throws RouterError, the caller's, which names the member at fault; `cannot_serve_this` for inputs of tokens, which are those of OpenAI's models.
 */
export function readEmbeddings(members: JsonMembers): EmbeddingsRequest {
  const { model: _model, input, dimensions, encoding_format: encoding, ...rest } = members;
  const format = chatText(encoding, "encoding_format");
  if (format !== undefined && format !== "float" && format !== "base64") refuse("encoding_format", "float or base64");
  const inputs = typeof input === "string" ? [input] : Array.isArray(input) ? (input as readonly JsonValue[]) : [];
  if (inputs.some(isTokens)) {
    const message = "`input` of tokens is known to OpenAI's models alone. Send texts.";
    throw new RouterError("cannot_serve_this", message, { param: "input" });
  }
  if (inputs.length === 0 || !inputs.every((one) => typeof one === "string")) refuse("input", "a text or a list of texts");
  return { inputs, dimensions: chatNumber(dimensions, "dimensions"), rest };
}

/** A token, or a list of them: OpenAI takes one text or several. */
function isTokens(input: JsonValue): boolean {
  return typeof input === "number" || (Array.isArray(input) && input.length > 0 && input.every((one) => typeof one === "number"));
}

/**
 * Writes a reply with embeddings as OpenAI's.
 * @param vectors One for each input, in their order.
 * @param told Undefined where the provider does not tell: then the input's size stands for its tokens.
 */
export function writeEmbeddingsReply(call: Call, vectors: readonly (readonly number[])[], told: Usage | undefined): DecodedReply {
  const request = requestOf(call);
  const usage = told ?? estimated(request["input"]);
  const isPacked = request["encoding_format"] === "base64";
  const data = vectors.map((vector, index) => ({ object: "embedding", index, embedding: isPacked ? packed(vector) : vector }));
  const { promptTokens: tokens } = usage;
  const reply = { object: "list", data, model: call.model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  return { format: openAiFormat, body: Buffer.from(JSON.stringify(reply)), usage };
}

/** Floats of 32 bits, the lowest byte first, as OpenAI's clients unpack them. */
function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString("base64");
}

/** What a token of text is as a rule. */
const bytesPerToken = 4;

function estimated(input: JsonValue | undefined): Usage {
  const bytes = Buffer.byteLength(typeof input === "string" ? input : Array.isArray(input) ? input.join("") : "");
  return { promptTokens: Math.ceil(bytes / bytesPerToken), outputTokens: 0, estimated: true };
}
