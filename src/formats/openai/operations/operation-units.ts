import type { Endpoint } from "../../../core/endpoints.ts";
import type { MediaTokens, UnitCounts, Usage } from "../../../core/outcome.ts";
import type { Call } from "../../../core/call.ts";
import { readUsage } from "../usage/read-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** More than any host makes at once. */
const mostImages = 1_000;
/** More than any recording has, and than any request searches. A number beyond it is a fault. */
const mostSeconds = 1_000_000;
/**
 * The bytes of one second of sound as CDs have it and more: two channels of 16 bits, 48,000 times. Few recordings have more, so what is sent
 * lasts at least its bytes' part of that.
 */
const densestSecond = 192_000;

/** What a request in JSON asks for that is priced by the piece. @param input How many characters of `input` it has, where that was counted. */
export function jsonUnits(endpoint: Endpoint, n: unknown, countCharacters: () => number): UnitCounts | undefined {
  switch (endpoint) {
    case "image_generation":
    case "image_edit":
    case "image_variation":
      return { images: imagesOf(n) };
    case "speech":
      return { characters: countCharacters() };
    case "rerank":
      return { queries: 1 };
    default:
      return undefined;
  }
}

/** The same of a form. Of a recording, the shortest that it can be stands for how long it is. */
export function formUnits(endpoint: Endpoint, bytes: number, n: string | undefined): UnitCounts {
  return endpoint === "image_edit" || endpoint === "image_variation" ? { images: imagesOf(n) } : { seconds: bytes / densestSecond };
}

function imagesOf(n: unknown): number {
  const number = Number(n ?? 1);
  return number >= 1 ? Math.min(Math.ceil(number), mostImages) : 1;
}

/** What a reply tells besides its `usage`. */
export interface ToldUnits {
  readonly images?: number | undefined;
  readonly meta?: unknown;
  readonly duration?: unknown;
}

/**
 * What a call has used: the tokens and pieces that the reply tells, else the pieces that the request tells.
 * @param told The reply's `usage`.
 */
export function readOperationUsage({ endpoint, units = {} }: Pick<Call, "endpoint" | "units">, told: unknown, reply: ToldUnits): Usage {
  const usage = fieldsOf(told);
  const meta = fieldsOf(reply.meta);
  const counted = readUsage(told, onlyInput.has(endpoint) ? "embeddings" : endpoint) ?? readUsage(meta, "embeddings");
  const tokens = counted ?? { promptTokens: 0, outputTokens: 0 };
  const seconds = amount(usage?.["seconds"]) ?? amount(reply.duration);
  // Nobody has told how long it was, nor what it came to: it is as long at least as it can be.
  const isGuessed = units.seconds !== undefined && seconds === undefined && counted === undefined;
  const found: UnitCounts = {
    images: units.images === undefined ? undefined : (reply.images ?? units.images),
    seconds: seconds ?? (isGuessed ? units.seconds : undefined),
    characters: units.characters,
    queries: units.queries === undefined ? undefined : (amount(fieldsOf(meta?.["billed_units"])?.["search_units"]) ?? units.queries),
  };
  const media = mediaOf(endpoint, tokens, usage);
  return { ...tokens, ...present(found), ...(media === undefined ? {} : { media }), ...(isGuessed ? { estimated: true } : {}) };
}

/** Endpoints whose answers are not counted in tokens: all that are told are of the prompt. */
const onlyInput: ReadonlySet<Endpoint> = new Set(["rerank", "moderation"]);

function mediaOf(endpoint: Endpoint, { promptTokens, outputTokens }: Usage, usage: Fields | undefined): MediaTokens | undefined {
  const input = fieldsOf(usage?.["input_tokens_details"] ?? usage?.["input_token_details"] ?? usage?.["prompt_tokens_details"]);
  const output = fieldsOf(usage?.["output_tokens_details"] ?? usage?.["output_token_details"] ?? usage?.["completion_tokens_details"]);
  const [images, sounds] = [atMost(input?.["image_tokens"], promptTokens), atMost(input?.["audio_tokens"], promptTokens)];
  switch (endpoint) {
    case "image_generation":
    case "image_edit":
    case "image_variation":
      return filled({ inputImage: images, outputImage: atMost(output?.["image_tokens"], outputTokens) ?? outputTokens });
    case "speech":
      return filled({ outputAudio: outputTokens });
    case "transcription":
    case "translation":
      return filled({ inputAudio: sounds });
    default:
      return undefined;
  }
}

function atMost(value: unknown, most: number): number | undefined {
  const count = amount(value);
  return count === undefined ? undefined : Math.min(Math.ceil(count), most);
}

function filled(media: MediaTokens): MediaTokens | undefined {
  const members = Object.entries(media).filter(([, count]) => count !== undefined && count > 0);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function present(units: UnitCounts): UnitCounts {
  return Object.fromEntries(Object.entries(units).filter(([, count]) => count !== undefined));
}

function amount(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,9}(?:\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number <= mostSeconds ? number : undefined;
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
