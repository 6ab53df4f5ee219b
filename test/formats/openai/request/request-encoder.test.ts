import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonValue } from "../../../../src/core/provider.ts";
import { RequestEncoder } from "../../../../src/formats/openai/request/request-encoder.ts";
import { callOf } from "../support.ts";

function encode(body: object | string, defaults: Record<string, JsonValue> = {}, dropped: string[] = []): string {
  return Buffer.concat(new RequestEncoder({ defaults, dropped }).encode(callOf(body).body, callOf(body).stream, "up")).toString();
}

describe("RequestEncoder", () => {
  it("sends the caller's bytes but for the model", () => {
    const body =
      '{ "model" : "m", "seed":12345678901234567890,\n "temperature": 1.50, "messages":[{"role":"user","content":"é 😀"}], "new_field":{"a":[]} }';
    assert.equal(encode(body), body.replace('"m"', '"up"'));
  });

  it("adds the model that only the path named", () => {
    const pieces = new RequestEncoder({ defaults: {}, dropped: [] }).encode(callOf("{}", "chat", "m").body, false, "up");
    assert.equal(Buffer.concat(pieces).toString(), '{"model":"up"}');
  });

  it("adds defaults for what the caller did not set", () => {
    const defaults = { temperature: 0.5, stop: ["x"], thinking: { type: "enabled" } };
    assert.deepEqual(JSON.parse(encode({ model: "m", temperature: null }, defaults)), {
      model: "up",
      temperature: null,
      stop: ["x"],
      thinking: { type: "enabled" },
    });
  });

  it("leaves out what speaks to the router, and what the deployment drops", () => {
    const router = {
      num_retries: 1,
      timeout: 2,
      request_timeout: 3,
      stream_timeout: 4,
      keepalive_seconds: 5,
      fallbacks: [],
      context_window_fallbacks: {},
      content_policy_fallbacks: {},
      disable_fallbacks: false,
      max_fallbacks: 1,
      tags: [],
      priority: 1,
      mock_response: "x",
      drop_params: true,
    };
    assert.deepEqual(JSON.parse(encode({ model: "m", ...router, user: "u", n: 1 }, { user: "v", num_retries: 3 }, ["user"])), {
      model: "up",
      n: 1,
    });
  });

  it("never decides for the caller whether to stream", () => {
    const defaults = { stream: true, stream_options: { include_usage: true } };
    assert.deepEqual(JSON.parse(encode({ model: "m" }, defaults)), { model: "up" });
    assert.deepEqual(JSON.parse(encode({ model: "m", stream: true }, defaults)), {
      model: "up",
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("adds no second cap on the output beside the caller's", () => {
    assert.deepEqual(JSON.parse(encode({ model: "m", max_completion_tokens: 5 }, { max_tokens: 9 })), {
      model: "up",
      max_completion_tokens: 5,
    });
    assert.deepEqual(JSON.parse(encode({ model: "m", max_tokens: 5 }, { max_completion_tokens: 9 })), { model: "up", max_tokens: 5 });
    assert.deepEqual(JSON.parse(encode({ model: "m" }, { max_tokens: 9 })), { model: "up", max_tokens: 9 });
  });

  it("follows the model from call to call under a wildcard", () => {
    const encoder = new RequestEncoder({ defaults: {}, dropped: [] });
    for (const model of ["a", "b", "b", "a"]) {
      assert.equal(Buffer.concat(encoder.encode(callOf({ model: "m" }).body, false, model)).toString(), `{"model":"${model}"}`);
    }
  });
});
