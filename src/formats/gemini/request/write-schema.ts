import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { resolveRef } from "./resolve-ref.ts";

/** A JSON schema in the words of Google's `Schema`. */
export interface WrittenSchema {
  readonly schema: JsonMembers;
  /** Whether the JSON schema says something that `Schema` has no word for. */
  readonly isLossy: boolean;
  /** Whether it is too large to be written out, and was cut. */
  readonly isCut: boolean;
}

/** References within references grow fast when they are written out. More members and values than this has no schema of a tool. */
const mostWeight = 100_000;
const deepest = 64;

/** What both kinds of schema have alike. */
const plainKeys: ReadonlySet<string> = new Set([
  "description",
  "title",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "nullable",
  "pattern",
  "propertyOrdering",
]);
/** What may be left out: it constrains nothing, or says what is so in a `Schema` anyway. */
const idleKeys: ReadonlySet<string> = new Set([
  "$schema",
  "$id",
  "$anchor",
  "$comment",
  "$defs",
  "definitions",
  "default",
  "example",
  "examples",
  "deprecated",
  "discriminator",
  "readOnly",
  "writeOnly",
  "strict",
]);
const knownFormats: ReadonlySet<string> = new Set(["date-time", "enum", "int32", "int64", "float", "double"]);

/**
 * Writes a JSON schema as Google's `Schema`: references are written out and those to themselves cut, `null` becomes `nullable`, and only the
 * fields that `Schema` has are left.
 */
export function writeSchema(root: JsonMembers): WrittenSchema {
  const writer = new SchemaWriter(root);
  const schema = writer.write(root, 0);
  return { schema, isLossy: writer.isLossy, isCut: writer.isCut };
}

/** Writes the parts of one schema. */
class SchemaWriter {
  isLossy = false;
  isCut = false;
  readonly #root: JsonMembers;
  /** The references that the present part stands in. */
  readonly #within: string[] = [];
  #weight = 0;

  constructor(root: JsonMembers) {
    this.#root = root;
  }

  write(node: JsonMembers, depth: number): JsonMembers {
    if (depth > deepest || this.#isTooMuch(weightOf(node))) {
      this.isLossy = this.isCut = true;
      return { type: "OBJECT" };
    }
    const ref = node["$ref"];
    if (typeof ref === "string") return this.#reference(ref, node, depth);
    const all = listOf(node["allOf"]);
    if (all.length > 0) return this.#merged(node, all, depth);
    const types = typesOf(node["type"]);
    const choices = [...listOf(node["anyOf"]), ...listOf(node["oneOf"])];
    const written: Record<string, JsonValue> = {};
    for (const [key, value] of Object.entries(node)) {
      if (plainKeys.has(key)) written[key] = value;
      else if (!ownKeys.has(key) && !idleKeys.has(key)) this.isLossy = true;
    }
    if (types.includes("null")) written["nullable"] = true;
    const own = types.filter((type) => type !== "null");
    const isWhole = "properties" in node || "items" in node;
    // What stands beside choices is the same for all of them, which a `Schema` can't say.
    if (choices.length > 0 && isWhole) this.isLossy = true;
    else if (choices.length > 0) return this.#choice(written, choices, own, depth);
    if (own.length > 1)
      return this.#choice(
        written,
        own.map((type) => ({ ...withoutTexts(node), type })),
        [],
        depth,
      );
    const type = own[0] ?? (types.length > 0 ? "null" : guessedType(node));
    // No word stands for any value at all.
    if (type === undefined) this.isLossy = true;
    else written["type"] = type.toUpperCase();
    this.#writeValues(node, type, written);
    if (type === "object") this.#writeProperties(node, written, depth);
    if (type === "array") this.#writeItems(node, written, depth);
    return written;
  }

  #reference(ref: string, { $ref: _ref, ...beside }: JsonMembers, depth: number): JsonMembers {
    const target = this.#within.includes(ref) ? undefined : resolveRef(this.#root, ref);
    if (target === undefined) {
      this.isLossy = true;
      return { ...this.write({ type: "object", ...beside }, depth + 1), type: "OBJECT" };
    }
    this.#within.push(ref);
    const written = this.write({ ...target, ...beside }, depth + 1);
    this.#within.pop();
    return written;
  }

  /** All of several schemas at once, where what they say does not meet. */
  #merged({ allOf: _allOf, ...node }: JsonMembers, all: readonly JsonMembers[], depth: number): JsonMembers {
    const merged: Record<string, JsonValue> = {};
    const properties = new Map<string, JsonValue>();
    const required = new Set<string>();
    const entered = this.#within.length;
    for (const part of [...all.map((one) => this.#target(one)), node]) {
      const { properties: named, required: needed, ...said } = part;
      if (Object.keys(said).some((key) => key in merged && !repeatable.has(key))) this.isLossy = true;
      Object.assign(merged, said);
      const own = Object.entries(membersOf(named));
      if (this.#isTooMuch(own.length)) break;
      for (const [name, property] of own) properties.set(name, property);
      for (const name of textsOf(needed)) required.add(name);
    }
    if (properties.size > 0) merged["properties"] = Object.fromEntries(properties);
    if (required.size > 0) merged["required"] = [...required];
    const written = this.write(merged, depth + 1);
    this.#within.length = entered;
    return written;
  }

  /** What a part of `allOf` says: where that is a reference, the schema that it names, in which that reference is cut. */
  #target(part: JsonMembers): JsonMembers {
    const { $ref: ref, ...beside } = part;
    if (typeof ref !== "string") return part;
    const target = this.#within.includes(ref) ? undefined : resolveRef(this.#root, ref);
    if (target === undefined || this.#isTooMuch(weightOf(target))) {
      this.isLossy = true;
      return beside;
    }
    this.#within.push(ref);
    return { ...target, ...beside };
  }

  /** Counts what is written. @returns Whether that is more than any schema has: then it is cut. */
  #isTooMuch(weight: number): boolean {
    this.#weight += weight;
    if (this.#weight <= mostWeight) return false;
    this.isLossy = this.isCut = true;
    return true;
  }

  /** @param own The types that stand beside the choices, for those that name none. */
  #choice(written: Record<string, JsonValue>, choices: readonly JsonMembers[], own: readonly string[], depth: number): JsonMembers {
    const [type] = own;
    const others = choices.filter((choice) => !isNull(choice));
    if (others.length < choices.length) written["nullable"] = true;
    const anyOf = others.map((choice) =>
      this.write(type === undefined || own.length > 1 || "type" in choice || "$ref" in choice ? choice : { type, ...choice }, depth + 1),
    );
    const [only] = anyOf;
    if (only !== undefined && anyOf.length === 1) return { ...only, ...written };
    return anyOf.length === 0 ? { type: "NULL", ...written } : { ...written, anyOf };
  }

  /** The values that are allowed, of texts alone, and the format. */
  #writeValues(node: JsonMembers, type: string | undefined, written: Record<string, JsonValue>): void {
    const listed = "const" in node ? [node["const"]] : node["enum"];
    if (Array.isArray(listed)) {
      const values = (listed as readonly JsonValue[]).filter((value) => value !== null);
      const texts = values.filter((value) => typeof value === "string" && value !== "");
      if (values.length < listed.length) written["nullable"] = true;
      if (texts.length < values.length) this.isLossy = true;
      if (type === "string" && texts.length > 0) written["enum"] = texts;
    }
    const { format } = node;
    if (typeof format !== "string") return;
    if (knownFormats.has(format)) written["format"] = format;
    else written["description"] = [written["description"], `(format: ${format})`].filter((text) => typeof text === "string").join(" ");
  }

  #writeProperties(node: JsonMembers, written: Record<string, JsonValue>, depth: number): void {
    const given = node["additionalProperties"];
    // A `Schema` has no others than those that it names.
    if (given !== undefined && given !== false) this.isLossy = true;
    const entries = Object.entries(membersOf(node["properties"])).map(([name, property]) => [
      name,
      this.write(isMembers(property) ? property : {}, depth + 1),
    ]);
    // Google refuses an empty list of properties.
    if (entries.length === 0) {
      if (depth > 0 && given !== false) this.isLossy = true;
      return;
    }
    const properties = Object.fromEntries(entries) as JsonMembers;
    const required = textsOf(node["required"]).filter((name) => Object.hasOwn(properties, name));
    Object.assign(written, { properties, ...(required.length === 0 ? {} : { required: [...new Set(required)] }) });
  }

  #writeItems(node: JsonMembers, written: Record<string, JsonValue>, depth: number): void {
    const { items } = node;
    if (isMembers(items)) written["items"] = this.write(items, depth + 1);
    else this.isLossy = true;
  }
}

/** How much a schema says by itself, without what is within it. */
function weightOf(node: JsonMembers): number {
  const { enum: values, required, type } = node;
  let weight = 1 + Object.keys(node).length;
  for (const list of [values, required, type]) if (Array.isArray(list)) weight += list.length;
  return weight;
}

/** What several schemas may say alike. */
const repeatable: ReadonlySet<string> = new Set(["type", "title", "description"]);

/** What `write` reads by itself. */
const ownKeys: ReadonlySet<string> = new Set([
  "type",
  "anyOf",
  "oneOf",
  "const",
  "enum",
  "format",
  "properties",
  "required",
  "additionalProperties",
  "items",
]);

function typesOf(value: JsonValue | undefined): readonly string[] {
  const types = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  return types.flatMap((type) => (typeof type === "string" ? [type.toLowerCase()] : []));
}

function guessedType(node: JsonMembers): string | undefined {
  if ("properties" in node) return "object";
  if ("items" in node) return "array";
  const values = "const" in node ? [node["const"]] : node["enum"];
  const listed = Array.isArray(values) ? (values as readonly JsonValue[]).filter((value) => value !== null) : [];
  return listed.length > 0 && listed.every((value) => typeof value === "string") ? "string" : undefined;
}

function isNull({ type, const: only, enum: values }: JsonMembers): boolean {
  return type === "null" || only === null || (Array.isArray(values) && values.length === 1 && values[0] === null);
}

/** What is said of a value of several types stands beside them once. */
function withoutTexts({ title: _title, description: _description, nullable: _nullable, type: _type, ...rest }: JsonMembers): JsonMembers {
  return rest;
}

function membersOf(value: JsonValue | undefined): JsonMembers {
  return isMembers(value) ? value : {};
}

function listOf(value: JsonValue | undefined): readonly JsonMembers[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).map((one) => membersOf(one)) : [];
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((one) => typeof one === "string") : [];
}

/** A JSON schema as Google takes it: beside a reference may stand nothing else. */
export function plainJsonSchema(schema: JsonMembers): JsonMembers {
  return plain(schema, 0) as JsonMembers;
}

function plain(value: JsonValue, depth: number): JsonValue {
  if (depth > deepest * 2) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((one) => plain(one, depth + 1));
  if (!isMembers(value)) return value;
  const isReference = typeof value["$ref"] === "string";
  const kept = Object.entries(value).filter(([key]) => (depth > 0 || key !== "$schema") && (!isReference || key.startsWith("$")));
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner, depth + 1)]));
}
