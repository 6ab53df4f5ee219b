import { fromBinary, fromJson, toBinary, toJson, type DescMessage, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import fc from "fast-check";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  ChatCompletionRequestSchema,
  ChatCompletionResponseSchema,
  ChatCompletionStreamResponseSchema,
} from "../../../gen/huntgroup/v1/chat_pb.ts";
import { messageFromOpenAi, messageToOpenAi } from "../../../src/rpc/protobuf-json/message-json.ts";

const goldens: readonly (readonly [string, DescMessage])[] = [
  ["request", ChatCompletionRequestSchema],
  ["response", ChatCompletionResponseSchema],
  ["chunk", ChatCompletionStreamResponseSchema],
];

describe("OpenAI's JSON and the messages are the same thing", () => {
  for (const [name, schema] of goldens) {
    const golden = JSON.parse(readFileSync(new URL(`../../fixtures/rpc/${name}.json`, import.meta.url), "utf8")) as JsonObject;

    test(`a ${name} that uses everything is parsed unchanged by protobuf's own JSON, and written the same`, () => {
      const message = fromJson(schema, golden, { ignoreUnknownFields: false });
      assert.deepEqual(toJson(schema, message, { useProtoFieldName: true }), golden);
      assert.deepEqual(messageFromOpenAi(schema, golden), message, "both ways in give the same message");
      assert.deepEqual(messageToOpenAi(schema, message), golden, "both ways out give the same JSON");
    });

    test(`the ${name} uses every field there is, so that none is forgotten`, () => {
      const { extra: _extra, ...rest } = Object.fromEntries(schema.fields.map((field) => [field.name, true]));
      assert.deepEqual(Object.keys(golden).sort(), Object.keys(rest).sort());
    });
  }
});

describe("what the schema does not know", () => {
  test("travels in the extra of the message it belongs to, and comes back to its place", () => {
    const body: JsonObject = {
      model: "gpt-4",
      top_k: 40,
      thinking: { type: "enabled", budget_tokens: 1024 },
      messages: [{ role: "user", content: "hi", cache_control: { type: "ephemeral" } }],
      tools: [{ type: "web_search", max_uses: 3 }],
    };
    const message = messageFromOpenAi(ChatCompletionRequestSchema, body);
    assert.deepEqual(message.extra, { top_k: 40, thinking: { type: "enabled", budget_tokens: 1024 } });
    assert.deepEqual(message.messages[0]?.extra, { cache_control: { type: "ephemeral" } });
    assert.deepEqual(message.tools[0]?.extra, { max_uses: 3 });
    assert.deepEqual(messageToOpenAi(ChatCompletionRequestSchema, message), body);
  });

  test("includes a null member, whose meaning is not ours to know", () => {
    const message = messageFromOpenAi(ChatCompletionRequestSchema, { model: "m", top_k: null });
    assert.deepEqual(message.extra, { top_k: null });
  });

  test("includes members that are called extra or __proto__", () => {
    const body = JSON.parse('{"model":"m","extra":{"extra":1},"__proto__":{"polluted":true}}') as JsonObject;
    const message = messageFromOpenAi(ChatCompletionRequestSchema, body);
    const back = messageToOpenAi(ChatCompletionRequestSchema, message);
    assert.equal(JSON.stringify(back), JSON.stringify(body));
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  test("yields to a known field of the same name", () => {
    const message = messageFromOpenAi(ChatCompletionRequestSchema, { model: "m" });
    message.extra = { model: "smuggled", top_k: 1 };
    assert.deepEqual(messageToOpenAi(ChatCompletionRequestSchema, message), { model: "m", top_k: 1 });
  });

  test("is untouched within the free-form parts of a request", () => {
    const parameters: JsonObject = { type: "object", extra: { kept: null }, properties: { extra: { type: "string" } } };
    const body: JsonObject = { model: "m", tools: [{ type: "function", function: { name: "f", parameters } }] };
    assert.deepEqual(messageToOpenAi(ChatCompletionRequestSchema, messageFromOpenAi(ChatCompletionRequestSchema, body)), body);
  });
});

describe("a reply that is not as OpenAI's schema says", () => {
  const oddities: readonly (readonly [what: string, json: JsonObject, kept: JsonObject])[] = [
    ["a text for a number", { created: "now" }, { created: "now" }],
    ["a fraction for an integer", { created: 1.5 }, { created: 1.5 }],
    ["milliseconds for seconds", { created: 1_700_000_000_000 }, { created: 1_700_000_000_000 }],
    ["a negative time", { created: -1 }, { created: -1 }],
    ["a number for a text", { id: 7 }, { id: 7 }],
    ["an object for a list", { choices: {} }, { choices: {} }],
    ["a list with one odd element", { choices: [{ index: 0 }, 1] }, { choices: [{ index: 0 }, 1] }],
    ["a list for an object", { usage: [] }, { usage: [] }],
  ];
  for (const [what, json, kept] of oddities) {
    test(`${what} is kept in extra`, () => {
      const message = messageFromOpenAi(ChatCompletionResponseSchema, json);
      assert.deepEqual(message.extra, kept);
      assert.deepEqual(messageToOpenAi(ChatCompletionResponseSchema, message), json);
      assert.doesNotThrow(() => toBinary(ChatCompletionResponseSchema, message), "it can be sent");
    });
  }

  test("content in parts is kept in the message's extra", () => {
    const content = [{ type: "text", text: "hi" }];
    const message = messageFromOpenAi(ChatCompletionResponseSchema, { choices: [{ index: 0, message: { role: "assistant", content } }] });
    assert.deepEqual(message.choices[0]?.message?.extra, { content });
  });

  test("null members of known fields are unset", () => {
    const message = messageFromOpenAi(ChatCompletionResponseSchema, {
      usage: null,
      choices: [{ index: 0, logprobs: null, finish_reason: null, message: { content: null } }],
    });
    assert.equal(message.usage, undefined);
    assert.equal(message.extra, undefined);
    assert.deepEqual(messageToOpenAi(ChatCompletionResponseSchema, message), { choices: [{ index: 0, message: {} }] });
  });

  test("no JSON object whatsoever makes the mapping fail, and nothing but nulls and empties is lost", () => {
    fc.assert(
      fc.property(fc.dictionary(memberName, fc.jsonValue()), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as JsonObject;
        for (const [, schema] of goldens) {
          const back = messageToOpenAi(schema, messageFromOpenAi(schema, json));
          assert.deepEqual(essence(back), essence(json));
        }
      }),
    );
  });
});

test("any body of the schema, extras at every level, survives the message and its wire form", () => {
  fc.assert(
    fc.property(requestBody, (body) => {
      const message = messageFromOpenAi(ChatCompletionRequestSchema, body);
      const sent = fromBinary(ChatCompletionRequestSchema, toBinary(ChatCompletionRequestSchema, message));
      assert.deepEqual(messageToOpenAi(ChatCompletionRequestSchema, sent), body);
    }),
  );
});

test("a number that JSON cannot hold is refused rather than sent as null", () => {
  const message = messageFromOpenAi(ChatCompletionRequestSchema, { model: "m" });
  message.stop = { $typeName: "google.protobuf.Value", kind: { case: "numberValue", value: Number.NaN } };
  assert.throws(() => messageToOpenAi(ChatCompletionRequestSchema, message));
});

/** Names of the schema as likely as others, so that known fields meet values of all types. */
const memberName = fc.oneof(
  fc.constantFrom("id", "created", "choices", "usage", "model", "messages", "stop", "logit_bias", "tools", "extra", "seed", "stream"),
  fc.string(),
);

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const text = fc.string({ unit: "grapheme", minLength: 1 });
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
/** No name of the schema begins with `x_`. */
const extras = fc.dictionary(
  fc.stringMatching(/^x_[a-z]{1,5}$/),
  json.filter((value) => !JSON.stringify(value).includes("__proto__")),
);

function withExtras(known: fc.Arbitrary<object>): fc.Arbitrary<JsonObject> {
  return fc.tuple(known, extras).map(([members, more]) => JSON.parse(JSON.stringify({ ...members, ...more })) as JsonObject);
}

const requestMessage = withExtras(
  fc.record(
    { role: text, content: json, name: fc.string(), reasoning_content: fc.string(), refusal: fc.string(), tool_call_id: fc.string() },
    { requiredKeys: ["role"] },
  ),
);
const tool = withExtras(fc.record({ type: text, function: withExtras(fc.record({ name: text, strict: fc.boolean() })) }));
const requestBody = withExtras(
  fc.record(
    {
      model: text,
      messages: fc.array(requestMessage, { minLength: 1, maxLength: 3 }),
      temperature: number,
      n: fc.integer(),
      stop: json,
      tool_choice: json,
      logit_bias: fc.dictionary(fc.stringMatching(/^\d{1,5}$/), number, { minKeys: 1 }),
      tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
      stream: fc.boolean(),
      seed: fc.maxSafeInteger(),
      stream_options: withExtras(fc.record({ include_usage: fc.boolean() })),
    },
    { requiredKeys: ["model", "messages"] },
  ),
);

/** What must survive: all but nulls, empty texts, lists and maps, zeros, and members left empty by that. */
function essence(value: JsonValue): JsonValue | undefined {
  if (value === null || value === "" || value === 0) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((element) => essence(element) ?? null);
  if (typeof value !== "object") return value;
  const kept = Object.entries(value).flatMap(([name, member]) => {
    const essential = name === "__proto__" ? undefined : essence(member);
    return essential === undefined ? [] : [[name, essential] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
