import { isUtf8 } from "node:buffer";
import type { Call, FallbackTable, FallbackTarget } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import { type CallSession, sessionOfFields } from "../../../core/session/session.ts";
import { checkObject, deepestNesting, mostMembers, mostValues, type TextFault } from "../../../lib/json/check-object.ts";
import { scanMembers, scanObject } from "../../../lib/json/json-splice.ts";
import { type JsonMember, type JsonText, PiecedText } from "../../../lib/json/json-text.ts";
import { noteParse } from "../../../lib/json/latest-parse.ts";
import { mostRepairedBytes, repairJson } from "../../../lib/json/repair-json.ts";
import { putTogether } from "../../../lib/json/text-scanner.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { cutText } from "../../../lib/cut-text.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { countAnswers, larger } from "./count-answers.ts";
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
  if (text instanceof RouterError) return err(text);
  try {
    return readFields(text, context);
  } catch (error) {
    if (error instanceof FieldTooLarge) return err(invalidField(error.problem));
    throw error;
  }
}

/** The same for a request that this program has written from another protocol's. @param fields The object that `bytes` were written from. */
export function readWrittenCall(bytes: Buffer, fields: JsonFields, context: CallContext): Result<Call, RouterError> {
  if (isTooLate(context)) return err(tooLate());
  let count = 0;
  for (const _ in fields) if (++count > mostMembers) return err(tooManyMembers());
  return readFields({ text: { bytes, members: scanMembers(bytes) }, fields }, context);
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

/** Up to this size, a body that comes in pieces is read in the scanner's own memory, which is kept. A copy of its own would cost more than all the rest. */
const mostScratchBytes = 4 * 1024 * 1024;

function parsePieces(pieces: readonly Buffer[]): ParsedBody | RouterError {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return parseBody(only);
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (length < largeBytes || length > mostScratchBytes) return parseBody(Buffer.concat(pieces, length));
  const large = parseLarge(putTogether(pieces, length));
  if (large instanceof RouterError) return large;
  // The memory is used again. What was read of it is read here, or is read of the pieces.
  return large.isRepaired ? large : { text: new PiecedText(pieces, large.text.members), fields: large.fields };
}

function parseBody(bytes: Buffer): ParsedBody | RouterError {
  if (bytes.length >= largeBytes) return parseLarge(bytes);
  if (!isUtf8(bytes)) return invalid("The request body is not valid UTF-8.");
  if (bytes.length === 0) return invalid("The request body is empty; a JSON object is expected.");
  const strict = tryParse(bytes);
  return strict === undefined ? parseTolerantly(bytes, undefined) : asObject(bytes, strict.value);
}

interface LargeBody extends ParsedBody {
  /** Whether its bytes are a copy, without the commas that were too many. */
  readonly isRepaired: boolean;
}

/**
 * Checks all of a large body, but parses only what the router acts on, and that only when it is read, so a prompt becomes no string. Takes no
 * longer than to parse one string of its size, whatever stands in it.
 */
function parseLarge(bytes: Buffer): LargeBody | RouterError {
  if (!isUtf8(bytes)) return invalid("The request body is not valid UTF-8.");
  const checked = checkObject(bytes);
  if (isFault(checked)) {
    if (checked.expected === "fewer members") return tooManyMembers();
    if (checked.expected === "less nesting") return tooDeep();
    if (checked.expected === "fewer values") return invalid(`The request body has more than ${mostValues.toLocaleString("en")} values.`);
    const tolerant = checked.expected === "object" ? notAnObject(bytes) : parseTolerantly(bytes, checked);
    return tolerant instanceof RouterError ? tolerant : { ...tolerant, isRepaired: true };
  }
  const fields = { __proto__: null } as unknown as Record<string, unknown>;
  for (const { key, valueStart, valueEnd } of checked) {
    if (contentKeys.has(key)) fields[key] = null;
    else {
      const get = (): unknown => parseField(bytes, key, valueStart, valueEnd);
      Object.defineProperty(fields, key, { get, enumerable: true, configurable: true });
    }
  }
  return { text: { bytes, members: checked }, fields, isRepaired: false };
}

function isFault(checked: readonly JsonMember[] | TextFault): checked is TextFault {
  return !Array.isArray(checked);
}

/** The largest value in bytes of a field that the router reads. A few may be objects of the caller's own making. */
const mostFieldBytes = 65_536;
const mostOpenFieldBytes = 1_048_576;
const openFields: ReadonlySet<string> = new Set(["metadata", "response_format", "fallbacks"]);

/** @throws FieldTooLarge. */
function parseField(bytes: Buffer, key: string, start: number, end: number): unknown {
  if (end - start > (openFields.has(key) ? mostOpenFieldBytes : mostFieldBytes)) throw new FieldTooLarge(key, end - start);
  return JSON.parse(bytes.toString("utf8", start, end)) as unknown;
}

class FieldTooLarge extends Error {
  readonly problem: FieldProblem;

  constructor(param: string, bytes: number) {
    super(param);
    this.problem = { param, fault: `has ${bytes} bytes, which is too large for this field` };
  }
}

/** Forgives commas before closing brackets. @param fault What the checker has found, where it was asked. */
function parseTolerantly(bytes: Buffer, fault: TextFault | undefined): ParsedBody | RouterError {
  const repaired = repairJson(bytes, fault);
  if (Buffer.isBuffer(repaired)) {
    const tolerant = tryParse(repaired);
    return tolerant === undefined ? invalid("The request body is not valid JSON.") : asObject(repaired, tolerant.value);
  }
  const { line, column, offset, expected, found } = repaired;
  return invalid(
    `The request body is not valid JSON: line ${line}, column ${column} (offset ${offset}): expected ${expected}, found ${found}.`,
  );
}

/** A large text that begins as no object does. Its first byte says what it might be; it is not worth a closer look. */
function notAnObject(bytes: Buffer): ParsedBody | RouterError {
  if (bytes.length > mostRepairedBytes) return invalid("The request body must be a JSON object.");
  const strict = tryParse(bytes);
  return strict === undefined ? parseTolerantly(bytes, undefined) : asObject(bytes, strict.value);
}

function tryParse(bytes: Buffer): { readonly value: unknown } | undefined {
  try {
    const text = bytes.toString();
    const value: unknown = JSON.parse(text);
    if (bytes.length < largeBytes) noteParse(bytes, text, value);
    return { value };
  } catch {
    return undefined;
  }
}

function asObject(bytes: Buffer, value: unknown): ParsedBody | RouterError {
  if (!isObject(value)) return invalid(`The request body must be a JSON object, not ${describe(value)}.`);
  const members = scanObject(bytes, deepestNesting);
  if (members === undefined) return tooDeep();
  return members.length > mostMembers ? tooManyMembers() : { text: { bytes, members }, fields: value };
}

function tooManyMembers(): RouterError {
  return invalid(`The request body has more than ${mostMembers.toLocaleString("en")} members at its top level.`);
}

function tooDeep(): RouterError {
  return invalid(`The request body is nested more than ${deepestNesting} levels deep.`);
}

function readFields({ text: body, fields }: ParsedBody, context: CallContext): Result<Call, RouterError> {
  const problems: FieldProblem[] = [];
  const reader = new FieldReader(fields, "", problems);
  const model = context.pathModel ?? reader.requiredText("model");
  if (isTooLongName(model))
    problems.push({ param: "model", fault: `is too long: the name of a model has at most ${longestNameBytes} bytes` });
  // Embeddings have no streamed form. Whether to refuse the field is up to the provider.
  const stream = context.endpoint === "embeddings" ? false : (reader.flag("stream") ?? false);
  const session = sessionOf(fields);
  const call: Call = {
    id: context.callId,
    endpoint: context.endpoint,
    format: openAiFormat,
    inboundProtocol: context.inboundProtocol,
    caller: context.caller,
    session: session?.id,
    tenant: context.caller?.name ?? session?.root,
    intake: context.intake,
    traceContext: context.traceContext,
    model,
    stream,
    includeUsage: reader.nested("stream_options")?.flag("include_usage") ?? false,
    body,
    foreign: undefined,
    maxOutputTokens: larger(reader.count("max_completion_tokens"), reader.count("max_tokens")),
    answers: countAnswers(fields, body, context.endpoint),
    arrivedAt: context.now,
    deadline: context.deadline,
    numRetries: reader.whole("num_retries"),
    timeoutMs: reader.seconds("timeout") ?? reader.seconds("request_timeout"),
    streamTimeoutMs: reader.seconds("stream_timeout"),
    keepaliveMs: reader.value("keepalive_seconds") === 0 ? 0 : reader.seconds("keepalive_seconds"),
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
  return problem === undefined ? ok(call) : err(invalidField(problem));
}

/** No call is refused for what might have named its session. */
function sessionOf(fields: JsonFields): CallSession | undefined {
  try {
    return sessionOfFields(fields);
  } catch (error) {
    if (error instanceof FieldTooLarge) return undefined;
    throw error;
  }
}

function invalidField({ param, fault }: FieldProblem): RouterError {
  const shown = cutText(param, longestParam);
  return invalid(`The field \`${shown}\` ${fault}.`, shown);
}

/** A path of fields may hold names of the caller's. */
const longestParam = 200;

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

function merged(one: readonly string[] = none, other: readonly string[] = none): readonly string[] {
  return one.length === 0 && other.length === 0 ? none : [...new Set([...one, ...other])];
}

function invalid(message: string, param?: string): RouterError {
  return new RouterError("invalid_request", message, { param });
}
