import { create, fromJson, toJson, type DescField, type DescMessage, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import type { MessageShape } from "@bufbuild/protobuf";
import { StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { fitsScalar } from "./fits-scalar.ts";

/**
 * The mapping between the messages of chat.proto and OpenAI's JSON. It follows the descriptors, because names are the same on both sides.
 * On the way out, the members of `extra` are put beside the known ones. On the way in, what has no field, or does not fit its field, is
 * collected in `extra`.
 */

/** The field in which unknown members travel. */
const extraName = "extra";

const fieldsByName = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/**
 * A message as OpenAI's JSON object.
 * @throws Where a number is none that JSON can hold (NaN, an infinity), by the caller's fault.
 */
export function messageToOpenAi<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): JsonObject {
  return hoistExtra(desc, toJson(desc, message, { useProtoFieldName: true }));
}

/** OpenAI's JSON object as a message. Never fails, whatever the object holds. */
export function messageFromOpenAi<Desc extends DescMessage>(desc: Desc, json: JsonObject): MessageShape<Desc> {
  const fitted = collectExtra(desc, json);
  return Object.keys(fitted).length === 0 ? create(desc) : fromJson(desc, fitted);
}

function hoistExtra(desc: DescMessage, json: JsonValue): JsonObject {
  if (!isObject(json)) return {};
  const fields = fieldsOf(desc);
  const members = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(json)) {
    if (name !== extraName) members.set(name, hoistMember(fields.get(name), value));
  }
  const extra = json[extraName];
  if (isObject(extra)) {
    for (const [name, value] of Object.entries(extra)) if (!members.has(name)) members.set(name, value);
  }
  // fromEntries, because assigning to a member called __proto__ would set the prototype instead.
  return Object.fromEntries(members);
}

function hoistMember(field: DescField | undefined, value: JsonValue): JsonValue {
  const message = field === undefined ? undefined : ownMessage(field);
  if (message === undefined) return value;
  return Array.isArray(value) ? value.map((element) => hoistExtra(message, element)) : hoistExtra(message, value);
}

function collectExtra(desc: DescMessage, json: JsonObject): JsonObject {
  const fields = fieldsOf(desc);
  const known: [string, JsonValue][] = [];
  const extra: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(json)) {
    const field = name === extraName ? undefined : fields.get(name);
    const fitted = field === undefined ? undefined : fit(field, value);
    if (fitted !== undefined) known.push([name, fitted]);
    // A null stands for an unset field. Unknown members keep theirs, because their schema is not known here.
    else if (field === undefined || value !== null) extra.push([name, value]);
  }
  if (extra.length > 0) known.push([extraName, Object.fromEntries(extra)]);
  return Object.fromEntries(known);
}

/** The value as the field's protobuf JSON, or undefined when it does not fit. */
function fit(field: DescField, value: JsonValue): JsonValue | undefined {
  switch (field.fieldKind) {
    case "scalar":
      return fitsScalar(field.scalar, value) ? wellFormed(value) : undefined;
    case "message":
      return fitMessage(field.message, value);
    case "list": {
      if (!Array.isArray(value)) return undefined;
      const { listKind } = field;
      if (listKind === "enum") return undefined;
      const elements: JsonValue[] = [];
      for (const element of value) {
        const fitted =
          listKind === "message" ? fitMessage(field.message, element) : fitsScalar(field.scalar, element) ? wellFormed(element) : undefined;
        if (fitted === undefined) return undefined;
        elements.push(fitted);
      }
      return elements;
    }
    case "map": {
      const { mapKind } = field;
      if (mapKind !== "scalar" || !isObject(value)) return undefined;
      if (!Object.values(value).every((element) => fitsScalar(field.scalar, element))) return undefined;
      return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, wellFormed(element)]));
    }
    case "enum":
      // The chat schema has no enums: hosts invent values for everything that OpenAI enumerates.
      return undefined;
    default:
      return field satisfies never;
  }
}

function wellFormed(value: JsonValue): JsonValue {
  return typeof value === "string" ? value.toWellFormed() : value;
}

function fitMessage(message: DescMessage, value: JsonValue): JsonValue | undefined {
  if (message.typeName === ValueSchema.typeName) return value;
  if (!isObject(value)) return undefined;
  return message.typeName === StructSchema.typeName ? value : collectExtra(message, value);
}

/** The message type of a field. Undefined for scalars, and for the types that protobuf writes as plain JSON. */
function ownMessage(field: DescField): DescMessage | undefined {
  const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
  return message === undefined || message.typeName.startsWith("google.protobuf.") ? undefined : message;
}

function fieldsOf(desc: DescMessage): ReadonlyMap<string, DescField> {
  let fields = fieldsByName.get(desc);
  if (fields === undefined) {
    fields = new Map(desc.fields.map((field) => [field.name, field]));
    fieldsByName.set(desc, fields);
  }
  return fields;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
