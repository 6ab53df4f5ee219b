import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { plainJsonSchema, writeSchema } from "../../../../src/formats/gemini/request/write-schema.ts";

const text = { type: "STRING" };

describe("a JSON schema in Google's words", () => {
  const lossless: readonly [string, JsonMembers, JsonMembers][] = [
    [
      "has its types in capitals, and nothing that only says what is so anyway",
      { type: "object", $schema: "x", properties: { a: { type: "string", default: "x" } }, additionalProperties: false },
      { type: "OBJECT", properties: { a: text } },
    ],
    ["has nullable for a type beside null", { type: ["string", "null"] }, { type: "STRING", nullable: true }],
    [
      "has nullable for a choice with null",
      { anyOf: [{ type: "string" }, { type: "null" }], description: "d" },
      { type: "STRING", nullable: true, description: "d" },
    ],
    [
      "has a choice for several types, and for oneOf",
      { oneOf: [{ type: ["string", "integer"] }, { type: "boolean" }] },
      { anyOf: [{ anyOf: [text, { type: "INTEGER" }] }, { type: "BOOLEAN" }] },
    ],
    [
      "gives a choice the type beside it",
      { type: "string", anyOf: [{ pattern: "a" }, { pattern: "b" }] },
      {
        anyOf: [
          { type: "STRING", pattern: "a" },
          { type: "STRING", pattern: "b" },
        ],
      },
    ],
    ["has a constant as the one value", { const: "a" }, { type: "STRING", enum: ["a"] }],
    ["has no empty value, and nullable for null", { enum: ["a", "", null] }, { type: "STRING", enum: ["a"], nullable: true }],
    [
      "says a format that Google refuses in words",
      { type: "string", format: "email", description: "Whose." },
      {
        type: "STRING",
        description: "Whose. (format: email)",
      },
    ],
    ["keeps a format that Google knows", { type: "string", format: "date-time" }, { type: "STRING", format: "date-time" }],
    [
      "has references written out, also within allOf",
      {
        type: "object",
        properties: { a: { $ref: "#/$defs/a", description: "this a" }, b: { allOf: [{ $ref: "#/$defs/b~1c" }] } },
        required: ["a", "a", "none"],
        $defs: { a: { type: "string", description: "an a" }, "b/c": { type: "integer" } },
      },
      {
        type: "OBJECT",
        properties: { a: { type: "STRING", description: "this a" }, b: { type: "INTEGER" } },
        required: ["a"],
      },
    ],
    [
      "has several schemas as one",
      {
        allOf: [
          { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
          { properties: { b: { type: "string" } }, required: ["b"] },
        ],
      },
      { type: "OBJECT", properties: { a: text, b: text }, required: ["a", "b"] },
    ],
  ];
  for (const [what, schema, written] of lossless) {
    it(what, () => {
      assert.deepEqual(writeSchema(schema), {
        schema: written,
        isLossy: written["enum"] !== undefined && what.includes("empty"),
        isCut: false,
      });
    });
  }

  const lossy: readonly [string, JsonMembers, JsonMembers][] = [
    [
      "a reference to itself",
      { type: "object", properties: { a: { $ref: "#" } } },
      {
        type: "OBJECT",
        properties: { a: { type: "OBJECT", properties: { a: { type: "OBJECT" } } } },
      },
    ],
    ["a reference to nowhere", { $ref: "https://example.com/a" }, { type: "OBJECT" }],
    ["numbers as values", { type: "integer", enum: [1, 2] }, { type: "INTEGER" }],
    [
      "other members",
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
      {
        type: "OBJECT",
        properties: { a: text },
      },
    ],
    ["any value at all", { type: "object", properties: { a: {} } }, { type: "OBJECT", properties: { a: {} } }],
    ["a list of anything", { type: "array" }, { type: "ARRAY" }],
    ["what it has no word for", { type: "number", exclusiveMinimum: 1 }, { type: "NUMBER" }],
    [
      "properties beside a choice",
      { properties: { a: { type: "string" } }, anyOf: [{ required: ["a"] }] },
      {
        type: "OBJECT",
        properties: { a: text },
      },
    ],
  ];
  for (const [what, schema, written] of lossy) {
    it(`knows that it cannot say ${what}`, () => {
      assert.deepEqual(writeSchema(schema), { schema: written, isLossy: true, isCut: false });
    });
  }

  it("may be a JSON schema that has nothing beside its references", () => {
    const schema = {
      $schema: "x",
      properties: { a: { $ref: "#/$defs/a", description: "d" }, $schema: { type: "string" } },
      $defs: { a: {} },
    };
    assert.deepEqual(plainJsonSchema(schema), {
      properties: { a: { $ref: "#/$defs/a" }, $schema: { type: "string" } },
      $defs: { a: {} },
    });
  });
});
