import { isUtf8 } from "node:buffer";
import type { Call, FallbackTable, FallbackTarget } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import { checkObject } from "../../../lib/json/check-object.ts";
import { scanMembers } from "../../../lib/json/json-splice.ts";
import { type JsonText, PiecedText } from "../../../lib/json/json-text.ts";
import { repairJson } from "../../../lib/json/repair-json.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { readCallFallbacks, readCallFallbackTable } from "./call-fallbacks.ts";
import { describe, FieldReader, isObject, type FieldProblem, type JsonFields } from "./field-reader.ts";

/**
 * Reads a request in OpenAI's JSON, whole or in the pieces that it came in. Only the fields that the router acts on are checked; all others are
 * between the caller and the provider. A trailing comma is forgiven, and the bytes that go out are without it. Any other fault of the JSON is
 * refused.
 * @returns The call, or `invalid_request` that names the field or the place at fault; `deadline_exceeded` when the deadline has passed.
 */
export function readCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  if (isTooLate(context)) return err(tooLate());
  const text = parsePieces(Buffer.isBuffer(body) ? [body] : body);
  return text instanceof RouterError ? err(text) : readFields(text, context);
}

/** The same for a request that this program has written from another protocol's. @param fields The object that `bytes` were written from. */
export function readWrittenCall(bytes: Buffer, fields: JsonFields, context: CallContext): Result<Call, RouterError> {
  return isTooLate(context) ? err(tooLate()) : readFields({ text: { bytes, members: scanMembers(bytes) }, fields }, context);
}

function isTooLate({ deadline, now }: CallContext): boolean {
  return deadline !== undefined && deadline <= now;
}

function tooLate(): RouterError {
  return new RouterError("deadline_exceeded", "The call's deadline had passed when the request was read.");
}

interface ParsedBody {
  readonly text: JsonText;
  /** The parsed fields. In a large body, those that only the model reads are null. */
  readonly fields: JsonFields;
}

/** Smaller bodies are parsed in less time than it takes to look at them in any other way. */
const largeBytes = 16_384;

/** Fields that only the model reads. */
const contentKeys: ReadonlySet<string> = new Set(["messages", "prompt", "input", "tools", "functions"]);

/** Up to this size, a body that comes in pieces is read in memory that is kept for it. A copy of its own would cost more than all the rest. */
const mostScratchBytes = 4 * 1024 * 1024;
let scratch = Buffer.alloc(0);

function parsePieces(pieces: readonly Buffer[]): ParsedBody | RouterError {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return parseBody(only);
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (length >= largeBytes && length <= mostScratchBytes) {
    const large = parseLarge(together(pieces, length));
    if (large !== undefined) return { text: new PiecedText(pieces, large.text.members), fields: large.fields };
  }
  return parseBody(Buffer.concat(pieces, length));
}

/** @returns A view of the scratch memory, which must not be kept. */
function together(pieces: readonly Buffer[], length: number): Buffer {
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(Math.max(length, 2 * scratch.length));
  let at = 0;
  for (const piece of pieces) {
    scratch.set(piece, at);
    at += piece.length;
  }
  return scratch.subarray(0, length);
}

function parseBody(bytes: Buffer): ParsedBody | RouterError {
  const large = bytes.length < largeBytes ? undefined : parseLarge(bytes);
  if (large !== undefined) return large;
  if (!isUtf8(bytes)) return invalid("The request body is not valid UTF-8.");
  if (bytes.length === 0) return invalid("The request body is empty; a JSON object is expected.");
  const strict = tryParse(bytes);
  if (strict !== undefined) return asObject(bytes, strict.value);
  const repaired = repairJson(bytes);
  if (Buffer.isBuffer(repaired)) {
    const tolerant = tryParse(repaired);
    return tolerant === undefined ? invalid("The request body is not valid JSON.") : asObject(repaired, tolerant.value);
  }
  const { line, column, offset, expected, found } = repaired;
  return invalid(
    `The request body is not valid JSON: line ${line}, column ${column} (offset ${offset}): expected ${expected}, found ${found}.`,
  );
}

/**
 * Checks all of a large body, but parses only what the router acts on, so a prompt becomes no string.
 * @returns undefined when it is not a valid object; the usual way then finds what is wrong.
 */
function parseLarge(bytes: Buffer): ParsedBody | undefined {
  const members = isUtf8(bytes) ? checkObject(bytes) : undefined;
  if (members === undefined) return undefined;
  const fields = { __proto__: null } as unknown as Record<string, unknown>;
  for (const { key, valueStart, valueEnd } of members)
    fields[key] = contentKeys.has(key) ? null : (JSON.parse(bytes.toString("utf8", valueStart, valueEnd)) as unknown);
  return { text: { bytes, members }, fields };
}

function tryParse(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return undefined;
  }
}

function asObject(bytes: Buffer, value: unknown): ParsedBody | RouterError {
  return isObject(value)
    ? { text: { bytes, members: scanMembers(bytes) }, fields: value }
    : invalid(`The request body must be a JSON object, not ${describe(value)}.`);
}

function readFields({ text: body, fields }: ParsedBody, context: CallContext): Result<Call, RouterError> {
  const problems: FieldProblem[] = [];
  const reader = new FieldReader(fields, "", problems);
  const model = context.pathModel ?? reader.requiredText("model");
  // Embeddings have no streamed form. Whether to refuse the field is up to the provider.
  const stream = context.endpoint === "embeddings" ? false : (reader.flag("stream") ?? false);
  const call: Call = {
    id: context.callId,
    endpoint: context.endpoint,
    format: openAiFormat,
    inboundProtocol: context.inboundProtocol,
    caller: context.caller,
    traceContext: context.traceContext,
    model,
    stream,
    includeUsage: reader.nested("stream_options")?.flag("include_usage") ?? false,
    body,
    foreign: undefined,
    maxOutputTokens: reader.count("max_completion_tokens") ?? reader.count("max_tokens"),
    arrivedAt: context.now,
    deadline: context.deadline,
    numRetries: reader.whole("num_retries"),
    timeoutMs: reader.seconds("timeout") ?? reader.seconds("request_timeout"),
    streamTimeoutMs: reader.seconds("stream_timeout"),
    fallbacks: readFallbacks(reader.value("fallbacks"), body, problems),
    contextWindowFallbacks: readTable("context_window_fallbacks", reader, body, problems),
    contentPolicyFallbacks: readTable("content_policy_fallbacks", reader, body, problems),
    disableFallbacks: reader.flag("disable_fallbacks") ?? false,
    maxFallbacks: reader.whole("max_fallbacks"),
    allowedRegion: reader.text("allowed_model_region")?.toLowerCase(),
    wantsResponseSchema: wantsSchema(fields["response_format"]),
    tags: merged(readTags(reader, fields, problems), context.caller?.tags),
    priority: reader.integer("priority") ?? context.caller?.priority ?? 0,
  };
  const [problem] = problems;
  return problem === undefined ? ok(call) : err(invalid(`The field \`${problem.param}\` ${problem.fault}.`, problem.param));
}

function readFallbacks(value: unknown, body: JsonText, problems: FieldProblem[]): readonly FallbackTarget[] | undefined {
  return value === undefined ? undefined : readCallFallbacks(value, textOf(body, "fallbacks"), "fallbacks", problems);
}

function readTable(key: string, reader: FieldReader, body: JsonText, problems: FieldProblem[]): FallbackTable | undefined {
  const value = reader.value(key);
  return value === undefined ? undefined : readCallFallbackTable(value, textOf(body, key), key, problems);
}

/** Whether an answer by a schema is asked for. What else the field may be is up to the provider. */
function wantsSchema(format: unknown): boolean {
  return isObject(format) && format["type"] === "json_schema";
}

/** Reads tags from their field and from `metadata`, where LiteLLM's callers put them too. The rest of `metadata` is OpenAI's own field. */
function readTags(reader: FieldReader, fields: JsonFields, problems: FieldProblem[]): readonly string[] {
  const metadata = isObject(fields["metadata"]) ? new FieldReader(fields["metadata"], "metadata.", problems) : undefined;
  return merged(reader.tags("tags"), metadata?.tags("tags"));
}

/** The JSON of a top-level field. Of a field that is given twice the last one counts, as it does for parsers. */
function textOf(body: JsonText, key: string): string {
  const member = body.members.findLast((one) => one.key === key);
  return member === undefined ? "null" : body.bytes.toString("utf8", member.valueStart, member.valueEnd);
}

const none: readonly string[] = [];

function merged(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  const all = lists.flatMap((list) => list ?? none);
  return all.length === 0 ? none : [...new Set(all)];
}

function invalid(message: string, param?: string): RouterError {
  return new RouterError("invalid_request", message, { param });
}
