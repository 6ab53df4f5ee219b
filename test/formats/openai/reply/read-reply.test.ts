import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DecodedReply } from "../../../../src/core/provider.ts";
import { readReply } from "../../../../src/formats/openai/reply/read-reply.ts";
import { callOf, secret, source } from "../support.ts";

const chat = callOf({ model: "my model" });
const embeddings = callOf({ model: "my model", input: "x" }, "embeddings");

function reply(body: string, call = chat): DecodedReply {
  const decoded = readReply(call, source, Buffer.from(body));
  assert.ok(!(decoded instanceof RouterError), decoded instanceof RouterError ? decoded.message : "");
  return decoded;
}

function refusal(body: string, call = chat): RouterError {
  const decoded = readReply(call, source, Buffer.from(body));
  assert.ok(decoded instanceof RouterError);
  return decoded;
}

describe("readReply", () => {
  it("puts the caller's name for the model in and leaves every other byte", () => {
    const body =
      '{ "id":"x", "choices":[{"message":{"content":"\\u00e9","model":"in"}}],\n "model" : "gpt-4o-2024", "created":1e9, "seed":12345678901234567890 }\n';
    assert.equal(reply(body).body.toString(), body.replace('"gpt-4o-2024"', '"my model"'));
  });

  it("adds the model where the provider leaves it out", () => {
    assert.equal(reply('{"choices":[{}]}').body.toString(), '{"choices":[{}],"model":"my model"}');
  });

  it("reads the usage", () => {
    const cases: [string, DecodedReply["usage"]][] = [
      ['{"choices":[{}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}', { promptTokens: 3, outputTokens: 4 }],
      ['{"choices":[{}],"usage":null}', undefined],
      ['{"choices":[{}]}', undefined],
      ['{"choices":[{}],"usage":{"prompt_tokens":"3"}}', { promptTokens: 3, outputTokens: 0 }],
      ['{"choices":[{}],"usage":{"prompt_tokens":-1,"completion_tokens":4}}', undefined],
    ];
    for (const [body, usage] of cases) assert.deepEqual(reply(body).usage, usage, body);
    assert.deepEqual(reply('{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}', embeddings).usage, {
      promptTokens: 3,
      outputTokens: 0,
    });
  });

  it("refuses replies that are not what was asked for", () => {
    for (const body of [
      "",
      "<html>",
      "[]",
      '{"choices":[',
      '{"message":"ok"}',
      '{"data":[]}',
      '{"error":null}',
      '{"choices":[ ]}',
      '{"choices":null}',
    ]) {
      assert.equal(refusal(body).code, "upstream_malformed", body);
    }
    assert.equal(refusal('{"choices":[]}', embeddings).code, "upstream_malformed");
  });

  it("sees an error under status 200", () => {
    const error = refusal(`{"error":{"message":"no credits for ${secret}","code":402}}`);
    assert.equal(error.code, "quota_exhausted");
    assert.ok(!error.message.includes(secret));
  });

  it("takes no answer with an error beside it, or in its choice, for an answer", () => {
    const cases: [string, string][] = [
      ['{"choices":null,"error":{"code":429,"message":"x"}}', "upstream_rate_limited"],
      ['{"choices":[{"message":{"content":"hi"}}],"error":{"code":503}}', "upstream_overloaded"],
      ['{"choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}', "quota_exhausted"],
      ['[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]', "upstream_overloaded"],
      ['[{"choices":[{"message":{"content":"hi"}}]}]', "upstream_malformed"],
      ['{"choices":[{"finish_reason":"error","message":{"content":""}}]}', "upstream_error"],
      ['{"choices":[{"finish_reason" : "error","error":{"code":429}}]}', "upstream_rate_limited"],
    ];
    for (const [body, code] of cases) assert.equal(refusal(body).code, code, body);
    for (const fine of [
      '{"choices":[{"message":{"content":"\\"finish_reason\\":\\"error\\""}}],"error":null,"base_resp":{"status_code":0}}',
      '{"choices":[{"error":null,"message":{"content":"a"}}],"error":{}}',
    ])
      assert.equal(reply(fine).usage, undefined);
  });

  it("tells an answer of which the provider's filter left nothing from one that it cut", () => {
    assert.equal(reply('{"choices":[{"finish_reason":"content_filter","message":{"content":null}}]}').isFiltered, true);
    assert.equal(reply('{"choices":[{"finish_reason":"content_filter","message":{"content":"a"}}]}').isFiltered, undefined);
    assert.equal(reply('{"choices":[{"finish_reason":"stop","message":{"content":""}}]}').isFiltered, undefined);
  });
});
