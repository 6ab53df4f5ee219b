import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { writeSchema } from "../../../src/formats/gemini/request/write-schema.ts";
import { anyChat } from "../../support/fakes/any-chat.ts";
import { propertyRuns } from "../../support/property-runs.ts";
import { chatCall, decoded } from "../kit/chat/support.ts";
import { geminiAdapter, sse } from "./support.ts";

/** The fields of Google's `Schema`, as its client's types have them. */
const schemaFields: ReadonlySet<string> = new Set([
  "anyOf",
  "default",
  "description",
  "enum",
  "example",
  "format",
  "items",
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
  "properties",
  "propertyOrdering",
  "required",
  "title",
  "type",
]);
const types: ReadonlySet<unknown> = new Set(["STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]);

function assertSchema(schema: JsonMembers): void {
  for (const field of Object.keys(schema)) assert.ok(schemaFields.has(field), `${field} in ${JSON.stringify(schema)}`);
  if ("type" in schema) assert.ok(types.has(schema["type"]), JSON.stringify(schema));
  const {
    properties,
    items,
    anyOf = [],
    enum: values,
    required,
  } = schema as { properties?: JsonMembers; items?: JsonMembers } & JsonMembers;
  if (values !== undefined) for (const value of values as readonly JsonValue[]) assert.ok(typeof value === "string" && value !== "");
  if (properties !== undefined) {
    assert.ok(Object.keys(properties).length > 0);
    for (const name of (required ?? []) as readonly string[]) assert.ok(Object.hasOwn(properties, name));
    for (const property of Object.values(properties)) assertSchema(property as JsonMembers);
  }
  if (items !== undefined) assertSchema(items);
  for (const one of anyOf as readonly JsonMembers[]) assertSchema(one);
}

interface Part {
  readonly text?: string;
  readonly functionCall?: { readonly id?: string; readonly name: string };
  readonly functionResponse?: { readonly id?: string; readonly name: string; readonly response: JsonMembers };
  readonly inlineData?: JsonMembers;
}

interface Body {
  readonly contents: readonly { readonly role: string; readonly parts: readonly Part[] }[];
  readonly tools?: readonly { readonly functionDeclarations?: readonly JsonMembers[] }[];
}

const legalName = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

function assertBody({ contents, tools = [] }: Body): void {
  assert.deepEqual(
    contents.map(({ role }) => role),
    contents.map((_content, index) => (index % 2 === 0 ? "user" : "model")),
  );
  for (const [index, { parts }] of contents.entries()) {
    assert.ok(parts.length > 0);
    for (const part of parts) {
      assert.equal(Object.keys(part).filter((key) => key !== "thought" && key !== "thoughtSignature").length, 1);
      assert.notEqual(part.text, "");
      if (part.functionCall !== undefined) assert.match(part.functionCall.name, legalName);
    }
    const answers = parts.flatMap(({ functionResponse }) => (functionResponse === undefined ? [] : [functionResponse]));
    if (answers.length === 0) continue;
    const calls = contents[index - 1]?.parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
    assert.deepEqual(
      answers.map(({ id, name }) => [id, name]),
      calls?.map(({ id, name }) => [id, name]),
    );
    // Google wants them before all else.
    assert.ok(parts.slice(0, answers.length).every(({ functionResponse }) => functionResponse !== undefined));
  }
  for (const declaration of tools.flatMap(({ functionDeclarations: list = [] }) => list)) {
    assert.match(declaration["name"] as string, legalName);
    assert.ok(!("parameters" in declaration && "parametersJsonSchema" in declaration));
    if ("parameters" in declaration) assertSchema(declaration["parameters"] as JsonMembers);
  }
}

describe("any chat in Gemini's words", () => {
  for (const model of ["gemini-3.5-flash", "gemini-2.5-pro", "gemini-1.5-flash", "gemma-3-27b-it"]) {
    it(`has turns that alternate, results that answer calls, and schemas that ${model} takes`, () => {
      let taken = 0;
      fc.assert(
        fc.property(anyChat, (chat) => {
          const request = geminiAdapter({}, { rules: { dropParams: true } }).encode(chatCall(chat), model);
          if (request instanceof RouterError) {
            assert.equal(request.code, "cannot_serve_this", request.message);
            return;
          }
          taken++;
          assertBody(JSON.parse(Buffer.concat(request.body).toString()) as Body);
        }),
        propertyRuns(300),
      );
      assert.ok(taken > propertyRuns(200).numRuns, `only ${taken} were sent`);
    });
  }
});

const anySchema = fc.letrec<{ node: JsonMembers; whole: JsonMembers }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<JsonMembers>({}, { type: "string" }, { $ref: "#/$defs/one" }),
    tie("whole"),
  ),
  whole: fc
    .record(
      {
        type: fc.constantFrom<JsonValue>(
          "object",
          "array",
          "string",
          "integer",
          "number",
          "boolean",
          "null",
          ["string", "null"],
          ["object", "array"],
        ),
        properties: fc.dictionary(fc.constantFrom("a", "b", "$ref", "__proto__", "type"), tie("node"), { maxKeys: 3 }),
        required: fc.constantFrom<JsonValue>(["a"], ["missing"], []),
        items: tie("node"),
        anyOf: fc.array(tie("node"), { maxLength: 3 }),
        oneOf: fc.array(tie("node"), { maxLength: 2 }),
        allOf: fc.array(tie("node"), { maxLength: 2 }),
        $ref: fc.constantFrom("#/$defs/one", "#/$defs/two", "#", "#/nowhere", "https://example.com/schema"),
        enum: fc.constantFrom<JsonValue>(["x", ""], [1, 2], [null, "x"], []),
        const: fc.constantFrom<JsonValue>("x", 1, null),
        format: fc.constantFrom("date-time", "email", "uuid"),
        additionalProperties: fc.constantFrom<JsonValue>(true, false, {}),
        default: fc.jsonValue() as fc.Arbitrary<JsonValue>,
        minimum: fc.integer(),
        uniqueItems: fc.boolean(),
        $schema: fc.constant("https://json-schema.org/draft/2020-12/schema"),
      },
      { requiredKeys: [] },
    )
    .map((node) => node as JsonMembers),
}));

function doubled(name: string): JsonMembers {
  return { type: "object", properties: { l: { $ref: `#/$defs/${name}` }, r: { $ref: `#/$defs/${name}` } } };
}

describe("any JSON schema", () => {
  it("becomes a schema of the fields that Google knows, however it refers to itself", () => {
    const root = fc
      .tuple(anySchema.node, anySchema.node, anySchema.node)
      .map(([node, one, two]): JsonMembers => ({ ...node, $defs: { one, two } }));
    fc.assert(
      fc.property(root, (schema) => {
        const before = JSON.stringify(schema);
        assertSchema(writeSchema(schema).schema);
        assert.equal(JSON.stringify(schema), before);
      }),
      propertyRuns(1_000),
    );
  });

  it("is cut where its references grow without an end", () => {
    const $defs = Object.fromEntries(Array.from({ length: 40 }, (_one, index) => [`n${index}`, doubled(`n${index + 1}`)]));
    const { isCut, isLossy } = writeSchema({ ...doubled("n0"), $defs });
    assert.deepEqual([isCut, isLossy], [true, true]);
  });
});

const recordedParts: readonly JsonMembers[] = [
  { text: "th\u{1f642}", thought: true },
  { text: "" },
  { text: "Grüße, \u{1f642}!" },
  { text: "signed", thoughtSignature: "c2ln" },
  { functionCall: { name: "f", args: { a: [1, { b: ']}\\"' }] } }, thoughtSignature: "c2ln" },
  { functionCall: { name: "g", willContinue: true } },
  { functionCall: { partialArgs: [{ jsonPath: "$.a", stringValue: "x", willContinue: true }], willContinue: true } },
  { functionCall: {} },
  { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
  { executableCode: { code: "1" } },
];
const anyChunk = fc
  .record({
    parts: fc.array(fc.constantFrom(...recordedParts), { maxLength: 3 }),
    index: fc.constantFrom(undefined, 0, 1),
    finishReason: fc.constantFrom(undefined, undefined, "STOP", "SAFETY"),
    tokens: fc.nat(1000),
  })
  .map(({ parts, index, finishReason, tokens }) => ({
    candidates: [{ content: { role: "model", parts }, index, finishReason }],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: tokens, totalTokenCount: 5 + tokens },
  }));

describe("any stream of Gemini", () => {
  const call = chatCall({ stream: true });
  const bytesOf = (pieces: readonly Buffer[]): string[] => decoded(geminiAdapter(), call, pieces).map(({ bytes }) => bytes.toString());

  it("is the same wherever it is cut, and as a list of JSON", () => {
    fc.assert(
      fc.property(fc.array(anyChunk, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(3_000), { maxLength: 6 }), (chunks, cuts) => {
        const list = Buffer.from(JSON.stringify(chunks, undefined, 1));
        const whole = bytesOf([sse(chunks)]);
        assert.deepEqual(bytesOf(cutAt(sse(chunks), cuts)), whole);
        assert.deepEqual(bytesOf(cutAt(list, cuts)), whole);
      }),
      propertyRuns(300),
    );
  });

  it("ends once, with an end for each answer or with an error", () => {
    fc.assert(
      fc.property(fc.array(anyChunk, { maxLength: 5 }), (chunks) => {
        const kinds = decoded(geminiAdapter(), call, [sse(chunks)]).map(({ kind }) => kind);
        const failed = kinds.filter((kind) => kind === "error").length;
        assert.equal(failed + kinds.filter((kind) => kind === "done").length, chunks.length === 0 ? 0 : 1);
        if (failed > 0) assert.equal(kinds.at(-1), "error");
      }),
    );
  });
});

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((one, other) => one - other), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}
