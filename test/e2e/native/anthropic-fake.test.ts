import Anthropic, { AuthenticationError, BadRequestError, InternalServerError, RateLimitError } from "@anthropic-ai/sdk";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { AnthropicApi, anthropicError } from "../../support/fakes/anthropic-api.ts";
import type { ScriptedAnswer } from "../../support/fakes/scripted-answer.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { loopScript, pixel, thought, toolArguments } from "../../support/fakes/tool-loop.ts";

const key = "sk-ant-fake";
const tools = [{ name: "get_weather", input_schema: { type: "object" as const } }];
const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const call = { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} };
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "4" };
const base = { model: "claude-haiku-4-5", max_tokens: 2000, messages: [user("hi")] };
const mark = { cache_control: { type: "ephemeral" } };
const old = "2023-06-01";

/** What Anthropic's documentation says is refused, and the words that name it. */
const refused: readonly (readonly [string, object, RegExp, string?])[] = [
  ["a member that it does not know", { seed: 1 }, /^seed: Extra inputs are not permitted/],
  ["no cap", { max_tokens: undefined }, /max_tokens: Field required/],
  ["a member of a block that it does not know", { messages: [user([{ type: "text", text: "a", name: "b" }])] }, /Extra inputs/],
  ["an empty text", { messages: [user([{ type: "text", text: "" }])] }, /must be non-empty/],
  ["a message without blocks", { messages: [user([])] }, /at least one block/],
  ["turns that do not alternate", { messages: [user("a"), user("b")] }, /roles must alternate/],
  ["an assistant that begins", { messages: [assistant("a"), user("b")] }, /first message must use the "user" role/],
  ["space behind a prefill", { messages: [user("a"), assistant("b ")] }, /trailing whitespace/],
  [
    "a prefill for a new model",
    { model: "claude-opus-5-5", messages: [user("a"), assistant("b")] },
    /does not support assistant message prefill/,
  ],
  ["sampling by a new model", { model: "claude-opus-5-5", temperature: 0.5 }, /may only be set to 1/, old],
  ["sampling under the new version", { temperature: 1 }, /temperature: Extra inputs/],
  ["a temperature over 1", { temperature: 1.5 }, /between 0 and 1/, old],
  ["sampling with thinking", { thinking: { type: "enabled", budget_tokens: 1024 }, temperature: 0.5 }, /when thinking is enabled/, old],
  ["a budget as large as the cap", { thinking: { type: "enabled", budget_tokens: 2000 } }, /must be greater than `thinking.budget_tokens`/],
  ["a budget below the least", { thinking: { type: "enabled", budget_tokens: 1000 } }, /budget_tokens/],
  [
    "a budget for a new model",
    { model: "claude-opus-5-5", thinking: { type: "enabled", budget_tokens: 1024 } },
    /not supported by this model/,
  ],
  ["an effort's thinking for an old model", { thinking: { type: "adaptive" } }, /adaptive thinking is not supported/],
  [
    "a forced tool with thinking",
    { tools, tool_choice: { type: "any" }, thinking: { type: "enabled", budget_tokens: 1024 } },
    /forces tool use/,
  ],
  ["a forced tool of a new model", { model: "claude-opus-5-5", tools, tool_choice: { type: "any" } }, /does not support forced tool use/],
  ["a choice without tools", { tool_choice: { type: "auto" } }, /while providing tools/],
  ["a tool's name with a slash", { tools: [{ name: "a/b", input_schema: { type: "object" } }] }, /should match pattern/],
  ["a tool twice", { tools: [...tools, ...tools] }, /must be unique/],
  ["calls without tools", { messages: [user("a"), assistant([call]), user([result])] }, /must define tools/],
  [
    "a call without a result",
    { tools, messages: [user("a"), assistant([call]), user("b")] },
    /without `tool_result` blocks immediately after/,
  ],
  ["a result without its call", { tools, messages: [user([result])] }, /unexpected `tool_use_id`/],
  [
    "a result behind a text",
    { tools, messages: [user("a"), assistant([call]), user([{ type: "text", text: "b" }, result])] },
    /must come first/,
  ],
  [
    "an id with a dot",
    { tools, messages: [user("a"), assistant([{ ...call, id: "a.b" }]), user([{ ...result, tool_use_id: "a.b" }])] },
    /should match pattern/,
  ],
  [
    "calls without the thinking before them",
    { tools, thinking: { type: "enabled", budget_tokens: 1024 }, messages: [user("a"), assistant([call]), user([result])] },
    /Expected `thinking`/,
  ],
  [
    "thinking that it never gave",
    { messages: [user("a"), assistant([{ type: "thinking", thinking: "x", signature: "y" }]), user("b")] },
    /Invalid `signature`/,
  ],
  [
    "a mark of the cache on thinking",
    { messages: [user("a"), assistant([{ type: "thinking", thinking: "x", signature: "y", ...mark }]), user("b")] },
    /cache_control: Extra inputs/,
  ],
  [
    "five marks of the cache",
    { messages: [user(Array.from({ length: 5 }, () => ({ type: "text", text: "a", ...mark })))] },
    /maximum of 4 blocks/,
  ],
  [
    "bytes that are no base64",
    { messages: [user([{ type: "image", source: { type: "base64", media_type: "image/png", data: "?" } }])] },
    /pattern/,
  ],
  [
    "an image of a kind that it does not read",
    { messages: [user([{ type: "image", source: { type: "base64", media_type: "image/tiff", data: pixel } }])] },
    /media_type/,
  ],
  ["a stop of space", { stop_sequences: [" "] }, /non-whitespace/],
];

describe("the fake of Anthropic's API, and Anthropic's own package", () => {
  let host: StrictHost;
  let client: Anthropic;

  before(async () => {
    host = await StrictHost.listen(new AnthropicApi(key, `Bearer ${key}`));
    client = new Anthropic({ apiKey: key, baseURL: host.origin, maxRetries: 0 });
  });
  beforeEach(() => host.reset());
  after(() => host.close());

  for (const [what, change, words, version] of refused) {
    test(`refuses ${what}`, async () => {
      const options = version === undefined ? {} : { headers: { "anthropic-version": version } };
      const asked = client.messages.create({ ...base, ...change } as unknown as Anthropic.MessageCreateParamsNonStreaming, options);
      await assert.rejects(asked, (error) => {
        assert.ok(error instanceof BadRequestError, String(error));
        assert.match((error.error as { error: { message: string } }).error.message, words);
        return true;
      });
      assert.equal(host.hits.length, 0);
    });
  }

  test("refuses who shows no key, another key, or no version", async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${host.origin}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(base),
      });
    assert.equal((await ask({ "anthropic-version": old })).status, 401);
    assert.equal((await ask({ "anthropic-version": old, "x-api-key": "another" })).status, 401);
    assert.equal((await ask({ "x-api-key": key })).status, 400);
    await assert.rejects(
      new Anthropic({ apiKey: "another", baseURL: host.origin, maxRetries: 0 }).messages.create(
        base as Anthropic.MessageCreateParamsNonStreaming,
      ),
      AuthenticationError,
    );
  });

  const [calls, says] = loopScript("toolu_1");
  const thinking = { type: "enabled" as const, budget_tokens: 1024 };
  const question = { ...base, messages: [{ role: "user" as const, content: "hi" }], tools, thinking };

  test("holds a tool loop, whole and streamed, whose thinking goes back as it came", async () => {
    for (const isStreamed of [false, true]) {
      const ask = (request: Anthropic.MessageCreateParamsNonStreaming) =>
        isStreamed ? client.messages.stream(request).finalMessage() : client.messages.create(request);
      host.script(calls, says);
      const { content, stop_reason: reason, usage } = await ask(question);
      assert.deepEqual(content[0], { type: "thinking", thinking: thought, signature: "c2lnbmVkLWJ5LXRoZS1mYWtl" });
      assert.partialDeepStrictEqual(content[1], { type: "tool_use", name: "get_weather", input: toolArguments });
      assert.equal(reason, "tool_use");
      assert.deepEqual([usage.input_tokens, usage.cache_creation_input_tokens, usage.output_tokens], [60, 900, 40]);
      const messages: Anthropic.MessageParam[] = [
        ...question.messages,
        { role: "assistant", content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "4" }] },
      ];
      const answer = await ask({ ...question, messages });
      assert.partialDeepStrictEqual(answer.content, [{ type: "text", text: '{"celsius":4}' }]);
      assert.equal(answer.stop_reason, "end_turn");
    }
  });

  test("says its errors so that the package knows them, before a stream and within it", async () => {
    host.script(
      anthropicError(429, "rate_limit_error", "Too many requests", { "retry-after": "7" }),
      anthropicError(529, "overloaded_error", "Overloaded"),
      { ...says, fault: "overloaded" } satisfies ScriptedAnswer,
      { ...says, fault: "cut" } satisfies ScriptedAnswer,
    );
    await assert.rejects(
      client.messages.create(question),
      (error) => error instanceof RateLimitError && error.headers.get("retry-after") === "7",
    );
    await assert.rejects(client.messages.create(question), InternalServerError);
    await assert.rejects(client.messages.stream(question).finalMessage(), /overloaded_error/);
    await assert.rejects(client.messages.stream(question).finalMessage());
  });
});
