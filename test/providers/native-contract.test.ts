import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import { chatCall, decoded } from "../formats/kit/chat/support.ts";
import { connect, encoded, problemsOf, type Setup } from "./support.ts";

/** One deployment of each provider with a format of its own; every promise below holds for all of them. */
const key = "sk-test-0123456789";
const setups: Record<string, Setup> = {
  "vertex_ai's Claude": { address: "vertex_ai/claude-sonnet-4-5", setting: (name) => (name === "vertex_project" ? "p1" : undefined) },
  "vertex_ai's Gemini": { address: "vertex_ai/gemini-3-flash", setting: (name) => (name === "vertex_project" ? "p1" : undefined) },
  anthropic: { address: "anthropic/claude-sonnet-4" },
  "azure_ai with Claude": { address: "azure_ai/claude-haiku-4-5", apiBase: "https://x.services.ai.azure.com" },
  bedrock: { address: "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0" },
  bedrock_mantle: { address: "bedrock_mantle/anthropic.claude-haiku-4-5" },
  gemini: { address: "gemini/gemini-2.5-flash" },
};

/** What a provider may send at most that is taken in whole, before it is looked at. */
const tooLong = Buffer.alloc(64 * 1024 * 1024 + 1, "{");

for (const [name, setup] of Object.entries(setups)) {
  describe(`the adapter contract of a native provider: ${name}`, () => {
    it("makes a request that any transport can send", () => {
      const { adapter, model } = connect({ ...setup, extraHeaders: { "X-Team": "blue" } });
      const request = encoded(adapter, chatCall({ stream: true }), model);
      assert.equal(request.method, "POST");
      assert.match(request.origin, /^https:\/\/[^/]+$/);
      assert.match(request.path, /^\/[^\s]*$/);
      assert.equal(request.headers["x-team"], "blue");
      for (const header of Object.keys(request.headers)) assert.equal(header, header.toLowerCase());
      assert.equal(request.headers["content-type"], "application/json");
      assert.equal(request.headers["content-length"], undefined);
    });

    it("keeps what is the router's to itself", () => {
      const { adapter, model } = connect(setup);
      const body = Buffer.concat(encoded(adapter, chatCall({ num_retries: 3, mock_response: "x" }), model).body).toString();
      assert.doesNotMatch(body, /num_retries|mock_response/);
    });

    it("refuses what a request can't be in its format, before anything is sent", () => {
      const { adapter, model } = connect(setup);
      const error = adapter.encode(chatCall({ logit_bias: { "1": 5 } }), model);
      assert.ok(error instanceof RouterError);
      assert.deepEqual([error.code, error.param], ["cannot_serve_this", "logit_bias"]);
      const dropping = connect({ ...setup, dropParams: true });
      assert.deepEqual(encoded(dropping.adapter, chatCall({ logit_bias: { "1": 5 } }), model).adjusted, ["logit_bias"]);
    });

    it("refuses a page in place of a stream", () => {
      const { adapter } = connect(setup);
      const [event, ...others] = decoded(adapter, chatCall({ stream: true }), [Buffer.from("\n<html>"), Buffer.from("Sign in</html>")]);
      assert.deepEqual([event?.kind, event?.error?.code, others.length], ["error", "upstream_malformed", 0]);
    });

    it("translates no reply that is longer than any answer", () => {
      const { adapter } = connect(setup);
      const error = adapter.decodeReply(chatCall({}), {}, tooLong);
      assert.ok(error instanceof RouterError);
      assert.deepEqual([error.code, error.deploymentId], ["upstream_malformed", "d1"]);
      assert.match(error.message, /over 67108864 bytes/);
    });

    it("reads errors, and never repeats its key", () => {
      const { adapter } = connect(setup);
      const body = Buffer.from(JSON.stringify({ error: { message: `bad ${key}`, code: key, type: key } }));
      for (const status of [400, 401, 403, 404, 413, 429, 500, 503, 529]) {
        const error = adapter.decodeError(status, { "retry-after": "2" }, body);
        assert.equal(error.deploymentId, "d1");
        assert.ok(!JSON.stringify([error.message, error.upstream]).includes(key));
      }
      assert.equal(adapter.decodeError(429, { "retry-after": "2" }, body).retryAfterMs, 2_000);
    });

    it("names every parameter that is wrong, without repeating it", () => {
      const headers = { "bad name": "x", host: "y", ok: "a\nb" };
      const problems = problemsOf({ ...setup, apiBase: "secret-place", apiKey: "se\ncret", extraHeaders: headers });
      assert.deepEqual(
        problems.map((problem) => problem.split(" ")[0]).toSorted((a, b) => (a ?? "").localeCompare(b ?? "")),
        ["api_base", "api_key", "extra_headers.bad", "extra_headers.host", "extra_headers.ok"],
      );
      assert.doesNotMatch(problems.join(), /secret|se\ncret/);
    });
  });
}
