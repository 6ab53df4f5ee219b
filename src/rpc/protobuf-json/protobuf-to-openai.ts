import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import type { FieldPlan, MessagePlan } from "./message-plan.ts";
import { boolTag, entryTag, keyTag, listTag, nullTag, numberTag, stringTag, structTag, valueTag } from "./value-tags.ts";

const doubleValueTag = 0x11;

/** JSON that is nested deeper is left to the library, which has a limit of its own. */
const deepest = 30;

/**
 * A message in protobuf's wire format as OpenAI's JSON, the same as `messageToOpenAi` writes, but no message is made in between.
 * @returns Undefined for everything unusual, which need not be wrong and is left to the library: what no encoder writes (fields out of order
 * or twice, broken texts, numbers beyond JSON), unknown fields, and deep nesting.
 */
export function protobufToOpenAi(plan: MessagePlan, bytes: Buffer): JsonObject | undefined {
  const reader = new ProtobufReader(bytes);
  const json = reader.message(plan, bytes.length, 0);
  return reader.isOdd ? undefined : json;
}

type Json = Record<string, JsonValue>;

class ProtobufReader {
  /** Something unusual was met: what was read does not count, and no more needs to be read. */
  isOdd = false;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  message(plan: MessagePlan, end: number, depth: number): JsonObject {
    const json: Json = {};
    let extra: JsonObject | undefined;
    let last = 0;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === plan.extraTag && last < plan.extraNumber) {
        last = plan.extraNumber;
        extra = this.#struct(this.#end(end), depth);
        continue;
      }
      const field = plan.byTag.get(tag);
      if (field === undefined || field.number < last || (field.number === last && field.shape === "one")) return this.#odd(json);
      last = field.number;
      this.#field(json, field, end, depth);
      if (this.isOdd) return json;
    }
    if (extra === undefined) return json;
    for (const name of Object.keys(extra)) if (!Object.hasOwn(json, name)) json[name] = extra[name] ?? null;
    return json;
  }

  #field(json: Json, field: FieldPlan, end: number, depth: number): void {
    const { name } = field;
    switch (field.shape) {
      case "one": {
        const value = this.#one(field, end, depth);
        if (field.keepsZero || (value !== "" && value !== 0 && value !== false)) json[name] = value;
        return;
      }
      case "list": {
        // Lists of numbers are packed; only replies have them.
        if (field.kind !== "string" && field.kind !== "message") this.isOdd = true;
        const list = json[name];
        const value = this.#one(field, end, depth);
        if (Array.isArray(list)) list.push(value);
        else json[name] = [value];
        return;
      }
      case "map": {
        const map = (json[name] ??= {}) as Json;
        const entryEnd = this.#end(end);
        const key = this.#key(entryEnd);
        if (this.#varint(entryEnd) !== (field.kind === "double" ? doubleValueTag : valueTag)) this.isOdd = true;
        map[key] = this.#one(field, entryEnd, depth);
        if (this.#at !== entryEnd) this.isOdd = true;
        return;
      }
      default:
        field.shape satisfies never;
    }
  }

  #one(field: FieldPlan, end: number, depth: number): JsonValue {
    switch (field.kind) {
      case "string":
        return this.#text(this.#end(end));
      case "bool":
        return this.#bool(end);
      case "double":
        return this.#double(end);
      case "int32":
      case "uint32":
        return this.#varint(end);
      case "value":
        return this.#value(this.#end(end), depth);
      case "struct":
        return this.#struct(this.#end(end), depth);
      case "message":
        return field.message === undefined ? this.#odd(null) : this.message(field.message, this.#end(end), depth);
      default:
        return field.kind satisfies never;
    }
  }

  #value(end: number, depth: number): JsonValue {
    if (this.isOdd || depth > deepest) return this.#odd(null);
    const value = this.#anyOf(this.#varint(end), end, depth);
    // Bytes are left: the value is of several kinds, of which the last would count.
    return this.#at === end ? value : this.#odd(null);
  }

  #anyOf(tag: number, end: number, depth: number): JsonValue {
    switch (tag) {
      case stringTag:
        return this.#text(this.#end(end));
      case numberTag:
        return this.#double(end);
      case boolTag:
        return this.#bool(end);
      case structTag:
        return this.#struct(this.#end(end), depth + 1);
      case listTag:
        return this.#list(this.#end(end), depth + 1);
      case nullTag:
        return this.#varint(end) === 0 ? null : this.#odd(null);
      default:
        return this.#odd(null);
    }
  }

  #struct(end: number, depth: number): JsonObject {
    const json: Json = {};
    while (this.#at < end && !this.isOdd) {
      if (this.#varint(end) !== entryTag) return this.#odd(json);
      const entryEnd = this.#end(end);
      const key = this.#key(entryEnd);
      if (this.#varint(entryEnd) !== valueTag) return this.#odd(json);
      json[key] = this.#value(this.#end(entryEnd), depth);
      if (this.#at !== entryEnd) return this.#odd(json);
    }
    return json;
  }

  #list(end: number, depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    while (this.#at < end && !this.isOdd) {
      if (this.#varint(end) !== entryTag) return this.#odd(list);
      list.push(this.#value(this.#end(end), depth));
    }
    return list;
  }

  /** The key of a map's entry. `__proto__` is left to the library: to assign to it would set the prototype. */
  #key(end: number): string {
    if (this.#varint(end) !== keyTag) return this.#odd("");
    const key = this.#text(this.#end(end));
    return key === "__proto__" ? this.#odd("") : key;
  }

  #text(end: number): string {
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end;
    // This character stands for bytes that are no UTF-8, unless it was sent itself.
    return text.includes("\ufffd") ? this.#odd("") : text;
  }

  #bool(end: number): boolean {
    const value = this.#varint(end);
    return value > 1 ? this.#odd(false) : value === 1;
  }

  #double(end: number): number {
    if (this.#at + 8 > end) return this.#odd(0);
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return Number.isFinite(value) ? value : this.#odd(0);
  }

  /** Where a length-delimited value ends. */
  #end(limit: number): number {
    const length = this.#varint(limit);
    const end = this.#at + length;
    return end > limit ? this.#odd(this.#at) : end;
  }

  /** Takes up to four bytes: negative numbers and those from 2^28 on are rare, and left to the library. */
  #varint(end: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 28 && this.#at < end; shift += 7) {
      const byte = bytes[this.#at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.#odd(0);
  }

  #odd<Value>(value: Value): Value {
    this.isOdd = true;
    return value;
  }
}
