import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChatCompletionRequestSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { CreateEmbeddingsRequestSchema } from "../../../gen/huntgroup/v1/embedding_pb.ts";
import { jsonRefusal, mostRpcValues, protobufRefusal, unpackedRefusal } from "../../../src/rpc/protobuf-json/bounded-message.ts";
import { mostFields } from "../../../src/rpc/protobuf-json/field-count.ts";
import { requestMessage } from "../../support/grpc-cases.ts";

/** A field of bytes, as protobuf writes it. */
function field(tag: readonly number[], content: Buffer): Buffer {
  const length: number[] = [];
  let rest = content.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) length.push((rest % 0x80) + 0x80);
  return Buffer.concat([Buffer.from([...tag, ...length, rest]), content]);
}

function times(count: number, ...unit: readonly number[]): Buffer {
  return Buffer.alloc(count * unit.length, Buffer.from(unit));
}

const refuses = (message: Buffer): string => protobufRefusal(ChatCompletionRequestSchema, message)?.message ?? "";
const tooMany = /more than 200,000 fields/;

describe("a message of protobuf is refused for the number of its fields, wherever they stand:", () => {
  const most = mostFields;
  for (const [what, allowed, refused] of [
    ["empty messages", times(most, 0x12, 0), times(most + 1, 0x12, 0)],
    ["fields in a message", field([0x12], times(most - 1, 0x0a, 0)), field([0x12], times(most, 0x0a, 0))],
    [
      "values in a list in a value",
      field([0x42], field([0x32], times(most - 2, 0x0a, 0))),
      field([0x42], field([0x32], times(most - 1, 0x0a, 0))),
    ],
    ["entries of a map, and what is in them", times(most / 2, 0x9a, 0x02, 2, 0x0a, 0), times(most / 2 + 1, 0x9a, 0x02, 2, 0x0a, 0)],
    ["the struct of what else there is", field([0xa2, 0x06], times(most - 1, 0x0a, 0)), field([0xa2, 0x06], times(most, 0x0a, 0))],
    ["fields that nobody knows", times(most, 0xf8, 0x3f, 1), times(most + 1, 0xf8, 0x3f, 1)],
    ["groups", times(most, 0xfb, 0x3f), times(most + 1, 0xfb, 0x3f)],
  ] as const) {
    test(what, () => {
      assert.equal(refuses(allowed), "");
      assert.match(refuses(refused), tooMany);
    });
  }

  test("but not for what stands in its texts, or behind what is no field", () => {
    assert.equal(refuses(field([0x0a], times(most + 1, 0x12, 0))), "");
    assert.equal(refuses(Buffer.concat([Buffer.from([0x07]), times(most + 1, 0x12, 0)])), "");
    assert.equal(refuses(Buffer.concat([times(11, 0xff), times(most + 1, 0x12, 0)])), "");
  });

  test("up to the depth to which the library reads", () => {
    let deep = times(most + 1, 0x0a, 0);
    for (let level = 0; level < 60; level++) deep = field([0x32], field([0x0a], deep));
    assert.equal(refuses(field([0x42], deep)), "");
  });

  test("that embeddings of 66,000 tokens fit, two fields for each", () => {
    const tokens = field([0x12], field([0x32], Buffer.concat(Array.from({ length: 66_000 }, () => field([0x0a], Buffer.from([0x20, 1]))))));
    assert.equal(protobufRefusal(CreateEmbeddingsRequestSchema, tokens), undefined);
  });
});

const ones = (count: number): string => `{"a":[1${",1".repeat(count - 1)}]}`;
const json = (body: string): string => jsonRefusal(Buffer.from(body))?.message ?? "";

describe("a message in JSON", () => {
  test("is refused for more than 100,000 values, or another bound", () => {
    assert.equal(json(ones(mostRpcValues - 1)), "");
    assert.match(json(ones(mostRpcValues)), /more than 100,000 values/);
    assert.match(json(`\ufeff${ones(mostRpcValues)}`), /more than 100,000 values/);
    assert.match(json(`{"a":${"[".repeat(200_000)}`), /nested more than 500 levels/);
    assert.match(json(`{"a":1${',"a":1'.repeat(40_000)}}`), /more than 10,000 members/);
    assert.match(json(`[1${",1".repeat(200_000)}]`), /must be a JSON object/);
  });

  test("is the library's matter where it is none, unless it is large", () => {
    assert.equal(json(`{"a":"${"x".repeat(300_000)}`), "");
    assert.match(json(`{"a":"${"x".repeat(2_000_000)}`), /is not valid JSON: line 1, column 2000007: expected a closing "/);
  });
});

const refusal = (bytes: Buffer): string => unpackedRefusal(ChatCompletionRequestSchema, bytes)?.message ?? "";

test("a message that came packed is judged by its bytes", () => {
  const many = "1,".repeat(mostRpcValues);
  assert.match(refusal(Buffer.from(` \n{"a":[${many}1]}`)), /values/);
  assert.match(refusal(Buffer.from(`\ufeff {"a":[${many}1]}`)), /values/);
  assert.match(refusal(Buffer.from(` [${many}1]`)), /object/);
  assert.match(refusal(times(mostFields + 1, 0x12, 0)), tooMany);
  // It begins with a line feed and, by its length, a brace.
  const named = requestMessage({ model: "x".repeat(123) });
  assert.match(refusal(Buffer.concat([named, times(mostFields + 1, 0x12, 0)])), tooMany);
  assert.equal(refusal(Buffer.from(`{"a":"${"x".repeat(300_000)}"}`)), "");
});
