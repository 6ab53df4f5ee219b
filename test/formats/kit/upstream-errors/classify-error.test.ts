import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../../src/core/errors.ts";
import type { UpstreamHeaders } from "../../../../src/core/upstream.ts";
import { classifyError, classifyInlineError } from "../../../../src/formats/kit/upstream-errors/classify-error.ts";
import { secret, source } from "../../openai/support.ts";

function classify(status: number, body: unknown, headers: UpstreamHeaders = {}): ReturnType<typeof classifyError> {
  return classifyError(source, status, headers, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}

const openAi = (message: string, code: string | null = null, type = "invalid_request_error", param: string | null = null): object => ({
  error: { message, type, param, code },
});

describe("classifyError", () => {
  const cases: [string, number, unknown, ErrorCode][] = [
    ["OpenAI: a parameter", 400, openAi("Unsupported value", "unsupported_value", undefined, "temperature"), "invalid_request"],
    [
      "OpenAI: too long",
      400,
      openAi("This model's maximum context length is 128000 tokens.", "context_length_exceeded"),
      "context_length_exceeded",
    ],
    ["OpenAI: quota", 429, openAi("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), "quota_exhausted"],
    [
      "Anthropic: a proof of thought of another account",
      400,
      { type: "error", error: { type: "invalid_request_error", message: "messages.1.content.0: Invalid `signature` in `thinking` block" } },
      "cannot_serve_this",
    ],
    [
      "Gemini: the same",
      400,
      { error: { code: 400, message: "Corrupted thought signature.", status: "INVALID_ARGUMENT" } },
      "cannot_serve_this",
    ],
    [
      "Gemini: none",
      400,
      {
        error: {
          code: 400,
          message: "Function call `f` is missing a thought_signature in functionCall parts.",
          status: "INVALID_ARGUMENT",
        },
      },
      "cannot_serve_this",
    ],
    [
      "Bedrock: the same as Anthropic",
      400,
      { message: "messages.1.content.0: Invalid `signature` in `thinking` block" },
      "cannot_serve_this",
    ],
    ["OpenAI: rate", 429, openAi("Rate limit reached", "rate_limit_exceeded", "requests"), "upstream_rate_limited"],
    ["OpenAI: key", 401, openAi("Incorrect API key provided", "invalid_api_key"), "upstream_auth"],
    ["OpenAI: model", 404, openAi("The model does not exist", "model_not_found"), "upstream_not_found"],
    ["OpenAI: policy", 400, openAi("rejected", "content_policy_violation"), "content_policy_violation"],
    ["OpenAI: its own fault", 500, openAi("The server had an error", null, "server_error"), "upstream_error"],
    [
      "Azure: filter",
      400,
      { error: { code: "content_filter", message: "filtered", param: "prompt", innererror: { code: "ResponsibleAIPolicyViolation" } } },
      "content_policy_violation",
    ],
    [
      "Azure: old filter",
      400,
      { error: { code: "BadRequest", message: "x", innererror: { code: "ResponsibleAIPolicyViolation" } } },
      "content_policy_violation",
    ],
    [
      "Azure: deployment",
      404,
      { error: { code: "DeploymentNotFound", message: "The API deployment does not exist." } },
      "upstream_not_found",
    ],
    ["Azure: rate", 429, { error: { code: "429", message: "Requests have exceeded" } }, "upstream_rate_limited"],
    ["Azure: key", 401, { statusCode: 401, message: "Unauthorized." }, "upstream_auth"],
    [
      "Gemini: key under 400",
      400,
      [{ error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] } }],
      "upstream_auth",
    ],
    ["Gemini: rate", 429, [{ error: { code: 429, message: "quota", status: "RESOURCE_EXHAUSTED" } }], "upstream_rate_limited"],
    ["Anthropic: overloaded", 529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "upstream_overloaded"],
    [
      "Anthropic: too long",
      400,
      { type: "error", error: { type: "invalid_request_error", message: "prompt is too long: 210000 tokens > 200000 maximum" } },
      "context_length_exceeded",
    ],
    ["Anthropic: model", 404, { type: "error", error: { type: "not_found_error", message: "model: claude-9" } }, "upstream_not_found"],
    ["Ollama: model", 404, { error: "model 'llama9' not found" }, "upstream_not_found"],
    [
      "llama.cpp: too long",
      400,
      { error: { code: 400, message: "the request exceeds the available context size", type: "exceed_context_size_error" } },
      "context_length_exceeded",
    ],
    ["FastAPI", 422, { detail: [{ loc: ["body", "messages", 0], msg: "field required", type: "missing" }] }, "invalid_request"],
    ["Groq: retired model", 400, openAi("The model has been decommissioned", "model_decommissioned"), "upstream_not_found"],
    ["OpenRouter: credits", 402, { error: { code: 402, message: "Insufficient credits" } }, "quota_exhausted"],
    [
      "OpenRouter: moderation",
      403,
      { error: { code: 403, message: "flagged", metadata: { reasons: ["violence"], flagged_input: "x" } } },
      "content_policy_violation",
    ],
    ["too large", 413, "", "request_too_large"],
    ["wrong path", 405, "Method Not Allowed", "upstream_not_found"],
    ["redirect", 301, "", "upstream_error"],
    ["redirect with a body of its own", 307, openAi("context window", "model_not_found"), "upstream_error"],
    ["timeout", 408, "", "upstream_timeout"],
    ["gateway timeout", 504, "<html>", "upstream_timeout"],
    ["bad gateway", 502, "<html>", "upstream_unreachable"],
    ["unavailable", 503, "", "upstream_overloaded"],
    ["conflict", 409, "", "upstream_error"],
    ["teapot", 418, "", "upstream_error"],
    ["a server error that speaks of the context window", 500, openAi("context window"), "upstream_error"],
  ];
  for (const [name, status, body, code] of cases) {
    it(`reads ${name} (${status}) as ${code}`, () => assert.equal(classify(status, body).code, code));
  }

  const amazon: [string, number, string, string, ErrorCode][] = [
    ["rate", 429, "ThrottlingException", "Too many requests, please wait before trying again.", "upstream_rate_limited"],
    ["tokens of a day", 429, "ThrottlingException", "Too many tokens per day, please wait before trying again.", "quota_exhausted"],
    ["quota", 400, "ServiceQuotaExceededException", "Your request exceeds the service quota for your account.", "quota_exhausted"],
    ["a model that is yet to start", 429, "ModelNotReadyException", "Model is not ready for inference.", "upstream_overloaded"],
    ["a model that took too long", 408, "ModelTimeoutException", "The request took too long to process.", "upstream_timeout"],
    ["a model that failed", 424, "ModelErrorException", "The request failed due to an error while processing the model.", "upstream_error"],
    ["no access", 403, "AccessDeniedException", "User is not authorized to perform: bedrock:InvokeModel", "upstream_auth"],
    ["a token that is over", 403, "ExpiredTokenException", "The security token included in the request is expired", "upstream_auth"],
    ["a wrong signature", 403, "InvalidSignatureException", "The request signature we calculated does not match", "upstream_auth"],
    [
      "a model without a profile",
      400,
      "ValidationException",
      "Invocation of model ID x with on-demand throughput isn\u2019t supported. Retry your request with the ID of an inference profile.",
      "upstream_not_found",
    ],
    ["a wrong model", 400, "ValidationException", "The provided model identifier is invalid.", "upstream_not_found"],
    ["a model of the past", 404, "ResourceNotFoundException", "This model version has reached the end of its life.", "upstream_not_found"],
    ["too long", 400, "ValidationException", "Input is too long for requested model.", "context_length_exceeded"],
    ["no tools", 400, "ValidationException", "This model doesn't support tool use.", "cannot_serve_this"],
    ["a fault of the request", 400, "ValidationException", "The text field in the ContentBlock object is blank.", "invalid_request"],
    ["its own fault", 500, "InternalServerException", "The system encountered an unexpected error.", "upstream_error"],
    ["a busy service", 503, "ServiceUnavailableException", "Too many connections, please wait.", "upstream_overloaded"],
  ];
  for (const [name, status, type, message, code] of amazon) {
    it(`reads AWS's ${name} (${status}) as ${code}, by a header and by words`, () => {
      const headers = { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/` };
      for (const body of [{ message }, { Message: message }]) {
        const error = classify(status, body, headers);
        assert.deepEqual([error.code, error.upstream?.type, error.upstream?.message], [code, type, message]);
      }
    });
  }

  it("keeps what the provider says of a caller's fault", () => {
    const error = classify(400, openAi("Unsupported value", "unsupported_value", "invalid_request_error", "temperature"));
    assert.equal(error.message, "Unsupported value");
    assert.equal(error.param, "temperature");
    assert.deepEqual(error.upstream, {
      status: 400,
      message: "Unsupported value",
      type: "invalid_request_error",
      param: "temperature",
      code: "unsupported_value",
    });
    const fastApi = classify(422, {
      detail: [
        { loc: ["body", "messages", 0], msg: "field required" },
        { loc: ["body"], msg: "bad" },
      ],
    });
    assert.equal(fastApi.message, "body.messages.0: field required; body: bad");
    assert.equal(fastApi.param, "messages.0");
  });

  it("names the deployment where it is at fault", () => {
    assert.equal(classify(500, openAi("boom")).message, "Deployment d1 failed (HTTP 500): boom");
    assert.equal(classify(429, "").message, "Deployment d1 is rate-limited by its provider (HTTP 429).");
    assert.equal(classify(500, "").deploymentId, "d1");
  });

  it("says of a redirect that it is not followed, and what to look at", () => {
    for (const status of [301, 302, 307, 308]) {
      assert.equal(
        classify(status, "<html>Moved</html>", { location: "https://elsewhere.example/v1" }).message,
        `Deployment d1 answered with a redirect (HTTP ${status}), which is not followed; check its api_base (http instead of https is the usual cause).`,
      );
    }
  });

  it("takes no code inside a reply for a redirect", () => {
    const error = classifyInlineError(source, { error: { code: 307, message: "boom" } });
    assert.equal(error.message, "Deployment d1 failed (HTTP 500): boom");
  });

  it("passes on what a provider says about credentials, without any that it quotes", () => {
    const quoted = ["sk-other-key", "ab***yz", "AIzaSyA0123", "hunter2", "k", "0123456789abcdef0123", "xai-ab"];
    for (const key of quoted) {
      const error = classify(401, openAi(`Incorrect API key provided: ${key}. See https://example.com/api-keys`, "invalid_api_key"));
      assert.match(error.message, /Incorrect API key provided: \[redacted\].* See https:\/\/example\.com\/api-keys$/);
      assert.ok(!JSON.stringify(error.upstream).includes(`: ${key}`), key);
    }
    const elsewhere = classify(401, openAi(`The key sk-abc123 of ab***yz was revoked`, "invalid_api_key"));
    assert.match(elsewhere.message, /The key \[redacted\] of \[redacted\] was revoked$/);
  });

  it("takes the deployment's own key out of every text, also in its URL form", () => {
    const bodies = [
      openAi(`no ${secret}`, secret, secret, secret),
      { error: `x ${encodeURIComponent(secret)}` },
      `plain ${secret}`,
      { detail: secret },
    ];
    for (const body of bodies) {
      for (const status of [400, 401, 404, 429, 500, 503]) {
        const error = classify(status, body);
        assert.ok(!JSON.stringify([error.message, error.param, error.upstream]).includes(secret));
      }
    }
  });

  it("shows no markup and no endless text", () => {
    assert.equal(
      classify(502, "<html><body>nginx</body></html>").message,
      "Deployment d1 could not be reached: something in between answered (HTTP 502).",
    );
    assert.ok(classify(400, "x".repeat(100_000)).message.length <= 2_000);
  });

  it("survives bodies of any shape", () => {
    for (const body of [
      "null",
      "[]",
      "[[]]",
      "{",
      "{}",
      '{"error":[]}',
      '{"error":{}}',
      '{"error":{"message":{}}}',
      '{"detail":{}}',
      '{"error":{"details":[null]}}',
      "\u0000",
    ]) {
      assert.equal(classify(500, body).code, "upstream_error", body);
    }
  });

  it("reads when to try again: headers before fields, fields before words, which say no more than that", () => {
    const google = { error: { code: 429, status: "RESOURCE_EXHAUSTED", details: [{}, { retryDelay: "38.5s" }] } };
    assert.equal(classify(429, [google]).retryAfterMs, 38_500);
    const said = classify(429, openAi("Please try again in 6m0s."));
    assert.deepEqual([said.retryAfterMs, said.isSaidWait], [360_000, true]);
    const headed = classify(429, openAi("Please try again in 6m0s."), { "retry-after": "7" });
    assert.deepEqual([headed.retryAfterMs, headed.isSaidWait], [7_000, false]);
    assert.equal(classify(429, "", { "retry-after": "86400" }).retryAfterMs, 86_400_000);
    assert.equal(classify(500, openAi("Please try again in 6m0s.")).retryAfterMs, undefined);
  });
});

it("a long message that is an echoed prompt is cut between characters, never within one", () => {
  const body = Buffer.from(JSON.stringify({ error: { message: `x${"🚀".repeat(3_000)}` } }));
  const { message, upstream } = classifyError(source, 400, {}, body);
  assert.equal(upstream?.message, `x${"🚀".repeat(999)}`);
  assert.ok(message.isWellFormed());
});
