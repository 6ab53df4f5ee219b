import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MockProfile, mockProfileHeader, readMockProfile } from "../../src/mock/mock-profile.ts";
import { callOf } from "../formats/openai/support.ts";
import { connect, encoded, problemsOf, type Setup } from "../providers/support.ts";

function profileOf(setup: Partial<Setup>): MockProfile {
  const { adapter, model } = connect({ address: "mock/x", apiKey: undefined, ...setup });
  const request = encoded(adapter, callOf({ model: "m" }), model);
  assert.equal(request.origin, "mock://local");
  return readMockProfile(request.headers[mockProfileHeader] ?? "");
}

describe("mock", () => {
  it("needs neither key nor address, and has sensible defaults", () => {
    assert.deepEqual(profileOf({}), { deploymentId: "d1", firstTokenMs: 30, tokensPerSecond: 200, errorRate: 0 });
  });

  it("hands its settings to the mock upstream", () => {
    const mock = { first_token_ms: 0, tokens_per_second: 50, output_tokens: 7, error_rate: 0.25, rpm: 6, tpm: 600 };
    assert.deepEqual(profileOf({ mock, mockResponse: "Grüße 😀" }), {
      deploymentId: "d1",
      firstTokenMs: 0,
      tokensPerSecond: 50,
      outputTokens: 7,
      errorRate: 0.25,
      rpm: 6,
      tpm: 600,
      response: "Grüße 😀",
    });
  });

  it("takes a replica with the numbers of a scenario's", () => {
    const { replica } = profileOf({ mock: { replica: { prefill_per_second: 4_000, max_batch: 8 } } });
    assert.deepEqual(replica, { prefill_per_second: 4_000, max_batch: 8 });
    assert.deepEqual(profileOf({ mock: { replica: {} } }).replica, {});
  });

  it("names what is wrong with a replica", () => {
    const wrong = { prefill_per_second: 0, max_batch: 1.5, step_ms: 0.1, prefill_share: 2, batch: 3 };
    assert.deepEqual(problemsOf({ address: "mock/x", mock: { replica: wrong, tokens_per_second: 5 } }), [
      "mock.replica.batch is not a setting of a replica; known are prefill_per_second, decode_per_second, stream_per_second, max_batch, kv_tokens, cache_tokens, step_ms, prefill_share, speed",
      "mock.replica.prefill_per_second must be a number above 0, not 0",
      "mock.replica.max_batch must be a whole number from 1 up to 4096, not 1.5",
      "mock.replica.step_ms must be a number from 1 up to 1000, not 0.1",
      "mock.replica.prefill_share must be a number above 0 up to 1, not 2",
      "mock.tokens_per_second is said by mock.replica: leave one of them out",
    ]);
    assert.deepEqual(problemsOf({ address: "mock/x", mock: { replica: 5 } }), ["mock.replica must be a map ({} for a usual one), not 5"]);
  });

  it("names every wrong setting with what is allowed", () => {
    const problems = problemsOf({
      address: "mock/x",
      mock: { first_token_ms: -1, error_rate: 2, rpm: "6", tokens_per_second: 0, speed: 1 },
      mockResponse: 5,
    });
    assert.deepEqual(problems, [
      "mock.speed is not a setting of the mock provider; known are first_token_ms, tokens_per_second, output_tokens, error_rate, rpm, tpm, seed, replica",
      "mock.first_token_ms must be milliseconds, 0 or more, not -1",
      "mock.tokens_per_second must be a number above 0, not 0",
      "mock.error_rate must be a share from 0 to 1, not 2",
      'mock.rpm must be requests per minute, 1 or more, not "6"',
      "mock_response must be a text, or the name of an error such as litellm.RateLimitError",
    ]);
  });
});
