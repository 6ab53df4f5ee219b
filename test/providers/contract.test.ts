import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Endpoint } from "../../src/core/endpoints.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { StreamEvent } from "../../src/core/provider.ts";
import { providerPlugins } from "../../src/providers/index.ts";
import { callOf } from "../formats/openai/support.ts";
import { connect, encoded, problemsOf, type Setup } from "./support.ts";

/** One deployment of each kind that speaks OpenAI's format, and of the hosts with streams of their own; every promise below holds for all of them. */
const key = "sk-test-0123456789";
const setups: Record<string, Setup & { readonly fixtures: string }> = {
  openai: { address: "openai/gpt-4o", fixtures: "openai" },
  // At the address in OpenAI's format, which a base may name.
  gemini: {
    address: "gemini/gemini-2.0-flash",
    apiBase: "https://generativelanguage.googleapis.com/v1beta/openai",
    fixtures: "gemini",
  },
  azure: { address: "azure/gpt-4o", apiBase: "https://x.openai.azure.com", fixtures: "azure" },
  azure_ai: { address: "azure_ai/gpt-4o", apiBase: "https://x.services.ai.azure.com/models", fixtures: "azure" },
  mock: { address: "mock/gpt-4o", fixtures: "openai" },
};

/** Those that speak a format of their own: `native-contract.test.ts`. */
const natives: ReadonlySet<string> = new Set(["anthropic", "bedrock", "bedrock_mantle", "vertex_ai"]);

it("the suite covers every provider that is listed", () => {
  for (const plugin of providerPlugins) assert.ok(plugin.name in setups || natives.has(plugin.name), plugin.name);
});

for (const [name, setup] of Object.entries(setups)) {
  describe(`the adapter contract: ${name}`, () => {
    const chat = callOf('{ "model":"m", "seed":12345678901234567890, "messages":[{"role":"user","content":"hi"}], "x_new":[1.50] }');
    const stream = callOf({ model: "m", stream: true, messages: [] });

    it("sends the caller's body with its own name for the model, and nothing of the router's", () => {
      const { adapter, model } = connect(setup);
      const body = callOf({ model: "m", num_retries: 3, mock_response: "x", messages: [] });
      assert.deepEqual(JSON.parse(Buffer.concat(encoded(adapter, body, model).body).toString()), { model, messages: [] });
      const text = Buffer.concat(encoded(adapter, chat, model).body).toString();
      assert.ok(text.includes("12345678901234567890") && text.includes("[1.50]"), text);
    });

    it("makes a request that any transport can send", () => {
      const { adapter, model } = connect({ ...setup, extraHeaders: { "X-Team": "blue" } });
      for (const endpoint of ["chat", "completions", "embeddings"] satisfies Endpoint[]) {
        const request = encoded(adapter, callOf({ model: "m" }, endpoint), model);
        assert.equal(request.method, "POST");
        assert.match(request.origin, /^[a-z]+:\/\/[^/]+$/);
        assert.match(request.path, /^\/[^\s]*$/);
        for (const header of Object.keys(request.headers)) assert.equal(header, header.toLowerCase());
        assert.equal(request.headers["content-type"], "application/json");
        assert.equal(request.headers["content-length"], undefined);
      }
      assert.equal(encoded(adapter, stream, model).headers["accept"], "text/event-stream");
    });

    it("gives each request its own pieces and shares what was computed once", () => {
      const { adapter, model } = connect(setup);
      const [one, other] = [encoded(adapter, chat, model), encoded(adapter, chat, model)];
      assert.deepEqual(one, other);
      assert.equal(one.headers, other.headers);
    });

    it("fills in the deployment's defaults, drops what it is told to", () => {
      const { adapter, model } = connect({ ...setup, defaults: { temperature: 0.5, top_p: 1 }, additionalDropParams: ["top_p", "user"] });
      const body = Buffer.concat(encoded(adapter, callOf({ model: "m", user: "u" }), model).body).toString();
      assert.deepEqual(JSON.parse(body), { model, temperature: 0.5 });
    });

    it("reads a whole reply", () => {
      const { adapter } = connect(setup);
      const body = readFileSync(new URL(`../fixtures/${setup.fixtures}/chat-reply.json`, import.meta.url));
      const reply = adapter.decodeReply(chat, { "content-type": "application/json" }, body);
      assert.ok(!(reply instanceof RouterError));
      const { model: _theirs, ...expected } = JSON.parse(body.toString()) as { model: string };
      const { model, ...rest } = JSON.parse(reply.body.toString()) as { model: string };
      assert.equal(model, "m");
      assert.deepEqual(rest, expected);
      assert.ok(reply.usage !== undefined && reply.usage.promptTokens > 0 && reply.usage.outputTokens > 0);
    });

    it("reads a stream: content first commits, one end, the caller's name for the model", () => {
      const { adapter } = connect(setup);
      const decoder = adapter.decodeStream(stream, { "content-type": "text/event-stream; charset=utf-8" });
      assert.ok(!(decoder instanceof RouterError));
      const events: StreamEvent[] = [];
      for (const line of readFileSync(new URL(`../fixtures/${setup.fixtures}/chat-stream.txt`, import.meta.url), "utf8").split("\n")) {
        if (line !== "") decoder.push(Buffer.from(`${line}\n\n`), (event) => events.push(event));
      }
      decoder.end((event) => events.push(event));
      const kinds = events.map((event) => event.kind);
      assert.ok(kinds.includes("content"));
      assert.equal(kinds.filter((kind) => kind === "done").length, 1);
      assert.equal(kinds.at(-1), "done");
      for (const event of events) assert.match(event.bytes.toString(), /\n\n$/);
    });

    it("refuses a stream that is none", () => {
      const { adapter } = connect(setup);
      for (const [type, bytes] of [
        ["application/json", '{"ok":true}'],
        ["text/html; charset=utf-8", "<html>Sign in</html>"],
      ] as const) {
        const decoder = adapter.decodeStream(stream, { "content-type": type });
        assert.ok(!(decoder instanceof RouterError));
        const events: StreamEvent[] = [];
        decoder.push(Buffer.from(bytes), (event) => events.push(event));
        decoder.end((event) => events.push(event));
        assert.deepEqual(
          events.map(({ kind, error }) => [kind, error?.code]),
          [["error", "upstream_malformed"]],
        );
      }
    });

    it("reads errors, and never repeats its key", () => {
      const { adapter } = connect(setup);
      const body = Buffer.from(JSON.stringify({ error: { message: `bad ${key}`, code: key } }));
      for (const status of [400, 401, 403, 404, 413, 429, 500, 503, 529]) {
        const error = adapter.decodeError(status, { "retry-after": "2" }, body);
        assert.equal(error.deploymentId, "d1");
        assert.ok(!JSON.stringify([error.message, error.upstream]).includes(key));
      }
      assert.equal(adapter.decodeError(429, { "retry-after": "2" }, body).retryAfterMs, 2_000);
    });

    it(
      "names every parameter that is wrong, without repeating it",
      { skip: name === "mock" && "it takes neither address nor headers" },
      () => {
        const problems = problemsOf({
          ...setup,
          apiBase: "secret-place",
          apiKey: "se\ncret",
          extraHeaders: { "bad name": "x", host: "y", ok: "a\nb" },
        });
        assert.deepEqual(
          problems.map((problem) => problem.split(" ")[0]).toSorted((a, b) => (a ?? "").localeCompare(b ?? "")),
          ["api_base", "api_key", "extra_headers.bad", "extra_headers.host", "extra_headers.ok"],
        );
        assert.doesNotMatch(problems.join(), /secret|se\ncret/);
      },
    );
  });
}
