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

  it("names every wrong setting with what is allowed", () => {
    const problems = problemsOf({
      address: "mock/x",
      mock: { first_token_ms: -1, error_rate: 2, rpm: "6", tokens_per_second: 0, speed: 1 },
      mockResponse: 5,
    });
    assert.deepEqual(problems, [
      "mock.speed is not a setting of the mock provider; known are first_token_ms, tokens_per_second, output_tokens, error_rate, rpm, tpm, seed",
      "mock.first_token_ms must be milliseconds, 0 or more, not -1",
      "mock.tokens_per_second must be a number above 0, not 0",
      "mock.error_rate must be a share from 0 to 1, not 2",
      'mock.rpm must be requests per minute, 1 or more, not "6"',
      "mock_response must be a text, or the name of an error such as litellm.RateLimitError",
    ]);
  });
});
