import type { DescMessage } from "@bufbuild/protobuf";
import type { Compression } from "@connectrpc/connect/protocol";
import { RouterError } from "../../core/errors.ts";
import { checkObject, deepestNesting, mostMembers, type TextFault } from "../../lib/json/check-object.ts";
import { skipSpace } from "../../lib/json/json-splice.ts";
import { mostRepairedBytes, repairJson } from "../../lib/json/repair-json.ts";
import { compressions } from "../kit/compressions.ts";
import { toConnectError } from "../kit/errors.ts";
import { hasTooManyFields, mostFields } from "./field-count.ts";

/** More values than this in one message of JSON are refused: each costs about a microsecond to make a message of. */
export const mostRpcValues = 100_000;

/** Why a message in protobuf's wire format is too much to be read; undefined where it is not. Nothing is made of it. */
export function protobufRefusal(desc: DescMessage, bytes: Uint8Array): RouterError | undefined {
  return hasTooManyFields(desc, bytes) ? refused(`has more than ${number(mostFields)} fields`) : undefined;
}

/** The same for one in JSON. Of a small one that is no JSON the library tells. */
export function jsonRefusal(bytes: Buffer): RouterError | undefined {
  // Each value takes two bytes or more.
  if (bytes.length <= 2 * mostRpcValues) return undefined;
  const text = bytes.subarray(startOf(bytes));
  const checked = checkObject(text, mostRpcValues);
  if (Array.isArray(checked)) return undefined;
  switch (checked.expected) {
    case "fewer values":
      return refused(`has more than ${number(mostRpcValues)} values`);
    case "fewer members":
      return refused(`has more than ${number(mostMembers)} members at its top level`);
    case "less nesting":
      return refused(`is nested more than ${deepestNesting} levels deep`);
    case "object":
      return refused("must be a JSON object");
    default:
      return text.length > mostRepairedBytes ? notJson(text, checked) : undefined;
  }
}

/** The library would parse all that stands before the fault, and forget it. */
function notJson(bytes: Buffer, fault: TextFault): RouterError | undefined {
  const told = repairJson(bytes, fault);
  if (Buffer.isBuffer(told)) return undefined;
  return refused(`is not valid JSON: line ${told.line}, column ${told.column}: expected ${told.expected}, found ${told.found}`);
}

/** The same for a message that came packed, of which only its bytes tell what it is: no message here begins with a field that looks like JSON. */
export function unpackedRefusal(desc: DescMessage, bytes: Buffer): RouterError | undefined {
  const start = startOf(bytes);
  const first = bytes[skipSpace(bytes, start)];
  const asJson = first === openBrace || first === openBracket ? jsonRefusal(bytes) : undefined;
  // White space begins messages, too.
  return asJson ?? (start === 0 && (bytes[0] === openBrace || bytes[0] === openBracket) ? undefined : protobufRefusal(desc, bytes));
}

/** All codings of messages, which refuse one that is too much to be read once it is unpacked. @param input The type of the messages that are read. */
export function boundedCompressions(input: DescMessage): Compression[] {
  return compressions.map((compression) => ({
    name: compression.name,
    compress: (bytes) => compression.compress(bytes),
    async decompress(packed, readMaxBytes) {
      const bytes = await compression.decompress(packed, readMaxBytes);
      const refusal = unpackedRefusal(input, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      if (refusal !== undefined) throw toConnectError(refusal);
      return bytes;
    },
  }));
}

const openBrace = 0x7b;
const openBracket = 0x5b;

/** Behind a byte order mark, which the library takes no notice of. */
function startOf(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

function refused(why: string): RouterError {
  return new RouterError("invalid_request", `The request message ${why}.`);
}

function number(value: number): string {
  return value.toLocaleString("en");
}
