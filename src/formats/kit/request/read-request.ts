import type { Call, FallbackTable, FallbackTarget } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { CallContext } from "../../../core/format.ts";
import { requestClassOf } from "../../../core/session/request-class.ts";
import { type CallSession, sessionOfFields } from "../../../core/session/session.ts";
import { cutText } from "../../../lib/cut-text.ts";
import { mostMembers } from "../../../lib/json/check-object.ts";
import { scanMembers } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { readCallFallbacks, readCallFallbackTable } from "./call-fallbacks.ts";
import { FieldReader, isObject, type FieldProblem, type JsonFields } from "./field-reader.ts";
import { FieldTooLarge, type ParsedBody, parsePieces, tooManyMembers } from "./parse-body.ts";

/** A request as its format's reader sees it. */
export interface RequestFields {
  readonly text: JsonText;
  /** In a large body, those that only the model reads are null. */
  readonly fields: JsonFields;
  readonly reader: FieldReader;
  /** What is wrong with it: is added to. */
  readonly problems: FieldProblem[];
}

/** Makes a call of a request, and adds what is wrong with it to its `problems`. */
type ToCall = (request: RequestFields) => Call;

/**
 * Reads a request in a format whose bodies are JSON objects, whole or in the pieces that it came in.
 * @returns The call, or `invalid_request` that names the field or the place at fault; `deadline_exceeded` when the deadline has passed.
 */
export function readJsonRequest(body: Buffer | readonly Buffer[], context: CallContext, toCall: ToCall): Result<Call, RouterError> {
  if (isTooLate(context)) return err(tooLate());
  const parsed = parsePieces(Buffer.isBuffer(body) ? [body] : body);
  if (parsed instanceof RouterError) return err(parsed);
  try {
    return readFields(parsed, toCall);
  } catch (error) {
    if (error instanceof FieldTooLarge) return err(invalidField(error.problem));
    throw error;
  }
}

/** The same for a request that this program has written from another protocol's. @param fields The object that `bytes` were written from. */
export function readWrittenJson(bytes: Buffer, fields: JsonFields, context: CallContext, toCall: ToCall): Result<Call, RouterError> {
  if (isTooLate(context)) return err(tooLate());
  let count = 0;
  for (const _ in fields) if (++count > mostMembers) return err(tooManyMembers());
  return readFields({ text: { bytes, members: scanMembers(bytes) }, fields }, toCall);
}

function isTooLate({ deadline, now }: CallContext): boolean {
  return deadline !== undefined && deadline <= now;
}

function tooLate(): RouterError {
  return new RouterError("deadline_exceeded", "The call's deadline had passed when the request was read.");
}

function readFields({ text, fields }: ParsedBody, toCall: ToCall): Result<Call, RouterError> {
  const problems: FieldProblem[] = [];
  const call = toCall({ text, fields, reader: new FieldReader(fields, "", problems), problems });
  if (isTooLongName(call.model))
    problems.unshift({ param: "model", fault: `is too long: the name of a model has at most ${longestNameBytes} bytes` });
  const [problem] = problems;
  return problem === undefined ? ok(call) : err(invalidField(problem));
}

function invalidField({ param, fault }: FieldProblem): RouterError {
  const shown = cutText(param, longestParam);
  return new RouterError("invalid_request", `The field \`${shown}\` ${fault}.`, { param: shown });
}

/** A path of fields may hold names of the caller's. */
const longestParam = 200;

/** What a format says of a call itself. All else is the same in every format. */
type FormatsOwn =
  | "endpoint"
  | "format"
  | "model"
  | "stream"
  | "includeUsage"
  | "foreign"
  | "maxOutputTokens"
  | "answers"
  | "wantsResponseSchema"
  | "pinnedTo"
  | "resource";

/**
 * What callers of every format ask of the router in a request's body, and what is known of the request besides. A call that begins as a copy of it is
 * made several times faster than one that gets it in its middle.
 */
export function commonFields({ text, fields, reader, problems }: RequestFields, context: CallContext): Omit<Call, FormatsOwn> {
  const session = sessionOf(fields);
  const priority = reader.integer("priority");
  const requestClass = priority === undefined ? requestClassOf(context.headers) : undefined;
  return {
    id: context.callId,
    inboundProtocol: context.inboundProtocol,
    caller: context.caller,
    session: session?.id,
    tenant: context.caller?.name ?? session?.root,
    intake: context.intake,
    traceContext: context.traceContext,
    body: text,
    arrivedAt: context.now,
    deadline: context.deadline,
    numRetries: reader.whole("num_retries"),
    timeoutMs: reader.seconds("timeout") ?? reader.seconds("request_timeout"),
    streamTimeoutMs: reader.seconds("stream_timeout"),
    keepaliveMs: reader.value("keepalive_seconds") === 0 ? 0 : reader.seconds("keepalive_seconds"),
    fallbacks: readFallbacks(reader.value("fallbacks"), text, problems),
    contextWindowFallbacks: readTable("context_window_fallbacks", reader, text, problems),
    contentPolicyFallbacks: readTable("content_policy_fallbacks", reader, text, problems),
    disableFallbacks: reader.flag("disable_fallbacks") ?? false,
    maxFallbacks: reader.whole("max_fallbacks"),
    allowedRegion: reader.text("allowed_model_region")?.toLowerCase(),
    tags: merged(readTags(reader, fields, problems), context.caller?.tags),
    priority: priority ?? context.caller?.priority ?? 0,
    requestClass,
  };
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

function readFallbacks(value: unknown, body: JsonText, problems: FieldProblem[]): readonly FallbackTarget[] | undefined {
  return value === undefined ? undefined : readCallFallbacks(value, textOf(body, "fallbacks"), "fallbacks", problems);
}

function readTable(key: string, reader: FieldReader, body: JsonText, problems: FieldProblem[]): FallbackTable | undefined {
  const value = reader.value(key);
  return value === undefined ? undefined : readCallFallbackTable(value, textOf(body, key), key, problems);
}

/** Reads tags from their field and from `metadata`, where LiteLLM's callers put them too. The rest of `metadata` is the format's own field. */
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
