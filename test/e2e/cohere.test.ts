import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Cohere's address in OpenAI's format, by what its documentation says of it. */

const usage = { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 };
const shared = { id: "6ff1b2a4-0000-4000-8000-000000000001", created: 1_764_500_000, model: "command-a-03-2025" };
const call = { id: "get_flight0", type: "function", function: { name: "get_flight", arguments: '{"from":"Bern"}' } };
const tools = [{ type: "function" as const, function: { name: "get_flight", parameters: { type: "object", properties: {} } } }];
const messages = [{ role: "user" as const, content: "When is the next flight?" }];

function whole(message: object, finishReason: string): object {
  const choice = { index: 0, message: { role: "assistant", ...message }, logprobs: null, finish_reason: finishReason };
  return { ...shared, object: "chat.completion", choices: [choice], usage };
}

function chunk(choices: readonly object[], more = {}): string {
  return `data: ${JSON.stringify({ ...shared, object: "chat.completion.chunk", choices, ...more })}\n\n`;
}

function streamed(deltas: readonly object[], finishReason: string): readonly string[] {
  return [
    ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: finishReason }]),
    chunk([], { usage }),
    "data: [DONE]\n\n",
  ];
}

describe("Cohere", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;
  let client: OpenAI;

  before(async () => {
    host = await parties.host();
    service = await parties.service(
      `
model_list:
  - {model_name: command, litellm_params: {model: cohere/command-a-03-2025, cooldown_time: 0}}
  - {model_name: older, litellm_params: {model: cohere_chat/command-r7b-12-2024, drop_params: true}}
  - {model_name: embed, litellm_params: {model: cohere/embed-v4.0}}
router_settings: {num_retries: 0}
`,
      { env: { COHERE_API_BASE: host.origin, COHERE_API_KEY: "co-fake" } },
    );
    client = new OpenAI({ apiKey: "none", baseURL: `${service.origin}/v1`, maxRetries: 0 });
  });
  beforeEach(() => host.reset());
  after(() => parties.end());

  test("answers as a whole, at its own path, by its key", async () => {
    host.once({ kind: "reply", body: whole({ content: "At ten." }, "stop") });
    const answer = await client.chat.completions.create({ model: "command", messages, max_tokens: 9, reasoning_effort: "high" });
    const { path, headers, json } = host.lastHit;
    assert.deepEqual([path, headers.authorization], ["/compatibility/v1/chat/completions", "Bearer co-fake"]);
    assert.deepEqual(json, { model: "command-a-03-2025", messages, max_tokens: 9, reasoning_effort: "high" });
    assert.deepEqual([answer.choices[0]?.message.content, answer.choices[0]?.finish_reason], ["At ten.", "stop"]);
    assert.deepEqual(answer.usage, usage);
  });

  test("streams, with what was used", async () => {
    host.once({ kind: "stream", pieces: streamed([{ role: "assistant", content: "" }, { content: "At " }, { content: "ten." }], "stop") });
    const stream = await client.chat.completions.create({
      model: "command",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    const used: unknown[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.usage) used.push(chunk.usage);
    }
    assert.equal(text, "At ten.");
    assert.deepEqual(used, [usage]);
    assert.partialDeepStrictEqual(host.lastHit.json, { stream: true, stream_options: { include_usage: true } });
  });

  test("calls tools, whole and streamed, and gets their results", async () => {
    host.once({ kind: "reply", body: whole({ content: "I look it up.", tool_calls: [call] }, "tool_calls") });
    const answer = await client.chat.completions.create({ model: "command", messages, tools });
    const [choice] = answer.choices;
    assert.deepEqual([choice?.message.tool_calls, choice?.finish_reason], [[call], "tool_calls"]);

    const { function: asked, ...named } = call;
    const first = { index: 0, ...named, function: { name: asked.name, arguments: "" } };
    const pieces = ['{"from":', '"Bern"}'].map((args) => ({ tool_calls: [{ index: 0, function: { arguments: args } }] }));
    host.once({ kind: "stream", pieces: streamed([{ role: "assistant" }, { tool_calls: [first] }, ...pieces], "tool_calls") });
    const runner = client.chat.completions.stream({ model: "command", messages, tools });
    const message = await runner.finalMessage();
    assert.partialDeepStrictEqual(message.tool_calls, [call]);

    host.once({ kind: "reply", body: whole({ content: "At ten." }, "stop") });
    const result = { role: "tool" as const, tool_call_id: call.id, content: "10:00" };
    const { content, tool_calls: calls } = message;
    const back = { role: "assistant" as const, content, tool_calls: calls as [] };
    await client.chat.completions.create({ model: "command", messages: [...messages, back, result], tools });
    assert.partialDeepStrictEqual(host.lastHit.json, { messages: [...messages, { tool_calls: [call] }, result] });
  });

  test("does not get what it has no word for, where that may be left out", async () => {
    host.once({ kind: "reply", body: whole({ content: "At ten." }, "stop") });
    const more = { n: 1, store: true, metadata: { a: "b" }, parallel_tool_calls: true, top_logprobs: 2, logprobs: true, seed: 4 };
    await client.chat.completions.create({ model: "older", messages, tools, ...more });
    assert.deepEqual(Object.keys(host.lastHit.json).toSorted(), ["logprobs", "messages", "model", "seed", "tools"]);
  });

  test("embeds", async () => {
    const data = [{ object: "embedding", index: 0, embedding: [0.5, -1] }];
    host.once({ kind: "reply", body: { object: "list", data, model: "embed-v4.0", usage: { prompt_tokens: 2, total_tokens: 2 } } });
    const answer = await client.embeddings.create({ model: "embed", input: ["hello"], encoding_format: "float" });
    assert.equal(host.lastHit.path, "/compatibility/v1/embeddings");
    assert.deepEqual([answer.data, answer.usage.prompt_tokens], [data, 2]);
  });

  const errors: readonly (readonly [number, string, number, RegExp])[] = [
    [400, "invalid request: message must be at least 1 token long.", 400, /at least 1 token long/],
    [401, "invalid api token", 502, /./],
    [404, "model 'command-x' not found, make sure the correct model ID was used.", 404, /./],
    [429, "You are using a Trial key, which is limited to 20 API calls / minute.", 429, /./],
    [500, "internal server error", 500, /./],
  ];
  for (const [status, message, told, words] of errors) {
    test(`fails with its own ${status} as others do`, async () => {
      host.once({ kind: "reply", status, body: { id: "0d5e", message } });
      const failed = await client.chat.completions.create({ model: "command", messages }).then(
        () => assert.fail("it was answered"),
        (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
      );
      assert.equal(failed.status, told, failed.message);
      assert.match(failed.message, words);
    });
  }
});
