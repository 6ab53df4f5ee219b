import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Call } from "../../../../src/core/call.ts";
import { callOf } from "../support.ts";

/** The request of a call on its first fallback. */
function onFallback(text: string): { readonly call: Call; readonly amended: Call; readonly sent: string } {
  const call = callOf(text);
  const amended = call.fallbacks?.[0]?.amend?.(call);
  assert.ok(amended);
  return { call, amended, sent: amended.body.bytes.toString() };
}

function fields({ timeoutMs, streamTimeoutMs, maxOutputTokens, tags }: Call): readonly unknown[] {
  return [timeoutMs, streamTimeoutMs, maxOutputTokens, tags];
}

describe("a fallback with parameters of its own", () => {
  it("replaces the messages and parameters it names, and leaves every other byte alone", () => {
    const { sent } = onFallback(
      '{ "model":"m", "messages" : ["long"], "seed" : 1.0e2, "fallbacks":[{"model":"b","messages":["short"],"temperature":0}] }',
    );
    assert.equal(
      sent,
      '{ "model":"m", "messages" : ["short"], "seed" : 1.0e2, "fallbacks":[{"model":"b","messages":["short"],"temperature":0}],"temperature":0 }',
    );
  });

  it("sends its numbers on as they are spelled", () => {
    const { sent } = onFallback('{"model":"m","fallbacks":[{"model":"b","seed":12345678901234567890,"top_p":1.0,"x":{"n":[1E400]}}]}');
    assert.match(sent, /,"seed":12345678901234567890,"top_p":1.0,"x":\{"n":\[1E400\]\}\}$/);
  });

  it("locates the members of the new request, so that it can be encoded like any other", () => {
    const { amended } = onFallback('{"model":"m","a":"long value","fallbacks":[{"model":"b","a":1,"b":[2]}]}');
    const { bytes, members } = amended.body;
    assert.deepEqual(
      members.map(({ key, valueStart, valueEnd }) => [key, bytes.toString("utf8", valueStart, valueEnd)]),
      [
        ["model", '"m"'],
        ["a", "1"],
        ["fallbacks", '[{"model":"b","a":1,"b":[2]}]'],
        ["b", "[2]"],
      ],
    );
  });

  it("changes what the router goes by, where it says so", () => {
    const { amended, call } = onFallback(
      '{"model":"m","timeout":1,"tags":["a"],"fallbacks":[{"model":"b","timeout":2,"stream_timeout":3,"max_tokens":4,"tags":["b"]}]}',
    );
    assert.deepEqual(fields(amended), [2_000, 3_000, 4, ["b"]]);
    assert.deepEqual(fields(call), [1_000, undefined, undefined, ["a"]]);
    const { amended: same } = onFallback('{"model":"m","timeout":1,"tags":["a"],"max_tokens":7,"fallbacks":[{"model":"b","n":1}]}');
    assert.deepEqual(fields(same), [1_000, undefined, 7, ["a"]]);
  });

  it("replaces a cap on the output whatever its name", () => {
    const { sent } = onFallback('{"model":"m","max_completion_tokens":9,"fallbacks":[{"model":"b","max_tokens":4}]}');
    const { max_completion_tokens: old, max_tokens: cap } = JSON.parse(sent) as Readonly<Record<string, unknown>>;
    assert.deepEqual([old, cap], [undefined, 4]);
  });

  it("never changes whether the caller gets a stream", () => {
    const call = callOf({ model: "m", stream: true, fallbacks: [{ model: "b", stream: false, stream_options: { include_usage: true } }] });
    assert.equal(call.fallbacks?.[0]?.amend, undefined);
  });

  it("says to its model exactly what was asked for", () => {
    const parameter = fc
      .string({ minLength: 1 })
      .filter((key) => !["model", "stream", "stream_options"].includes(key) && !/^(max_|api_|base_)/.test(key));
    fc.assert(
      fc.property(
        fc
          .dictionary(parameter, fc.jsonValue(), { minKeys: 1, noNullPrototype: true })
          .filter((own) => !("timeout" in own || "tags" in own)),
        fc.dictionary(parameter, fc.jsonValue(), { noNullPrototype: true }),
        (own, others) => {
          const body = { ...others, model: "m", fallbacks: [{ ...own, model: "b" }] };
          const { sent } = onFallback(JSON.stringify(body));
          assert.deepEqual(JSON.parse(sent), JSON.parse(JSON.stringify({ ...body, ...own })));
        },
      ),
      { numRuns: 200 },
    );
  });
});
