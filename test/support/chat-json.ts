import { ScalarType, type DescField, type DescMessage, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { StructSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

/** Texts of all kinds, empty ones, astral ones and halves of these among them. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "\ufffd", "\ufeffa", "x".repeat(200)),
);
const double = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0));
const json: fc.Arbitrary<JsonValue> = fc
  .oneof(fc.jsonValue(), text, double, fc.constant(null))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const object = fc.dictionary(fc.oneof(text, fc.constantFrom("a", "1", "extra")), json).map(parsed);

/**
 * OpenAI's JSON for a message: most members fit their fields, some do not, and there are some that have no field. Members stand in any order.
 * As parsed from text.
 */
export function chatJson(desc: DescMessage, depth = 0): fc.Arbitrary<JsonObject> {
  const known = desc.fields
    .filter(({ name }) => name !== "extra")
    .map((field) =>
      fc.tuple(
        fc.constant(field.name),
        fc.oneof(
          { weight: 12, arbitrary: fitting(field, depth) },
          { weight: 1, arbitrary: json },
          { weight: 1, arbitrary: fc.constant(null) },
        ),
      ),
    );
  const unknown = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom("x", "7", "extra", "constructor")), json), { maxLength: 2 });
  return fc
    .tuple(
      fc.shuffledSubarray(known, { maxLength: Math.min(known.length, depth > 1 ? 3 : 8) }).chain((members) => fc.tuple(...members)),
      unknown,
    )
    .map(([members, others]) => parsed(Object.fromEntries([...members, ...others])));
}

function fitting(field: DescField, depth: number): fc.Arbitrary<JsonValue> {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(field.scalar);
    case "message":
      return ofMessage(field.message, depth);
    case "list":
      if (field.listKind === "message") return fc.array(ofMessage(field.message, depth), { maxLength: 2 });
      return field.listKind === "scalar" ? fc.array(scalar(field.scalar), { maxLength: 3 }) : json;
    case "map":
      return field.mapKind === "scalar" ? fc.dictionary(fc.oneof(text, fc.constantFrom("50256")), scalar(field.scalar)) : json;
    case "enum":
      return json;
    default:
      return field satisfies never;
  }
}

function ofMessage(desc: DescMessage, depth: number): fc.Arbitrary<JsonValue> {
  if (desc.typeName === ValueSchema.typeName) return json;
  return desc.typeName === StructSchema.typeName ? object : chatJson(desc, depth + 1);
}

function scalar(type: ScalarType): fc.Arbitrary<JsonValue> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.DOUBLE:
      return double;
    case ScalarType.INT32:
      return fc.oneof(fc.integer(), fc.nat(300), fc.constant(-0));
    case ScalarType.UINT32:
      return fc.oneof(fc.integer({ min: 0, max: 4_294_967_295 }), fc.nat(300));
    default:
      return json;
  }
}

function parsed(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
