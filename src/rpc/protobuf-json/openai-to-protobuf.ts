import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { fitsScalar } from "./fits-scalar.ts";
import type { FieldPlan, MessagePlan } from "./message-plan.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";
import { boolTag, entryTag, keyTag, listTag, nullTag, numberTag, stringTag, structTag, valueTag } from "./value-tags.ts";

/** JSON that is nested deeper is left to the library. */
const deepest = 30;

/** One writer for all messages, which are written one after the other. */
const writer = new ProtobufWriter();

/**
 * OpenAI's JSON object as a message in protobuf's wire format, in its envelope (that of gRPC and Connect, without flags). The bytes are those
 * that the library makes of `messageFromOpenAi`, but no message is made in between.
 * @param json As parsed from text.
 * @returns Undefined for what is left to the library: numbers beyond what JSON can hold, deep nesting, members called `__proto__`.
 */
export function openAiToFrame(plan: MessagePlan, json: JsonObject): Buffer | undefined {
  if (!writeMessage(plan, json, 0)) {
    writer.clear();
    return undefined;
  }
  writer.uint32BE(writer.length);
  writer.byte(0);
  return writer.take();
}

/** @returns Whether it could be written. The same holds for all functions here. */
function writeMessage(plan: MessagePlan, json: JsonObject, depth: number): boolean {
  const unknown = unknownMembers(plan, json);
  if (unknown !== undefined) {
    const end = writer.length;
    if (!writeEntries(json, unknown, depth)) return false;
    writer.varint(writer.length - end);
    writer.varint(plan.extraTag);
  }
  for (let index = plan.fields.length - 1; index >= 0; index--) {
    const field = plan.fields[index];
    if (field === undefined) break;
    const value = json[field.name];
    if (value === undefined || (value === null && field.kind !== "value")) continue;
    // Where no member is unknown, all of them fit.
    if (unknown !== undefined && !fits(field, value)) continue;
    if (!writeField(field, value, depth)) return false;
  }
  return true;
}

/** The members without a field, and those that do not fit theirs. A null stands for an unset field. */
function unknownMembers(plan: MessagePlan, json: JsonObject): string[] | undefined {
  let unknown: string[] | undefined;
  for (const name in json) {
    const field = plan.byName.get(name);
    const value = json[name];
    if (field === undefined || (value !== null && value !== undefined && !fits(field, value))) (unknown ??= []).push(name);
  }
  return unknown;
}

function writeField(field: FieldPlan, value: JsonValue, depth: number): boolean {
  if (field.shape === "one") {
    if (!field.keepsZero && (value === "" || value === 0 || value === false)) return true;
    if (!writeOne(field, value, depth)) return false;
    writer.varint(field.tag);
    return true;
  }
  if (!Array.isArray(value)) return false;
  return field.kind === "string" || field.kind === "message" ? writeList(field, value, depth) : writePacked(field, value, depth);
}

function writeList(field: FieldPlan, list: readonly JsonValue[], depth: number): boolean {
  for (let index = list.length - 1; index >= 0; index--) {
    if (!writeOne(field, list[index] ?? null, depth)) return false;
    writer.varint(field.tag);
  }
  return true;
}

function writePacked(field: FieldPlan, list: readonly JsonValue[], depth: number): boolean {
  if (list.length === 0) return true;
  const end = writer.length;
  for (let index = list.length - 1; index >= 0; index--) if (!writeOne(field, list[index] ?? null, depth)) return false;
  writer.varint(writer.length - end);
  writer.varint(field.tag);
  return true;
}

/** Writes a value that fits, with its length where it has one. */
function writeOne(field: FieldPlan, value: JsonValue, depth: number): boolean {
  switch (field.kind) {
    case "string":
      writer.text(value as string);
      return true;
    case "bool":
      writer.byte(value === true ? 1 : 0);
      return true;
    case "double":
      writer.double(value as number);
      return true;
    case "int32":
      writer.int32(value as number);
      return true;
    case "uint32":
      writer.varint(value as number);
      return true;
    case "value":
      return writeValue(value, depth);
    case "struct":
      return writeStruct(value as JsonObject, depth);
    case "message": {
      const end = writer.length;
      if (field.message === undefined || !writeMessage(field.message, value as JsonObject, depth)) return false;
      writer.varint(writer.length - end);
      return true;
    }
    default:
      return field.kind satisfies never;
  }
}

function writeValue(value: JsonValue, depth: number): boolean {
  if (depth > deepest) return false;
  const end = writer.length;
  if (!writeAny(value, depth)) return false;
  writer.varint(writer.length - end);
  return true;
}

function writeAny(value: JsonValue, depth: number): boolean {
  if (typeof value === "string") {
    writer.text(value);
    writer.byte(stringTag);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) return false;
    writer.double(value);
    writer.byte(numberTag);
  } else if (typeof value === "boolean") {
    writer.byte(value ? 1 : 0);
    writer.byte(boolTag);
  } else if (value === null) {
    writer.byte(0);
    writer.byte(nullTag);
  } else if (Array.isArray(value)) {
    const end = writer.length;
    for (let index = value.length - 1; index >= 0; index--) {
      if (!writeValue(value[index] ?? null, depth + 1)) return false;
      writer.byte(entryTag);
    }
    writer.varint(writer.length - end);
    writer.byte(listTag);
  } else {
    if (!writeStruct(value, depth + 1)) return false;
    writer.byte(structTag);
  }
  return true;
}

function writeStruct(json: JsonObject, depth: number): boolean {
  const end = writer.length;
  if (!writeEntries(json, Object.keys(json), depth)) return false;
  writer.varint(writer.length - end);
  return true;
}

/** @param names The members that are written. */
function writeEntries(json: JsonObject, names: readonly string[], depth: number): boolean {
  for (let index = names.length - 1; index >= 0; index--) {
    const name = names[index] ?? "";
    if (name === "__proto__") return false;
    const end = writer.length;
    if (!writeValue(json[name] ?? null, depth)) return false;
    writer.byte(valueTag);
    writer.text(name);
    writer.byte(keyTag);
    writer.varint(writer.length - end);
    writer.byte(entryTag);
  }
  return true;
}

/** Whether the field can hold the value: what `messageFromOpenAi` puts there rather than into `extra`. */
function fits(field: FieldPlan, value: JsonValue): boolean {
  switch (field.shape) {
    case "one":
      return fitsOne(field, value);
    case "list":
      return Array.isArray(value) && value.every((element) => fitsOne(field, element));
    case "map":
      // What deployments answer has no maps.
      return false;
    default:
      return field.shape satisfies never;
  }
}

function fitsOne(field: FieldPlan, value: JsonValue): boolean {
  if (field.scalar !== undefined) return fitsScalar(field.scalar, value);
  return field.kind === "value" || (typeof value === "object" && value !== null && !Array.isArray(value));
}
