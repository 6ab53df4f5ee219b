import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { repairJson } from "../../lib/json/repair-json.ts";

/**
 * A Connect caller's JSON is OpenAI's body, which has members that the schema does not know. Protobuf's own JSON parser can refuse these or
 * drop them. Here they are put into `extra` before it sees them, at every level, so that RPC accepts what REST does.
 */

/** The bytes before each message of a Connect stream: one of flags, four of length. */
const envelopeBytes = 5;

/**
 * A request's body in JSON, with its unknown members in `extra`.
 * @param contentType The request's content type, without parameters.
 * @param maxBytes A larger body is passed on as it is: the library refuses it.
 */
export async function* openJsonBody(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  desc: DescMessage,
  maxBytes: number,
): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length <= maxBytes + envelopeBytes) chunks.push(chunk);
    else {
      yield* chunks.splice(0);
      yield chunk;
    }
  }
  if (chunks.length > 0)
    yield contentType === "application/json" ? openJson(Buffer.concat(chunks), desc) : openEnvelope(Buffer.concat(chunks), desc);
}

/** The one message of a server stream's request. A compressed or broken one is left to the library. */
function openEnvelope(bytes: Buffer, desc: DescMessage): Buffer {
  if (bytes.length < envelopeBytes || bytes[0] !== 0 || bytes.readUInt32BE(1) !== bytes.length - envelopeBytes) return bytes;
  const message = openJson(bytes.subarray(envelopeBytes), desc);
  const head = Buffer.alloc(envelopeBytes);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Text that is no JSON object is left to the library's error. */
function openJson(bytes: Buffer, desc: DescMessage): Buffer {
  const json = parse(bytes) ?? parseRepaired(bytes);
  return isObject(json) ? Buffer.from(JSON.stringify(unknownToExtra(desc, json))) : bytes;
}

/** Moves members without a field into `extra`, which keeps what it has. Names may be protobuf's or its JSON's. */
export function unknownToExtra(desc: DescMessage, json: JsonObject): JsonObject {
  const known: [string, JsonValue][] = [];
  const unknown: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(json)) {
    const field = desc.fields.find((one) => one.name === name || one.jsonName === name);
    if (field === undefined) unknown.push([name, value]);
    else known.push([name, openMember(field, value)]);
  }
  // A message without room for more is refused by the library, by name.
  if (unknown.length === 0 || !desc.fields.some((field) => field.name === "extra")) return Object.fromEntries([...known, ...unknown]);
  const extra = isObject(json["extra"]) ? json["extra"] : {};
  return Object.fromEntries([...known, ["extra", { ...Object.fromEntries(unknown), ...extra }]]);
}

function openMember(field: DescField, value: JsonValue): JsonValue {
  const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
  if (message === undefined || message.typeName.startsWith("google.protobuf.")) return value;
  if (Array.isArray(value)) return value.map((element) => (isObject(element) ? unknownToExtra(message, element) : element));
  return isObject(value) ? unknownToExtra(message, value) : value;
}

function parseRepaired(bytes: Buffer): JsonValue | undefined {
  const repaired = repairJson(bytes);
  return Buffer.isBuffer(repaired) ? parse(repaired) : undefined;
}

function parse(bytes: Buffer): JsonValue | undefined {
  try {
    return JSON.parse(bytes.toString()) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
