import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, it } from "node:test";
import OpenAI, { APIError, NotFoundError, RateLimitError } from "openai";
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

/** The whole way of a call from OpenAI's own package to a host that speaks OpenAI's chat, and back. */

const masterKey = "sk-door-0123456789";
let host: OpenAiHost;
let rest: ListeningServer;
let client: OpenAI;
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
  client = new OpenAI({ apiKey: masterKey, baseURL: `http://127.0.0.1:${rest.port}/v1`, maxRetries: 0 });
});

after(async () => {
  await rest[Symbol.asyncDispose]();
  await destroyUpstream();
  await host.close();
});

const question = { model: "one", input: "Hello?" };
const tools = [{ type: "function" as const, name: "get_weather", parameters: { type: "object" }, strict: false }];

describe("OpenAI's package at Responses of a host that has chat alone", () => {
  beforeEach(() => host.reset());

  it("is answered whole and by a stream", async () => {
    const whole = await client.responses.create(question);
    assert.deepEqual([whole.model, whole.status, whole.usage?.input_tokens, whole.usage?.output_tokens], ["one", "completed", 9, 4]);
    assert.equal(whole.output_text, hostWords.join(""));
    const streamed = await client.responses.stream(question).finalResponse();
    assert.deepEqual([streamed.output_text, streamed.usage], [whole.output_text, whole.usage]);
    const { model, stream_options: options } = host.lastHit.json as { model: string; stream_options: object };
    assert.deepEqual([model, options], ["up", { include_usage: true }]);
  });

  it("holds a loop with a tool", async () => {
    const asked = await client.responses.create({ ...question, tools });
    const call = asked.output.find((item) => item.type === "function_call");
    assert.equal(call?.arguments, hostToolArguments);
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "4" };
    await client.responses.create({ ...question, input: [{ role: "user", content: "Hello?" }, call, output] });
    assert.partialDeepStrictEqual(host.lastHit.json, {
      messages: [{}, { tool_calls: [{ id: call.call_id }] }, { role: "tool", content: "4" }],
    });
  });

  it("goes to another deployment unseen where the first one fails", async () => {
    host.once(hostError(500, { message: "broken" }));
    const response = await client.responses.stream({ ...question, model: "two" }).finalResponse();
    assert.equal(response.output_text, hostWords.join(""));
  });

  it("goes on from an answer by its id, and from its items by theirs", async () => {
    const asked = await client.responses.stream({ ...question, instructions: "Short.", tools }).finalResponse();
    const [call] = asked.output;
    assert.ok(call?.type === "function_call");
    assert.partialDeepStrictEqual(asked, { store: true });
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "4" };
    const turns = [
      { role: "user", content: "Hello?" },
      { role: "assistant", tool_calls: [{ id: call.call_id, function: { name: "get_weather", arguments: hostToolArguments } }] },
      { role: "tool", tool_call_id: call.call_id, content: "4" },
    ];
    // As the Vercel AI SDK does by default, which sends what the user has said again.
    const reference = { type: "item_reference" as const, id: call.id ?? "" };
    await client.responses.create({ ...question, input: [{ role: "user", content: "Hello?" }, reference, output] });
    assert.partialDeepStrictEqual(host.lastHit.json, { messages: turns });
    const second = await client.responses.create({ ...question, previous_response_id: asked.id, input: [output] });
    assert.partialDeepStrictEqual(host.lastHit.json, { messages: turns });
    await client.responses.create({ ...question, previous_response_id: second.id, input: "And then?" });
    const third = [...turns, { role: "assistant", content: hostWords.join("") }, { role: "user", content: "And then?" }];
    assert.partialDeepStrictEqual(host.lastHit.json, { messages: third });
  });

  it("is told that an answer was not kept, and how to go on", async () => {
    const response = await client.responses.create({ ...question, store: false });
    const { id } = response;
    assert.partialDeepStrictEqual(response, { store: false });
    await assert.rejects(
      client.responses.create({ ...question, previous_response_id: id }),
      (error) =>
        error instanceof APIError && error.status === 400 && error.param === "previous_response_id" && /transcript/.test(error.message),
    );
    await assert.rejects(client.responses.retrieve(id), (error) => error instanceof NotFoundError && /not fetched/.test(error.message));
    await assert.rejects(client.responses.create({ ...question, previous_response_id: "resp_1" }), NotFoundError);
    await assert.rejects(
      client.responses.create({ ...question, background: true }),
      (error) => error instanceof APIError && error.status === 400,
    );
  });

  it("is told errors by its own classes, and in a stream that has begun", async () => {
    host.always(hostError(429, { message: "slow down" }));
    await assert.rejects(client.responses.create(question), RateLimitError);
    host.always({ kind: "stream", pieces: [sse(chatChunk({ content: "a" })), sse({ error: { message: "broken", code: 500 } })] });
    await assert.rejects(client.responses.stream(question).finalResponse(), APIError);
    await assert.rejects(client.responses.create({ ...question, model: "none" }), NotFoundError);
  });
});
