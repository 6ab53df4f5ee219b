import { isUtf8 } from "node:buffer";
import type { Call, Endpoint } from "../core/call.ts";
import { RouterError } from "../core/errors.ts";
import { findJsonFault } from "../lib/json-fault.ts";
import { scanMembers } from "../lib/json-splice.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { withoutTrailingCommas } from "./without-trailing-commas.ts";

export interface CallContext {
  readonly endpoint: Endpoint;
  /** The model that the request's path names; it wins over the body's. */
  readonly pathModel: string | undefined;
  readonly callId: string;
  /** Milliseconds on the router's clock. */
  readonly now: number;
  /** The same scale: when the caller stops waiting. */
  readonly deadline?: number | undefined;
}

/**
 * Reads a request in OpenAI's JSON. Only what the router acts on is checked; everything else is between the caller and the provider.
 * A trailing comma is forgiven (the bytes that go out are then without it); any other fault of the JSON is not.
 * @returns The call, or `invalid_request` that names the field at fault, or the place in the text; `deadline_exceeded` when it is too late already.
 */
export function readCall(bytes: Buffer, context: CallContext): Result<Call, RouterError> {
  if (context.deadline !== undefined && context.deadline <= context.now) {
    return err(new RouterError("deadline_exceeded", "The call's deadline had passed when the request was read."));
  }
  const text = parseBody(bytes);
  return text instanceof RouterError ? err(text) : readFields(text, context);
}

interface ParsedBody {
  readonly bytes: Buffer;
  readonly fields: JsonObject;
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseBody(bytes: Buffer): ParsedBody | RouterError {
  if (!isUtf8(bytes)) return invalid("The request body is not valid UTF-8.");
  if (bytes.length === 0) return invalid("The request body is empty; a JSON object is expected.");
  const strict = tryParse(bytes);
  if (strict !== undefined) return asObject(bytes, strict.value);
  const fixed = withoutTrailingCommas(bytes);
  const tolerant = fixed === undefined ? undefined : tryParse(fixed);
  if (fixed !== undefined && tolerant !== undefined) return asObject(fixed, tolerant.value);
  const fault = findJsonFault((fixed ?? bytes).toString());
  if (fault === undefined) return invalid("The request body is not valid JSON.");
  const { line, column, offset, expected, found } = fault;
  return invalid(
    `The request body is not valid JSON: line ${line}, column ${column} (offset ${offset}): expected ${expected}, found ${found}.`,
  );
}

function tryParse(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return undefined;
  }
}

function asObject(bytes: Buffer, value: unknown): ParsedBody | RouterError {
  return isObject(value) ? { bytes, fields: value } : invalid(`The request body must be a JSON object, not ${describe(value)}.`);
}

function readFields({ bytes, fields }: ParsedBody, context: CallContext): Result<Call, RouterError> {
  const reader = new FieldReader(fields);
  const model = context.pathModel ?? reader.requiredText("model");
  // Embeddings have no streamed form; whether to refuse the field is the provider's business.
  const stream = context.endpoint === "embeddings" ? false : (reader.flag("stream", "stream") ?? false);
  const includeUsage = reader.nested("stream_options")?.flag("include_usage", "stream_options.include_usage") ?? false;
  const maxOutputTokens = reader.count("max_completion_tokens") ?? reader.count("max_tokens");
  const numRetries = reader.retries("num_retries");
  const timeoutMs = reader.seconds("timeout") ?? reader.seconds("request_timeout");
  const streamTimeoutMs = reader.seconds("stream_timeout");
  if (reader.problem !== undefined) return err(reader.problem);
  return ok({
    id: context.callId,
    endpoint: context.endpoint,
    model,
    stream,
    includeUsage,
    body: { bytes, members: scanMembers(bytes) },
    maxOutputTokens,
    deadline: context.deadline,
    numRetries,
    timeoutMs,
    streamTimeoutMs,
  });
}

/** Reads typed fields and keeps the first problem; `null` counts as absent everywhere, as it does in OpenAI's API. */
class FieldReader {
  readonly #fields: JsonObject;
  readonly #problems: RouterError[];

  constructor(fields: JsonObject, problems: RouterError[] = []) {
    this.#fields = fields;
    this.#problems = problems;
  }

  get problem(): RouterError | undefined {
    return this.#problems[0];
  }

  requiredText(key: string): string {
    const value = this.#get(key);
    if (typeof value === "string" && value !== "") return value;
    if (value === undefined) this.#refuse(key, `The field \`${key}\` is required: the name of a model.`);
    else this.#refuse(key, `The field \`${key}\` must be a non-empty string, not ${describe(value)}.`);
    return "";
  }

  flag(key: string, param: string): boolean | undefined {
    const value = this.#get(key);
    if (value === undefined || typeof value === "boolean") return value;
    this.#refuse(param, `The field \`${param}\` must be true or false, not ${describe(value)}.`);
    return undefined;
  }

  nested(key: string): FieldReader | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (isObject(value)) return new FieldReader(value, this.#problems);
    this.#refuse(key, `The field \`${key}\` must be an object, not ${describe(value)}.`);
    return undefined;
  }

  /** A number of tokens. Which numbers a provider takes is its own business (some read -1 as no limit); only a positive one is a cap. */
  count(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (typeof value === "number") return value > 0 ? value : undefined;
    this.#refuse(key, `The field \`${key}\` must be a number, not ${describe(value)}.`);
    return undefined;
  }

  retries(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
    this.#refuse(key, `The field \`${key}\` must be a whole number, 0 or more, not ${describe(value)}.`);
    return undefined;
  }

  /** @returns Milliseconds. */
  seconds(key: string): number | undefined {
    const value = this.#get(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value > 0) return value * 1_000;
    this.#refuse(key, `The field \`${key}\` must be a number of seconds above 0, not ${describe(value)}.`);
    return undefined;
  }

  #get(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? (this.#fields[key] ?? undefined) : undefined;
  }

  #refuse(param: string, message: string): void {
    this.#problems.push(invalid(message, param));
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value for a message: shown where it is short, else only its type. */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value.length <= 40 ? `the string ${JSON.stringify(value)}` : "a string";
  return `the ${typeof value} ${JSON.stringify(value)}`;
}

function invalid(message: string, param?: string): RouterError {
  return new RouterError("invalid_request", message, { param });
}
