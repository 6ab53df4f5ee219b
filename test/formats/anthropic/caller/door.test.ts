import Anthropic, { APIError, RateLimitError } from "@anthropic-ai/sdk";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, it } from "node:test";
import { loadConfig } from "../../../../src/config/load/load-config.ts";
import { Router } from "../../../../src/core/router/router.ts";
import { systemClock } from "../../../../src/lib/clock.ts";
import { seededRandom } from "../../../../src/lib/random.ts";
import { createProviderRegistry, providerPlugins } from "../../../../src/providers/index.ts";
import { strategies } from "../../../../src/strategies/index.ts";
import { HttpUpstream } from "../../../../src/upstream/http-upstream.ts";
import { OpenAiHost } from "../../../support/openai-host.ts";
import { chatChunk, hostError, hostToolArguments, hostWords, sse } from "../../../support/openai-replies.ts";
import { listeningRest, type ListeningServer } from "../../../support/rest-fixture.ts";

/** The whole way of a call from Anthropic's own package to a host that speaks OpenAI's chat, and back. */

const masterKey = "sk-door-0123456789";
let host: OpenAiHost;
let rest: ListeningServer;
let client: Anthropic;
let destroyUpstream: () => Promise<void>;

const config = () => `
model_list:
  - {model_name: one, litellm_params: {model: openai/up, api_base: "${host.apiBase}", api_key: k}}
  - {model_name: two, litellm_params: {model: openai/a, api_base: "${host.apiBase}", api_key: k, order: 1, cooldown_time: 0}}
  - {model_name: two, litellm_params: {model: openai/b, api_base: "${host.apiBase}", api_key: k, order: 2, cooldown_time: 0}}
router_settings: {num_retries: 1, retry_after: 0}
`;

function onInternalError(error: unknown): void {
  throw error;
}

before(async () => {
  host = await OpenAiHost.listen();
  const loaded = await loadConfig("config.yaml", {
    env: {},
    readFile: (path) => (path === "config.yaml" ? Promise.resolve(config()) : readFile(path, "utf8")),
    skipInvalid: false,
    providers: createProviderRegistry(providerPlugins),
    strategies,
    importStrategy: (path) => import(path),
  });
  assert.ok(loaded.config !== undefined, JSON.stringify(loaded.problems));
  const { source } = loaded.config;
  const upstream = new HttpUpstream({ connectTimeoutMs: source.settings.connectTimeoutMs, clock: systemClock });
  destroyUpstream = () => upstream.destroy();
  const router = new Router({ source, upstream, clock: systemClock, random: seededRandom(1), observers: [], onInternalError });
  rest = await listeningRest(router, { masterKey });
  client = new Anthropic({ apiKey: masterKey, baseURL: `http://127.0.0.1:${rest.port}`, maxRetries: 0 });
});

after(async () => {
  await rest[Symbol.asyncDispose]();
  await destroyUpstream();
  await host.close();
});

const question = { model: "one", max_tokens: 50, messages: [{ role: "user" as const, content: "Hello?" }] };
const tools = [{ name: "get_weather", input_schema: { type: "object" as const } }];

describe("Anthropic's package at this server", () => {
  beforeEach(() => host.reset());

  it("is answered whole and by a stream", async () => {
    const whole = await client.messages.create(question);
    assert.deepEqual([whole.model, whole.stop_reason, whole.usage.input_tokens, whole.usage.output_tokens], ["one", "end_turn", 9, 4]);
    const streamed = await client.messages.stream(question).finalMessage();
    assert.deepEqual(streamed.content, whole.content);
    assert.deepEqual([streamed.model, streamed.usage.input_tokens, streamed.usage.output_tokens], ["one", 9, 4]);
    assert.equal(whole.content[0]?.type === "text" && whole.content[0].text, hostWords.join(""));
    const { model, stream_options: options } = host.lastHit.json as { model: string; stream_options: object };
    assert.deepEqual([model, options], ["up", { include_usage: true }]);
  });

  it("holds a loop with a tool", async () => {
    const asked = await client.messages.create({ ...question, tools });
    assert.equal(asked.stop_reason, "tool_use");
    const [call] = asked.content;
    assert.ok(call?.type === "tool_use");
    assert.deepEqual(call.input, JSON.parse(hostToolArguments));
    const result = { type: "tool_result" as const, tool_use_id: call.id, content: "4" };
    await client.messages.create({
      ...question,
      messages: [...question.messages, { role: "assistant", content: asked.content }, { role: "user", content: [result] }],
    });
    assert.partialDeepStrictEqual(host.lastHit.json, { messages: [{}, { tool_calls: [{ id: call.id }] }, { role: "tool", content: "4" }] });
  });

  it("goes to another deployment unseen where the first one fails", async () => {
    host.once(hostError(500, { message: "broken" }));
    const message = await client.messages.stream({ ...question, model: "two" }).finalMessage();
    assert.equal(message.content[0]?.type === "text" && message.content[0].text, hostWords.join(""));
  });

  it("is told errors by its own classes, and in a stream that has begun", async () => {
    host.always(hostError(429, { message: "slow down" }));
    await assert.rejects(client.messages.create(question), RateLimitError);
    host.always(hostError(400, { message: "This model's maximum context length is 8 tokens.", code: "context_length_exceeded" }));
    await assert.rejects(
      client.messages.create(question),
      (error) => error instanceof APIError && /prompt is too long/.test(error.message),
    );
    host.always({ kind: "stream", pieces: [sse(chatChunk({ content: "a" })), sse({ error: { message: "broken", code: 500 } })] });
    await assert.rejects(client.messages.stream(question).finalMessage(), /api_error/);
    await assert.rejects(
      client.messages.create({ ...question, model: "none" }),
      (error) => error instanceof APIError && error.status === 404,
    );
    await assert.rejects(
      new Anthropic({ apiKey: "another", baseURL: client.baseURL, maxRetries: 0 }).messages.create(question),
      (error) => error instanceof APIError && error.status === 401 && error.type === "authentication_error",
    );
  });

  it("is let in by either header, and none of what it shows goes upstream", async () => {
    const response = await fetch(`http://127.0.0.1:${rest.port}/anthropic/v1/messages?beta=true`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": masterKey,
        authorization: "Bearer foreign",
        "anthropic-version": "2026-10-21",
      },
      body: JSON.stringify({ ...question, stream: true }),
    });
    assert.match(await response.text(), /event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
    const { headers } = host.lastHit;
    assert.deepEqual([headers["authorization"], headers["x-api-key"], headers["anthropic-version"]], ["Bearer k", undefined, undefined]);
  });

  it("lists models and tells of one, page by page", async () => {
    const ids = [];
    for await (const { id, type, display_name: name } of client.models.list({ limit: 1 })) ids.push([type, id, name]);
    assert.deepEqual(ids, [
      ["model", "one", "one"],
      ["model", "two", "two"],
    ]);
    assert.equal((await client.models.retrieve("two")).id, "two");
    await assert.rejects(client.models.retrieve("three"), (error) => error instanceof APIError && error.type === "not_found_error");
    const page = await fetch(`http://127.0.0.1:${rest.port}/anthropic/v1/models?before_id=two`, { headers: { "x-api-key": masterKey } });
    assert.partialDeepStrictEqual(await page.json(), { data: [{ id: "one" }], has_more: false, first_id: "one", last_id: "one" });
    const openAi = await fetch(`http://127.0.0.1:${rest.port}/v1/models`, { headers: { authorization: `Bearer ${masterKey}` } });
    assert.partialDeepStrictEqual(await openAi.json(), { object: "list" });
  });

  it("counts a prompt's tokens by an estimate where no deployment counts", async () => {
    const image = {
      type: "image" as const,
      source: { type: "base64" as const, media_type: "image/png" as const, data: "A".repeat(90_000) },
    };
    const count = await client.messages.countTokens({ model: "one", messages: [{ role: "user", content: [image] }] }).withResponse();
    assert.ok(count.data.input_tokens > 1_500 && count.data.input_tokens < 1_600, String(count.data.input_tokens));
    assert.equal(count.response.headers.get("x-huntgroup-estimated"), "true");
    assert.match(count.response.headers.get("request-id") ?? "", /^call-/);
    await assert.rejects(
      client.messages.countTokens({ model: "none", messages: [] }),
      (error) => error instanceof APIError && error.status === 404,
    );
  });

  it("says that it is there to who shows no key", async () => {
    for (const path of ["/", "/api/hello"])
      assert.equal((await fetch(`http://127.0.0.1:${rest.port}${path}`, { method: "HEAD" })).status, 200);
  });

  it("is heard at paths of base addresses that hold a part already", async () => {
    for (const path of ["/messages", "/v1/v1/messages", "/anthropic/messages", "//v1/messages/"]) {
      const response = await fetch(`http://127.0.0.1:${rest.port}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": masterKey },
        body: JSON.stringify(question),
      });
      assert.equal(response.status, 200, path);
    }
  });
});
