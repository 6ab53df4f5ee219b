import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { repairJson } from "../../lib/json/repair-json.ts";

/**
 * A Connect caller's JSON is OpenAI's body, which has members that the schema does not know. Protobuf's own JSON parser can refuse these or
 * drop them. Here they are put into `extra` before it sees them, at every level, so that RPC accepts what REST does.
 */

/** A request's message in JSON, with its unknown members in `extra`. Text that is no JSON object is left to the library's error. */
export function openJson(bytes: Buffer, desc: DescMessage): Buffer {
  const strict = parse(bytes);
  // Most of what a large body holds is known: it is not written again.
  if (isObject(strict) && !hasUnknown(desc, strict)) return bytes;
  const json = strict ?? parseRepaired(bytes);
  return isObject(json) ? Buffer.from(JSON.stringify(unknownToExtra(desc, json))) : bytes;
}

function hasUnknown(desc: DescMessage, json: JsonObject): boolean {
  return Object.entries(json).some(([name, value]) => {
    const field = fieldOf(desc, name);
    const message = field && ownMessage(field);
    if (field === undefined || message === undefined) return field === undefined;
    return (Array.isArray(value) ? value : [value]).some((element) => isObject(element) && hasUnknown(message, element));
  });
}

function fieldOf(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((one) => one.name === name || one.jsonName === name);
}

/** The message type of a field, unless protobuf writes it as plain JSON. */
function ownMessage(field: DescField): DescMessage | undefined {
  const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
  return message === undefined || message.typeName.startsWith("google.protobuf.") ? undefined : message;
}

/** Moves members without a field into `extra`, which keeps what it has. Names may be protobuf's or its JSON's. */
export function unknownToExtra(desc: DescMessage, json: JsonObject): JsonObject {
  const known: [string, JsonValue][] = [];
  const unknown: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(json)) {
    const field = fieldOf(desc, name);
    if (field === undefined) unknown.push([name, value]);
    else known.push([name, openMember(field, value)]);
  }
  // A message without room for more is refused by the library, by name.
  if (unknown.length === 0 || !desc.fields.some((field) => field.name === "extra")) return Object.fromEntries([...known, ...unknown]);
  const extra = isObject(json["extra"]) ? json["extra"] : {};
  return Object.fromEntries([...known, ["extra", { ...Object.fromEntries(unknown), ...extra }]]);
}

function openMember(field: DescField, value: JsonValue): JsonValue {
  const message = ownMessage(field);
  if (message === undefined) return value;
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
