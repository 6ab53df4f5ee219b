import type { Endpoint } from "../core/endpoints.ts";
import { FormRequest } from "../formats/openai/operations/form-request.ts";
import { endpointPaths } from "../formats/openai/operation-path.ts";
import { countTokens, type MockRequest } from "./mock-answer.ts";

/** An answer that is no chat: JSON, text or bytes, or the data of events in their order. */
export type MockResult =
  | { readonly kind: "json"; readonly body: object }
  | { readonly kind: "bytes"; readonly type: string; readonly body: Buffer }
  | { readonly kind: "events"; readonly events: readonly MockEvent[] };

/** The data of one event, whose name is its type. */
interface MockEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** A request that is a form, as the mock reads it. */
export function parseForm(contentType: string, body: readonly Uint8Array[]): MockRequest {
  const form = FormRequest.read("mock", contentType, [Buffer.concat(body)]);
  if (typeof form === "string") throw new Error(`A form for the mock ${form}.`);
  const fields: Record<string, unknown> = { form_bytes: form.length };
  for (const name of ["model", "n", "stream", "prompt", "response_format"]) {
    const value = form.field(name, longestField);
    if (typeof value === "string") fields[name] = value;
  }
  return fields;
}

const longestField = 65_536;

/** What the mock answers at a path that is not of chat, completions or embeddings. Undefined for another path. */
export function operate(path: string, request: MockRequest, deploymentId: string): MockResult | undefined {
  const endpoint = (Object.keys(endpointPaths) as (keyof typeof endpointPaths)[]).find((name) => endpointPaths[name] === path);
  return endpoint === undefined ? undefined : answers[endpoint]?.(request, deploymentId);
}

const answers: Readonly<Partial<Record<Endpoint, (request: MockRequest, deploymentId: string) => MockResult>>> = {
  image_generation: (request) => images(request, "image_generation"),
  image_edit: (request) => images(request, "image_edit"),
  image_variation: (request) => images(request, "image_variation"),
  speech,
  transcription: transcribe,
  translation: transcribe,
  moderation: moderate,
  rerank,
  decisions: decide,
};

/** One white pixel, as PNG. */
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAGzDdzgAAAABJRU5ErkJggg==";
const mostImages = 10;

function images(request: MockRequest, event: string): MockResult {
  const count = Math.min(Math.max(Number(request["n"] ?? 1) || 1, 1), mostImages);
  const input = countTokens(textOf(request["prompt"]));
  const usage = { input_tokens: input, output_tokens: count, total_tokens: input + count };
  if (isYes(request["stream"])) {
    const partial = { type: `${event}.partial_image`, partial_image_index: 0, b64_json: pixel };
    return { kind: "events", events: [partial, { type: `${event}.completed`, b64_json: pixel, usage }] };
  }
  return { kind: "json", body: { created: 0, data: Array.from({ length: count }, () => ({ b64_json: pixel })), usage } };
}

/** A sixteenth of a second of silence for each character, up to half a minute: 8-bit samples, 8,000 times a second, as WAV. */
function speech(request: MockRequest): MockResult {
  const samples = Buffer.alloc(Math.min(textOf(request["input"]).length, 480) * 500, 0x80);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  for (const [at, value, isLong] of wavFields)
    if (isLong) head.writeUInt32LE(value, at);
    else head.writeUInt16LE(value, at);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples.length, 40);
  const audio = Buffer.concat([head, samples]);
  if (request["stream_format"] !== "sse") return { kind: "bytes", type: "audio/wav", body: audio };
  const tokens = countTokens(textOf(request["input"]));
  const usage = { input_tokens: tokens, output_tokens: tokens, total_tokens: tokens * 2 };
  return {
    kind: "events",
    events: [
      { type: "speech.audio.delta", audio: audio.toString("base64") },
      { type: "speech.audio.done", usage },
    ],
  };
}

/** Length of the format's description, PCM, one channel, samples and bytes per second, bytes and bits per sample. */
const wavFields: readonly (readonly [at: number, value: number, isLong: boolean])[] = [
  [16, 16, true],
  [20, 1, false],
  [22, 1, false],
  [24, 8_000, true],
  [28, 8_000, true],
  [32, 1, false],
  [34, 8, false],
];

/** Says what it was given, since it hears nothing. One second for each 16 KB. */
function transcribe(request: MockRequest, deploymentId: string): MockResult {
  const bytes = Number(request["form_bytes"] ?? 0);
  const text = `The mock deployment ${deploymentId} was sent a form of ${bytes} bytes.`;
  const seconds = Math.ceil(bytes / 16_384);
  const usage = { type: "duration", seconds };
  if (isYes(request["stream"])) {
    return {
      kind: "events",
      events: [
        { type: "transcript.text.delta", delta: text },
        { type: "transcript.text.done", text, usage },
      ],
    };
  }
  switch (request["response_format"]) {
    case "text":
      return { kind: "bytes", type: "text/plain; charset=utf-8", body: Buffer.from(`${text}\n`) };
    case "verbose_json":
      return { kind: "json", body: { task: "transcribe", language: "english", duration: seconds, text, segments: [], usage } };
    default:
      return { kind: "json", body: { text, usage } };
  }
}

function moderate(request: MockRequest): MockResult {
  const { input, model } = request;
  const results = (Array.isArray(input) ? input : [input]).map(() => ({ flagged: false, categories: {}, category_scores: {} }));
  return { kind: "json", body: { id: "modr-mock", model, results } };
}

/** The more of the query's words a document has, the better it fits. */
function rerank(request: MockRequest): MockResult {
  const { query, documents, top_n: most, return_documents: wantsDocuments } = request;
  const words = wordsOf(query);
  const results = (Array.isArray(documents) ? (documents as readonly unknown[]) : []).map((document, index) => {
    const found = new Set(wordsOf(document));
    const score = words.length === 0 ? 0 : words.filter((word) => found.has(word)).length / words.length;
    return { index, relevance_score: score, ...(wantsDocuments === true ? { document } : {}) };
  });
  const best = results.toSorted((one, other) => other.relevance_score - one.relevance_score);
  const shown = typeof most === "number" ? best.slice(0, most) : best;
  return { kind: "json", body: { id: "rerank-mock", results: shown, meta: { billed_units: { search_units: 1 } } } };
}

function decide(request: MockRequest): MockResult {
  const { questions, model } = request;
  const results = (Array.isArray(questions) ? questions : []).map((_, index) => ({ index, probability: 0.5 }));
  return { kind: "json", body: { id: "decision-mock", object: "decision", model, results } };
}

function wordsOf(value: unknown): readonly string[] {
  const text: unknown = typeof value === "object" && value !== null && "text" in value ? value.text : value;
  return (typeof text === "string" ? text : JSON.stringify(text ?? "")).toLowerCase().match(/\p{L}+/gu) ?? [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isYes(value: unknown): boolean {
  return value === true || value === "true";
}
