import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { type AwsKeys, signatureFault } from "./aws-signature.ts";
import { awsError } from "./bedrock-api.ts";
import { googleError } from "./gemini-api.ts";
import { type Fields, fieldsOf, flag, integer, isObject, listOf, matching, may, must, oneOf, type Shape } from "./shape.ts";
import { type ApiReply, type ApiRequest, jsonReply, type StrictApi } from "./strict-host.ts";

/** What fakes embed a text as. Not all of it are numbers that 32 bits hold. */
export function vectorOf(text: string): readonly number[] {
  return [text.length / 8, -0.1, 0.25];
}

/** As many tokens have fakes for a text. */
export function tokensOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.split(" ").length, 0);
}

const filled = matching(/\S/);

interface Content {
  readonly role?: string;
  readonly parts: readonly { readonly text: string }[];
}
const content = fieldsOf<Content>({
  role: may(oneOf("user")),
  parts: must(listOf(fieldsOf<Content["parts"][number]>({ text: must(filled) }))),
});

interface Settings {
  readonly taskType?: string;
  readonly title?: string;
  readonly outputDimensionality?: number;
}
const tasks = ["RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING"];
const settings: Fields<Settings> = { taskType: may(oneOf(...tasks)), title: may(filled), outputDimensionality: may(integer(1, 3072)) };

interface BatchItem extends Settings {
  readonly model: string;
  readonly content: Content;
}
const batch = fieldsOf<{ readonly requests: readonly BatchItem[] }>({
  requests: must(listOf(fieldsOf<BatchItem>({ ...settings, model: must(filled), content: must(content) }))),
});

function textsOf(contents: readonly Content[]): readonly string[] {
  return contents.map(({ parts }) => parts.map(({ text }) => text).join(""));
}

/** AI Studio's embeddings, by a key. */
export class GeminiEmbeddingsApi implements StrictApi {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  refuse({ method, path, headers, json }: ApiRequest): ApiReply | undefined {
    const [, model] = /^\/v1(?:beta)?\/models\/([^/:]+):batchEmbedContents$/.exec(path) ?? [];
    if (headers["x-goog-api-key"] !== this.#key) return googleError(400, "INVALID_ARGUMENT", "API key not valid.");
    if (method !== "POST" || model === undefined) return googleError(404, "NOT_FOUND", `${path} is not found`);
    const fault = batch(json, "");
    if (fault !== undefined) return googleError(400, "INVALID_ARGUMENT", fault);
    const { requests } = json as unknown as { requests: readonly BatchItem[] };
    if (requests.length > 100) return googleError(400, "INVALID_ARGUMENT", "at most 100 requests can be in one batch");
    const isOne = requests.every((one) => one.model === `models/${model}`);
    return isOne ? undefined : googleError(400, "INVALID_ARGUMENT", "requests: all models must be the one of the path");
  }

  reply({ json }: ApiRequest): ApiReply {
    const texts = textsOf((json["requests"] as unknown as readonly BatchItem[]).map((one) => one.content));
    // It says nothing of tokens for models of before.
    return jsonReply(200, { embeddings: texts.map((text) => ({ values: vectorOf(text) })) });
  }
}

interface Instance {
  readonly content: string;
  readonly task_type?: string;
  readonly title?: string;
}
const prediction = fieldsOf<{ readonly instances: readonly Instance[]; readonly parameters?: JsonMembers }>({
  instances: must(listOf(fieldsOf<Instance>({ content: must(filled), task_type: may(oneOf(...tasks)), title: may(filled) }))),
  parameters: may(
    fieldsOf<{ outputDimensionality?: number; autoTruncate?: boolean }>({
      outputDimensionality: may(integer(1, 3072)),
      autoTruncate: may(flag),
    }),
  ),
});
const embedContent = fieldsOf<{ readonly content: Content; readonly embedContentConfig?: Settings }>({
  content: must(content),
  embedContentConfig: may(fieldsOf<Settings & { autoTruncate?: boolean }>({ ...settings, autoTruncate: may(flag) })),
});

/** Vertex AI's embeddings, by a token: instances of a prediction, or one content at a time of its newer models. */
export class VertexEmbeddingsApi implements StrictApi {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  refuse({ method, path, headers, json }: ApiRequest): ApiReply | undefined {
    const [, model = "", operation] =
      /^\/v1\/projects\/[^/]+\/locations\/[^/]+\/publishers\/google\/models\/([^/:]+):(predict|embedContent)$/.exec(path) ?? [];
    if (headers.authorization !== `Bearer ${this.#token}`) return googleError(401, "UNAUTHENTICATED", "invalid credentials");
    const isNew = model.startsWith("gemini-embedding-2");
    if (method !== "POST" || operation !== (isNew ? "embedContent" : "predict"))
      return googleError(404, "NOT_FOUND", `${path} is not found`);
    const fault = isNew ? embedContent(json, "") : prediction(json, "");
    if (fault !== undefined) return googleError(400, "INVALID_ARGUMENT", fault);
    const instances = json["instances"] as readonly JsonValue[] | undefined;
    return (instances?.length ?? 1) > 250
      ? googleError(400, "INVALID_ARGUMENT", "251 instances are given; at most 250 are allowed")
      : undefined;
  }

  reply({ json }: ApiRequest): ApiReply {
    const { instances, content: one } = json as unknown as { instances?: readonly Instance[]; content?: Content };
    if (one !== undefined) {
      const [text = ""] = textsOf([one]);
      return jsonReply(200, { embedding: { values: vectorOf(text) }, usageMetadata: { promptTokenCount: tokensOf([text]) } });
    }
    const predictions = (instances ?? []).map(({ content: text }) => ({
      embeddings: { values: vectorOf(text), statistics: { token_count: tokensOf([text]), truncated: false } },
    }));
    return jsonReply(200, { predictions, metadata: { billableCharacterCount: 9 } });
  }
}

interface Titan {
  readonly inputText: string;
  readonly dimensions?: number;
  readonly normalize?: boolean;
  readonly embeddingTypes?: readonly string[];
}
const titanSize: Shape = (value, path) =>
  [256, 512, 1024].some((size) => size === value) ? undefined : `${path}: must be one of 256, 512, 1024`;
const titan = fieldsOf<Titan>({
  inputText: must(filled),
  dimensions: may(titanSize),
  normalize: may(flag),
  embeddingTypes: may(listOf(oneOf("float", "binary"))),
});
const firstTitan = fieldsOf<Pick<Titan, "inputText">>({ inputText: must(filled) });

interface Cohere {
  readonly texts: readonly string[];
  readonly input_type: string;
  readonly truncate?: string;
  readonly embedding_types?: readonly string[];
}
const cohere: Fields<Cohere> = {
  texts: must(listOf(filled)),
  input_type: must(oneOf("search_document", "search_query", "classification", "clustering")),
  truncate: may(oneOf("NONE", "START", "END", "LEFT", "RIGHT")),
  embedding_types: may(listOf(oneOf("float", "int8", "uint8", "binary", "ubinary"))),
};
const cohereSize: Shape = (value, path) =>
  [256, 512, 1024, 1536].some((size) => size === value) ? undefined : `${path}: must be one of 256, 512, 1024, 1536`;
const cohereThree = fieldsOf<Cohere>(cohere);
const cohereFour = fieldsOf<Cohere & { readonly output_dimension?: number }>({ ...cohere, output_dimension: may(cohereSize) });

function bedrockShape(model: string): Shape | undefined {
  if (model.includes("titan-embed-text-v2")) return titan;
  if (model.includes("titan-embed-text-v1")) return firstTitan;
  if (model.includes("cohere.embed-v4")) return cohereFour;
  return model.includes("cohere.embed-") ? cohereThree : undefined;
}

/** The embeddings of Titan and Cohere at Bedrock, by signed requests. */
export class BedrockEmbeddingsApi implements StrictApi {
  readonly #keys: AwsKeys;
  readonly #region: string;

  constructor(keys: AwsKeys, region: string) {
    this.#keys = keys;
    this.#region = region;
  }

  async refuse(request: ApiRequest): Promise<ApiReply | undefined> {
    const unsigned = await signatureFault(request, this.#keys, this.#region);
    if (unsigned !== undefined) return awsError(403, unsigned.type, unsigned.message);
    const { method, path, json } = request;
    const [, id] = /^\/model\/([^/]+)\/invoke$/.exec(path) ?? [];
    const shape = id === undefined ? undefined : bedrockShape(decodeURIComponent(id));
    if (method !== "POST" || shape === undefined) return awsError(404, "UnknownOperationException", "");
    const fault = shape(json, "");
    if (fault !== undefined) return awsError(400, "ValidationException", `Malformed input request: ${fault}`);
    const texts = json["texts"] as readonly JsonValue[] | undefined;
    return (texts?.length ?? 1) > 96 ? awsError(400, "ValidationException", "texts: expected maximum item count: 96") : undefined;
  }

  reply({ json }: ApiRequest): ApiReply {
    const { inputText, texts = [], embedding_types: types } = json as unknown as Partial<Titan & Cohere>;
    if (inputText !== undefined) {
      const embedding = vectorOf(inputText);
      return jsonReply(200, { embedding, embeddingsByType: { float: embedding }, inputTextTokenCount: tokensOf([inputText]) });
    }
    const vectors = texts.map(vectorOf);
    const byType = types === undefined ? { embeddings: vectors, response_type: "embeddings_floats" } : { embeddings: { float: vectors } };
    const headers = { "x-amzn-bedrock-input-token-count": String(tokensOf(texts)) };
    return jsonReply(200, { id: "fake", texts, response_type: "embeddings_by_type", ...byType }, headers);
  }
}

/** The inputs of a request for embeddings, by whichever API. */
export function inputsIn(json: JsonMembers): number {
  const all = json["requests"] ?? json["instances"] ?? json["texts"];
  return Array.isArray(all) ? all.length : isObject(json) ? 1 : 0;
}
