import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { readCall } from "../../../../src/formats/openai/request/read-call.ts";
import type { Call } from "../../../../src/core/call.ts";
import type { Result } from "../../../../src/lib/result.ts";
import type { RouterError } from "../../../../src/core/errors.ts";

const context = {
  endpoint: "chat",
  pathModel: undefined,
  callId: "c",
  inboundProtocol: "rest",
  caller: undefined,
  traceContext: undefined,
  now: 5,
} as const;

function read(text: string): Result<Call, RouterError> {
  return readCall(Buffer.from(text), context);
}

/** Everything but where the members stand. */
function gist(read: Result<Call, RouterError>): unknown {
  if (!read.ok) return { code: read.error.code, param: read.error.param, message: read.error.message };
  const { body, ...call } = read.value;
  // As a text, for two functions are never the same.
  return inspect({ ...call, keys: body.members.map((member) => member.key) }, { depth: 6 });
}

/** A prompt that makes a body large, and one that does not. */
const long = JSON.stringify([{ role: "user", content: 'All of it, "quoted",\nand more. '.repeat(2_000) }]);
const short = JSON.stringify([{ role: "user", content: "hi" }]);

describe("readCall of a large body", () => {
  it("reads what it reads of a small one, right or wrong", () => {
    const field = fc.oneof(
      fc.tuple(fc.constant("stream"), fc.constantFrom(true, false, null, "yes")),
      fc.tuple(fc.constant("stream_options"), fc.constantFrom({ include_usage: true }, 7)),
      fc.tuple(fc.constantFrom("max_tokens", "max_completion_tokens", "timeout", "num_retries"), fc.constantFrom(0, 10, 1.5, -1, "x")),
      fc.tuple(
        fc.constantFrom("fallbacks", "context_window_fallbacks"),
        fc.constantFrom(["a"], [{ model: "b", messages: [] }], [{ a: ["b"] }], 3),
      ),
      fc.tuple(fc.constantFrom("tags", "metadata"), fc.constantFrom(["a", "b"], { tags: ["c"] }, "d,e")),
      fc.tuple(fc.constant("response_format"), fc.constantFrom({ type: "json_schema" }, { type: "text" })),
      fc.tuple(fc.constantFrom("__proto__", "constructor", "temperature"), fc.constantFrom(1, { tags: ["no"] })),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), fc.nat({ max: 6 }), (fields, place) => {
        const members = [`"model":"m"`, ...fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)];
        const body = (messages: string): string => `{${members.toSpliced(place, 0, `"messages":${messages}`).join(",")}}`;
        assert.deepEqual(gist(read(body(long))), gist(read(body(short))));
      }),
      { numRuns: 300 },
    );
  });

  it("reads in pieces what it reads of the whole, and keeps no memory that the next one uses", () => {
    const text = `{"messages":${long},"model":"m","stream":true,"tags":["a"]}`;
    const bytes = Buffer.from(text);
    const inPieces = (bytes: Buffer): Result<Call, RouterError> =>
      readCall([bytes.subarray(0, 1_000), bytes.subarray(1_000, 30_000), bytes.subarray(30_000)], context);
    const call = inPieces(bytes);
    assert.ok(inPieces(Buffer.from(text.replaceAll("All", "Any"))).ok);
    assert.deepEqual(gist(call), gist(read(text)));
    assert.equal(call.ok && call.value.body.pieces?.length, 3);
    assert.ok(call.ok && call.value.body.bytes.equals(bytes));
    assert.deepEqual(gist(inPieces(bytes.subarray(0, -1))), gist(read(text.slice(0, -1))));
    const notUtf8 = Buffer.from(bytes);
    notUtf8[500] = 0xff;
    assert.deepEqual(gist(inPieces(notUtf8)), gist(readCall(notUtf8, context)));
  });

  it("says where it is not valid JSON", () => {
    const line = '{"model":"m",\n"messages":["';
    const broken = read(`${line}${"x".repeat(20_000)}\n"]}`);
    assert.match(broken.ok ? "" : broken.error.message, /line 2, column 20014 /);
  });

  it("forgives a trailing comma", () => {
    const forgiven = read(`{"model":"m","messages":${long},}`);
    const bytes = forgiven.ok ? forgiven.value.body.bytes.toString() : "";
    assert.ok(bytes.startsWith(`{"model":"m","messages":${long}`) && !bytes.endsWith(",}"));
  });

  it("refuses what is no object", () => {
    assert.deepEqual(gist(read(long)), {
      code: "invalid_request",
      param: undefined,
      message: "The request body must be a JSON object, not an array.",
    });
  });
});
