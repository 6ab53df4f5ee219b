import { isUtf8 } from "node:buffer";
import { RouterError } from "../../../core/errors.ts";
import { checkObject, deepestNesting, mostMembers, mostValues, type TextFault } from "../../../lib/json/check-object.ts";
import { scanObject } from "../../../lib/json/json-splice.ts";
import { type JsonMember, type JsonText, PiecedText } from "../../../lib/json/json-text.ts";
import { noteParse } from "../../../lib/json/latest-parse.ts";
import { mostRepairedBytes, repairJson } from "../../../lib/json/repair-json.ts";
import { putTogether } from "../../../lib/json/text-scanner.ts";
import { describe, isObject, type FieldProblem, type JsonFields } from "./field-reader.ts";

/** A request's JSON and what was read of it. */
export interface ParsedBody {
  readonly text: JsonText;
  /** The parsed fields. In a large body, those that only the model reads are null. */
  readonly fields: JsonFields;
}

/** Smaller bodies are parsed in less time than it takes to look at them in any other way. */
const largeBytes = 16_384;

/** Fields that only the model reads. */
const contentKeys: ReadonlySet<string> = new Set(["messages", "prompt", "input", "tools", "functions", "system"]);

/** Up to this size, a body that comes in pieces is read in the scanner's own memory, which is kept. A copy of its own would cost more than all the rest. */
const mostScratchBytes = 4 * 1024 * 1024;

/**
 * Checks and parses a request that came in these pieces: a large one only as far as the router acts on its fields. A trailing comma is forgiven.
 * @returns The fields and their places, or `invalid_request` that names the place at fault. Reading a field may throw {@link FieldTooLarge}.
 */
export function parsePieces(pieces: readonly Buffer[]): ParsedBody | RouterError {
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

/** A field that the router reads is larger than any may be. */
export class FieldTooLarge extends Error {
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

export function tooManyMembers(): RouterError {
  return invalid(`The request body has more than ${mostMembers.toLocaleString("en")} members at its top level.`);
}

function tooDeep(): RouterError {
  return invalid(`The request body is nested more than ${deepestNesting} levels deep.`);
}

function invalid(message: string): RouterError {
  return new RouterError("invalid_request", message);
}
