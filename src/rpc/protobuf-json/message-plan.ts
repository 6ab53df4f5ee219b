import { ScalarType, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";

/** What one value of a field is. A `message` is one of chat.proto, whose `extra` stands beside its members in OpenAI's JSON. */
type ValueKind = "string" | "bool" | "double" | "int32" | "uint32" | "value" | "struct" | "message";

/** One field, in the form that reading and writing bytes asks for. */
export interface FieldPlan {
  /** The same in protobuf and in OpenAI's JSON. */
  readonly name: string;
  readonly number: number;
  readonly kind: ValueKind;
  /** How many values it has. The keys of a map are texts. */
  readonly shape: "one" | "list" | "map";
  /** The field's number and wire type, as they stand before the value. */
  readonly tag: number;
  /** Whether zero, false and the empty text are written, because the field tells them from being unset. */
  readonly keepsZero: boolean;
  readonly scalar: ScalarType | undefined;
  /** Set for the kind `message`. */
  readonly message: MessagePlan | undefined;
}

/** One message, in the form that reading and writing bytes asks for. */
export interface MessagePlan {
  /** All fields but `extra`, in the order of their numbers, in which they are written. */
  readonly fields: readonly FieldPlan[];
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly byTag: ReadonlyMap<number, FieldPlan>;
  /** The tag of this message's `extra`. */
  readonly extraTag: number;
  readonly extraNumber: number;
}

const extraName = "extra";
const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;

const plans = new Map<DescMessage, MessagePlan>();

/** The plan of a message, made once. @throws For a schema that cannot be planned. A test shows that chat.proto's messages can. */
export function messagePlan(desc: DescMessage): MessagePlan {
  const known = plans.get(desc);
  if (known !== undefined) return known;
  const fields: FieldPlan[] = [];
  const extra = desc.fields.find(({ name }) => name === extraName);
  if (extra?.fieldKind !== "message" || extra.message.typeName !== StructSchema.typeName) throw unplanned(desc.typeName);
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) if (field !== extra) fields.push(fieldPlan(field));
  const plan: MessagePlan = {
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    byTag: new Map(fields.map((field) => [field.tag, field])),
    extraTag: (extra.number << 3) | lengthDelimited,
    extraNumber: extra.number,
  };
  if (fields.some(({ number }) => number > extra.number)) throw unplanned(desc.typeName);
  plans.set(desc, plan);
  return plan;
}

function fieldPlan(field: DescField): FieldPlan {
  const { kind, shape, scalar, message } = typed(field);
  const isPacked = shape === "list" && kind !== "string" && kind !== "message";
  const wireType = shape === "map" || isPacked ? lengthDelimited : wireTypeOf(kind);
  return {
    name: field.name,
    number: field.number,
    kind,
    shape,
    tag: (field.number << 3) | wireType,
    keepsZero: field.fieldKind !== "scalar" || field.proto.proto3Optional,
    scalar,
    message,
  };
}

function typed(field: DescField): Pick<FieldPlan, "kind" | "shape" | "scalar" | "message"> {
  switch (field.fieldKind) {
    case "scalar":
      return { kind: kindOf(field.scalar, field), shape: "one", scalar: field.scalar, message: undefined };
    case "message":
      return { ...ofMessage(field.message), shape: "one" };
    case "list":
      if (field.listKind === "message") return { ...ofMessage(field.message), shape: "list" };
      if (field.listKind === "enum") throw unplanned(field.toString());
      return { kind: kindOf(field.scalar, field), shape: "list", scalar: field.scalar, message: undefined };
    case "map":
      if (field.mapKind !== "scalar" || field.mapKey !== ScalarType.STRING) throw unplanned(field.toString());
      return { kind: kindOf(field.scalar, field), shape: "map", scalar: field.scalar, message: undefined };
    case "enum":
      throw unplanned(field.toString());
    default:
      return field satisfies never;
  }
}

function ofMessage(message: DescMessage): Pick<FieldPlan, "kind" | "scalar" | "message"> {
  if (message.typeName === ValueSchema.typeName) return { kind: "value", scalar: undefined, message: undefined };
  if (message.typeName === StructSchema.typeName) return { kind: "struct", scalar: undefined, message: undefined };
  return { kind: "message", scalar: undefined, message: messagePlan(message) };
}

function kindOf(scalar: ScalarType, field: DescField): ValueKind {
  switch (scalar) {
    case ScalarType.STRING:
      return "string";
    case ScalarType.BOOL:
      return "bool";
    case ScalarType.DOUBLE:
      return "double";
    case ScalarType.INT32:
      return "int32";
    case ScalarType.UINT32:
      return "uint32";
    default:
      throw unplanned(field.toString());
  }
}

function wireTypeOf(kind: ValueKind): number {
  switch (kind) {
    case "bool":
    case "int32":
    case "uint32":
      return varint;
    case "double":
      return fixed64;
    case "string":
    case "value":
    case "struct":
    case "message":
      return lengthDelimited;
    default:
      return kind satisfies never;
  }
}

function unplanned(what: string): Error {
  return new Error(`${what} is of a type that stands nowhere in chat.proto`);
}
