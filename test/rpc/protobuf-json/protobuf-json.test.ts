import { fromBinary, toBinary, type DescMessage, type JsonObject } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
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
import { messagePlan } from "../../../src/rpc/protobuf-json/message-plan.ts";
import { openAiToFrame } from "../../../src/rpc/protobuf-json/openai-to-protobuf.ts";
import { protobufToOpenAi } from "../../../src/rpc/protobuf-json/protobuf-to-openai.ts";
import { chatJson } from "../../support/chat-json.ts";

const schemas: readonly (readonly [string, DescMessage])[] = [
  ["request", ChatCompletionRequestSchema],
  ["response", ChatCompletionResponseSchema],
  ["chunk", ChatCompletionStreamResponseSchema],
];

function wireOf(desc: DescMessage, json: JsonObject): Buffer {
  return Buffer.from(toBinary(desc, messageFromOpenAi(desc, json)));
}

/** What the library makes of bytes; undefined where it refuses them. */
function byTheLibrary(bytes: Uint8Array): string | undefined {
  try {
    return JSON.stringify(messageToOpenAi(ChatCompletionRequestSchema, fromBinary(ChatCompletionRequestSchema, bytes)));
  } catch {
    return undefined;
  }
}

const requestPlan = messagePlan(ChatCompletionRequestSchema);
/** Some of what it is given it may leave to the library, which then does it; if that were most of it, nothing would be gained. */
const leastShare = 0.6;

describe("a request's bytes", () => {
  test("become the JSON that the library makes of them, to the letter", () => {
    let done = 0;
    let all = 0;
    fc.assert(
      fc.property(chatJson(ChatCompletionRequestSchema), (json) => {
        const bytes = wireOf(ChatCompletionRequestSchema, json);
        const read = protobufToOpenAi(requestPlan, bytes);
        all++;
        if (read === undefined) return;
        done++;
        assert.equal(JSON.stringify(read), byTheLibrary(bytes));
      }),
      { numRuns: 500 },
    );
    assert.ok(done / all > leastShare, `${done} of ${all}`);
  });

  test("are left to the library where they are broken, or become what it makes of them", () => {
    const damage = fc.oneof(
      fc.record({ kind: fc.constant("cut" as const), at: fc.nat(), byte: fc.nat(255) }),
      fc.record({ kind: fc.constant("change" as const), at: fc.nat(), byte: fc.nat(255) }),
      fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), byte: fc.nat(255) }),
      fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(), byte: fc.nat(255) }),
    );
    fc.assert(
      fc.property(chatJson(ChatCompletionRequestSchema), fc.array(damage, { minLength: 1, maxLength: 3 }), (json, damages) => {
        let bytes = wireOf(ChatCompletionRequestSchema, json);
        for (const { kind, at, byte } of damages) {
          const place = at % (bytes.length + 1);
          const before = bytes.subarray(0, place);
          if (kind === "cut") bytes = Buffer.from(before);
          else if (kind === "repeat") bytes = Buffer.concat([before, bytes]);
          else bytes = Buffer.concat([before, Buffer.from([byte]), bytes.subarray(kind === "insert" ? place : place + 1)]);
        }
        const read = protobufToOpenAi(requestPlan, bytes);
        if (read !== undefined) assert.equal(JSON.stringify(read), byTheLibrary(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  test("of any kind are read without a fault", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const read = protobufToOpenAi(requestPlan, Buffer.from(bytes));
        if (read !== undefined) assert.equal(JSON.stringify(read), byTheLibrary(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  const first = wireOf(ChatCompletionRequestSchema, { model: "gpt-4" });
  const second = wireOf(ChatCompletionRequestSchema, { temperature: 1 });
  const extra = wireOf(ChatCompletionRequestSchema, { model: "smuggled" }).subarray(2);
  const entry = Buffer.concat([
    Buffer.from([0x0a, 5]),
    Buffer.from("model"),
    Buffer.from([0x12, extra.length + 2, 0x1a, extra.length]),
    extra,
  ]);
  const smuggled = Buffer.concat([Buffer.from([0xa2, 0x06, entry.length + 2, 0x0a, entry.length]), entry]);
  const unusual: readonly (readonly [what: string, bytes: Buffer, expected: JsonObject | undefined])[] = [
    ["fields out of order", Buffer.concat([second, first]), undefined],
    ["a field twice", Buffer.concat([first, first]), undefined],
    ["extra before a field", Buffer.concat([smuggled, first]), undefined],
    ["a known member in extra", Buffer.concat([first, smuggled]), { model: "gpt-4" }],
    ["an extra member where the field is not set", Buffer.concat([second, smuggled]), { temperature: 1, model: "smuggled" }],
  ];
  for (const [what, bytes, expected] of unusual) {
    test(`with ${what} are ${expected === undefined ? "left to the library" : "read as it reads them"}`, () => {
      const read = protobufToOpenAi(requestPlan, bytes);
      assert.deepEqual(read, expected);
      if (read !== undefined) assert.equal(JSON.stringify(read), byTheLibrary(bytes));
      assert.notEqual(byTheLibrary(bytes), undefined);
    });
  }

  test("of what clients usually send are not left to the library", () => {
    const { logit_bias, ...rest } = golden("request");
    const read = protobufToOpenAi(requestPlan, wireOf(ChatCompletionRequestSchema, { ...rest, logit_bias: logit_bias ?? {} }));
    assert.deepEqual(read, golden("request"));
  });
});

describe("OpenAI's JSON", () => {
  for (const [name, schema] of schemas.slice(1)) {
    const plan = messagePlan(schema);

    test(`of a ${name} becomes the bytes that the library makes of it`, () => {
      let done = 0;
      let all = 0;
      fc.assert(
        fc.property(chatJson(schema), (json) => {
          const frame = openAiToFrame(plan, json);
          all++;
          if (frame === undefined) return;
          done++;
          assert.equal(frame.toString("hex"), Buffer.from(encodeEnvelope(0, wireOf(schema, json))).toString("hex"));
        }),
        { numRuns: 500 },
      );
      assert.ok(done / all > leastShare, `${done} of ${all}`);
    });

    test(`of a ${name} that uses everything is not left to the library`, () => {
      const frame = openAiToFrame(plan, golden(name));
      assert.equal(frame?.toString("hex"), Buffer.from(encodeEnvelope(0, wireOf(schema, golden(name)))).toString("hex"));
    });
  }

  test("is written whole however large it is, and what follows is not touched by it", () => {
    const plan = messagePlan(ChatCompletionResponseSchema);
    for (const length of [0, 100, 20_000, 3_000_000, 5]) {
      const json = { id: "1", choices: [{ index: 0, message: { role: "assistant", content: "é".repeat(length) } }] };
      assert.deepEqual(openAiToFrame(plan, json), Buffer.from(encodeEnvelope(0, wireOf(ChatCompletionResponseSchema, json))));
    }
  });

  const leftOver: readonly (readonly [what: string, text: string])[] = [
    ["a number beyond JSON", '{"x":1e999}'],
    ["a member that would set a prototype", '{"x":{"__proto__":{"a":1}}}'],
    ["deep nesting", `{"x":${"[".repeat(90)}${"]".repeat(90)}}`],
  ];
  for (const [what, text] of leftOver) {
    test(`is left to the library where there is ${what}, and the next is not touched by it`, () => {
      const plan = messagePlan(ChatCompletionResponseSchema);
      assert.equal(openAiToFrame(plan, JSON.parse(text) as JsonObject), undefined);
      assert.equal(openAiToFrame(plan, { id: "a" })?.toString("hex"), "00000000030a0161");
    });
  }
});

function golden(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`../../fixtures/rpc/${name}.json`, import.meta.url), "utf8")) as JsonObject;
}
