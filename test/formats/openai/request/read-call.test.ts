import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FallbackTarget } from "../../../../src/core/call.ts";
import type { RouterError } from "../../../../src/core/errors.ts";
import type { CallContext } from "../../../../src/core/format.ts";
import { readCall } from "../../../../src/formats/openai/request/read-call.ts";
import { callOf } from "../support.ts";

const chat: CallContext = {
  endpoint: "chat",
  inboundProtocol: "rest",
  caller: undefined,
  traceContext: undefined,
  pathModel: undefined,
  callId: "c1",
  now: 1_000,
};

function refusal(body: string | Buffer, context: CallContext = chat): RouterError {
  const call = readCall(Buffer.from(body), context);
  assert.ok(!call.ok, "the call was accepted");
  return call.error;
}

function names(targets: readonly FallbackTarget[] | undefined): readonly string[] | undefined {
  return targets?.map(({ model }) => model);
}

function tagsOf(body: object): readonly string[] {
  const call = readCall(Buffer.from(JSON.stringify({ model: "m", ...body })), chat);
  assert.ok(call.ok);
  return call.value.tags;
}

function listOf(count: number, item = '"a"'): string {
  return `[${Array.from({ length: count }, () => item).join(",")}]`;
}

describe("readCall", () => {
  it("reads where the call must stay, and whether it wants its answer by a schema", () => {
    const call = callOf({ model: "m", allowed_model_region: "EU", response_format: { type: "json_schema", json_schema: {} } });
    assert.deepEqual([call.allowedRegion, call.wantsResponseSchema], ["eu", true]);
    assert.equal(callOf({ model: "m", response_format: { type: "json_object" } }).wantsResponseSchema, false);
  });

  it("reads whose conversation it is, and refuses no call for what might have told it", () => {
    const call = callOf({ model: "m", prompt_cache_key: "p", metadata: { session_id: "s" } });
    assert.deepEqual([call.session, call.tenant], ["s", "s"]);
    assert.equal(callOf({ model: "m" }).session, undefined);
    assert.equal(callOf({ model: "m", user: "u".repeat(70_000) }).session, undefined);
  });

  it("reads what the router acts on", () => {
    const call = callOf({
      model: "gpt-4o",
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      max_completion_tokens: 7,
      num_retries: 0,
      timeout: 1.5,
      request_timeout: 9,
      stream_timeout: 2,
      keepalive_seconds: 0,
    });
    const { body: _body, ...rest } = call;
    assert.deepEqual(rest, {
      id: "c1",
      endpoint: "chat",
      format: "openai",
      foreign: undefined,
      inboundProtocol: "rest",
      caller: undefined,
      intake: undefined,
      traceContext: undefined,
      model: "gpt-4o",
      stream: true,
      includeUsage: true,
      session: undefined,
      tenant: undefined,
      maxOutputTokens: 7,
      answers: 1,
      units: undefined,
      requestClass: undefined,
      arrivedAt: 0,
      deadline: undefined,
      numRetries: 0,
      timeoutMs: 1_500,
      streamTimeoutMs: 2_000,
      keepaliveMs: 0,
      fallbacks: undefined,
      contextWindowFallbacks: undefined,
      contentPolicyFallbacks: undefined,
      disableFallbacks: false,
      maxFallbacks: undefined,
      allowedRegion: undefined,
      wantsResponseSchema: false,
      tags: [],
      priority: 0,
    });
  });

  it("reads where the call may go when its group fails", () => {
    const call = callOf({
      model: "m",
      fallbacks: ["a", { model: "b", temperature: 0 }],
      context_window_fallbacks: { m: ["long", "longer"], "*": "longest" },
      content_policy_fallbacks: [{ m: ["lenient"] }, { m: ["too late"], n: [] }],
      disable_fallbacks: true,
      max_fallbacks: 0,
      priority: -2,
    });
    assert.deepEqual(names(call.fallbacks), ["a", "b"]);
    assert.deepEqual([call.fallbacks?.[0]?.amend === undefined, call.fallbacks?.[1]?.amend === undefined], [true, false]);
    assert.deepEqual(
      [...(call.contextWindowFallbacks ?? [])].map(([group, targets]) => [group, names(targets)]),
      [
        ["m", ["long", "longer"]],
        ["*", ["longest"]],
      ],
    );
    assert.deepEqual(
      [...(call.contentPolicyFallbacks ?? [])].map(([group, targets]) => [group, names(targets)]),
      [
        ["m", ["lenient"]],
        ["n", []],
      ],
    );
    assert.deepEqual([call.disableFallbacks, call.maxFallbacks, call.priority], [true, 0, -2]);
  });

  it("tells an empty list of fallbacks from none", () => {
    assert.deepEqual(callOf({ model: "m", fallbacks: [] }).fallbacks, []);
    assert.equal(callOf({ model: "m", fallbacks: null }).fallbacks, undefined);
    assert.equal(callOf({ model: "m", context_window_fallbacks: {} }).contextWindowFallbacks?.size, 0);
  });

  it("joins the tags of body and metadata, each once", () => {
    assert.deepEqual(tagsOf({ tags: ["a", " b "], metadata: { tags: ["b", "!c"] } }), ["a", "b", "!c"]);
    assert.deepEqual(tagsOf({ tags: "a, b,", metadata: { tags: "&c" } }), ["a", "b", "&c"]);
    assert.deepEqual(tagsOf({ metadata: { user: "u" } }), []);
    assert.deepEqual(tagsOf({ tags: null }), []);
    // What else stands in `metadata`, and whether it is an object at all, is the provider's business.
    assert.deepEqual(tagsOf({ metadata: "nonsense" }), []);
  });

  it("counts null as absent and leaves unset what is not said", () => {
    const call = callOf({ model: "m", stream: null, stream_options: null, max_tokens: null, timeout: null, num_retries: null });
    assert.deepEqual(
      [call.stream, call.includeUsage, call.maxOutputTokens, call.timeoutMs, call.numRetries],
      [false, false, undefined, undefined, undefined],
    );
  });

  it("hands the body on byte for byte, with its members located", () => {
    const text = '{ "model":"m", "seed" : 12345678901234567890, "x":1.0e2 }';
    const { body } = callOf(text);
    assert.equal(body.bytes.toString(), text);
    assert.deepEqual(
      body.members.map((member) => body.bytes.toString("utf8", member.valueStart, member.valueEnd)),
      ['"m"', "12345678901234567890", "1.0e2"],
    );
  });

  it("lets the path's model win, also when the body has none", () => {
    assert.equal(callOf({ model: "body" }, "chat", "path").model, "path");
    assert.equal(callOf({}, "chat", "path").model, "path");
  });

  it("forgives trailing commas, and sends on a body without them", () => {
    const text = '{\n"model": "gpt-3.5-turbo",\n"messages": [\n{"role": "user", "content": "a,] \\",}",},\n],\n}\n';
    const call = callOf(text);
    assert.equal(call.model, "gpt-3.5-turbo");
    const sent = JSON.parse(call.body.bytes.toString()) as { messages: { content: string }[] };
    assert.equal(sent.messages[0]?.content, 'a,] ",}');
    assert.equal(call.body.bytes.length, Buffer.byteLength(text));
  });

  it("reads the same with a comma behind every last item", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const strict = JSON.stringify({ model: "m", value: value ?? 1 }, null, 2);
        const loose = strict.replaceAll(/([^[{\s,])(\n\s*[\]}])/g, "$1 ,$2");
        assert.deepEqual(JSON.parse(callOf(loose).body.bytes.toString()), JSON.parse(strict));
      }),
    );
  });

  it("says where malformed JSON is wrong", () => {
    const cases: [string, RegExp][] = [
      ['{"model": "m",\n "messages": [}', /line 2, column 15 \(offset 29\): expected a value, or \], found "}"/],
      ['{"model": "m"', /line 1, column 14 \(offset 13\): expected a comma or }, found the end of the text/],
      ['{"model": "m",,}', /column 15 .*expected a key in double quotes, found ","/],
      ["model=m", /line 1, column 1 .*expected a value, found "m"/],
      ["{,}", /column 2 .*expected a key in double quotes, or }, found ","/],
      ['{"model": ,}', /column 11 .*found ","/],
      ['{"model": [,]}', /column 12 .*expected a value, or \], found ","/],
    ];
    for (const [text, message] of cases) {
      const error = refusal(text);
      assert.equal(error.code, "invalid_request");
      assert.match(error.message, message);
    }
  });

  it("refuses bodies that are no JSON object", () => {
    const cases: [string | Buffer, RegExp][] = [
      ["", /is empty/],
      ["[]", /must be a JSON object, not an array/],
      ["null", /not null/],
      ['"x"', /not the string "x"/],
      [Buffer.from([0x7b, 0xff, 0x7d]), /not valid UTF-8/],
    ];
    for (const [body, message] of cases) assert.match(refusal(body).message, message);
  });

  it("names the field of a wrong type", () => {
    const cases: [object, string, RegExp][] = [
      [{}, "model", /`model` is required/],
      [{ model: null }, "model", /is required/],
      [{ model: 5 }, "model", /must be a non-empty string, not the number 5/],
      [{ model: "" }, "model", /non-empty/],
      [{ model: "m", stream: "true" }, "stream", /true or false, not the string "true"/],
      [{ model: "m", stream_options: [] }, "stream_options", /an object, not an array/],
      [{ model: "m", stream_options: { include_usage: 1 } }, "stream_options.include_usage", /true or false, not the number 1/],
      [{ model: "m", max_tokens: "5" }, "max_tokens", /a number, not the string "5"/],
      [{ model: "m", max_completion_tokens: {} }, "max_completion_tokens", /a number, not an object/],
      [{ model: "m", num_retries: 1.5 }, "num_retries", /whole number, 0 or more, not the number 1.5/],
      [{ model: "m", num_retries: -1 }, "num_retries", /0 or more/],
      [{ model: "m", timeout: 0 }, "timeout", /seconds above 0/],
      [{ model: "m", request_timeout: "30" }, "request_timeout", /seconds above 0/],
      [{ model: "m", keepalive_seconds: -1 }, "keepalive_seconds", /not the number -1/],
      [{ model: "m", stream_timeout: true }, "stream_timeout", /not the boolean true/],
      [{ model: "m", disable_fallbacks: "yes" }, "disable_fallbacks", /true or false, not the string "yes"/],
      [{ model: "m", max_fallbacks: -1 }, "max_fallbacks", /whole number, 0 or more, not the number -1/],
      [{ model: "m", priority: 0.5 }, "priority", /a whole number, not the number 0.5/],
      [{ model: "m", tags: { a: 1 } }, "tags", /an array of strings, not an object/],
      [{ model: "m", tags: ["a", 1] }, "tags", /an array of strings, not one that holds anything else/],
      [{ model: "m", metadata: { tags: 7 } }, "metadata.tags", /an array of strings, not the number 7/],
      [{ model: "m", fallbacks: "a" }, "fallbacks", /an array of models, not the string "a"/],
      [{ model: "m", fallbacks: ["a", 5] }, "fallbacks[1]", /the name of a model, or an object with `model`, not the number 5/],
      [{ model: "m", fallbacks: [""] }, "fallbacks[0]", /not the string ""/],
      [{ model: "m", fallbacks: [{ messages: [] }] }, "fallbacks[0].model", /is required/],
      [{ model: "m", fallbacks: [{ model: "a", timeout: -1 }] }, "fallbacks[0].timeout", /seconds above 0/],
      [{ model: "m", fallbacks: [{ model: "a", api_key: "sk-1" }] }, "fallbacks[0].api_key", /is not allowed/],
      [{ model: "m", context_window_fallbacks: ["a"] }, "context_window_fallbacks[0]", /from a model to its fallbacks, not the string/],
      [{ model: "m", context_window_fallbacks: 5 }, "context_window_fallbacks", /from a model to its fallbacks, not the number 5/],
      [{ model: "m", content_policy_fallbacks: { a: 5 } }, "content_policy_fallbacks.a", /an array of models, not the number 5/],
      [{ model: "m", content_policy_fallbacks: [{ a: [{}] }] }, "content_policy_fallbacks[0].a[0].model", /is required/],
    ];
    for (const [body, param, message] of cases) {
      const error = refusal(JSON.stringify(body));
      assert.equal(error.code, "invalid_request");
      assert.equal(error.param, param);
      assert.match(error.message, message);
    }
  });

  it("leaves to the provider what is the provider's business", () => {
    const call = callOf({ model: "m", messages: "nonsense", max_tokens: -1, temperature: "hot", tools: 7 });
    assert.equal(call.maxOutputTokens, undefined);
  });

  it("never streams embeddings", () => {
    assert.equal(callOf({ model: "m", input: "x", stream: true }, "embeddings").stream, false);
  });

  it("takes no harm from deep nesting and hostile keys", () => {
    for (const depth of [500, 20_000]) {
      const nested = `${"[".repeat(depth)}${"]".repeat(depth)}`;
      assert.match(refusal(`{"model":"m","a":${nested}}`).message, /nested more than 500 levels deep/);
      assert.match(refusal(`{"model":"m","fallbacks":[{"model":"a","x":${nested}}]}`).message, /nested more than 500 levels deep/);
    }
    assert.equal(callOf(`{"model":"m","a":${"[".repeat(499)}${"]".repeat(499)}}`).model, "m");
    assert.equal(refusal(`{"model":"m","a":${"[".repeat(100_000)}`).code, "invalid_request");
    assert.equal(refusal('{"__proto__": {"model": "m"}}').param, "model");
    assert.equal(callOf('{"model":"m","context_window_fallbacks":{"__proto__":["a"]}}').contextWindowFallbacks?.size, 1);
    assert.equal(callOf('{"model":"m","__proto__":{"stream":true},"constructor":1}').stream, false);
  });

  const bounds: readonly (readonly [what: string, fits: string, exceeds: string, says: RegExp])[] = [
    ["members", `{"model":"m"${',"a":1'.repeat(9_999)}}`, `{"model":"m"${',"a":1'.repeat(10_000)}}`, /more than 10,000 members/],
    ["tags", `{"model":"m","tags":${listOf(1_000)}}`, `{"model":"m","tags":${listOf(1_001)}}`, /`tags` has more than 1000 tags/],
    [
      "tags in a text",
      `{"model":"m","tags":"${"a,".repeat(999)}a"}`,
      `{"model":"m","tags":"${"a,".repeat(20_000)}"}`,
      /more than 1000 tags/,
    ],
    ["fallbacks", `{"model":"m","fallbacks":${listOf(100)}}`, `{"model":"m","fallbacks":${listOf(101, "1")}}`, /more than 100 fallbacks/],
    [
      "fallbacks for long prompts",
      `{"model":"m","context_window_fallbacks":{"m":${listOf(100)}}}`,
      `{"model":"m","context_window_fallbacks":${listOf(102, "{}")}}`,
      /more than 100 fallbacks/,
    ],
    [
      "a model's name",
      `{"model":"${"é".repeat(512)}"}`,
      `{"model":"${"é".repeat(513)}"}`,
      /^The field `model` is too long for the name of a model/,
    ],
    [
      "a fallback's name",
      `{"model":"m","fallbacks":["${"x".repeat(1_024)}"]}`,
      `{"model":"m","fallbacks":["${"x".repeat(1_025)}"]}`,
      /`fallbacks\[0\]` is too long for the name of a model/,
    ],
    [
      "metadata",
      `{"model":"m","metadata":{"a":"${"x".repeat(60_000)}"}}`,
      `{"model":"m","metadata":"${"x".repeat(1_048_576)}"}`,
      /`metadata` has 1048578 bytes/,
    ],
  ];
  for (const [what, fits, exceeds, says] of bounds) {
    it(`bounds ${what}, in a large body too, and says little of what exceeds the bound`, () => {
      const prompt = `{"messages":"${"x".repeat(20_000)}",`;
      for (const body of [fits, fits.replace("{", prompt)])
        assert.ok(readCall(Buffer.from(body), chat).ok === (what !== "members" || body === fits));
      for (const body of [exceeds, exceeds.replace("{", prompt)]) {
        const { message } = refusal(body);
        assert.match(message, says);
        assert.ok(message.length < 300, message.slice(0, 400));
      }
    });
  }

  it("uses the last of a field that is given twice, as parsers do", () => {
    assert.equal(callOf('{"model":"a","model":"b"}').model, "b");
  });

  it("refuses a call whose deadline has passed", () => {
    assert.equal(refusal('{"model":"m"}', { ...chat, deadline: 1_000 }).code, "deadline_exceeded");
    assert.ok(readCall(Buffer.from('{"model":"m"}'), { ...chat, deadline: 1_001 }).ok);
  });
});
