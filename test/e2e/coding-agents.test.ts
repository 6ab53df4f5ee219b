import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { JsonMembers } from "../../src/core/provider.ts";
import { upstreams } from "../clients/matrix/upstreams.ts";
import type { ScriptedAnswer } from "../support/fakes/scripted-answer.ts";
import { StrictHost } from "../support/fakes/strict-host.ts";
import { anthropic } from "../support/native-voices.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** What coding agents send, in the shapes that they send it: to hosts that speak their format byte for byte, to all others translated. */

const ours = "sk-of-the-team";
const theirs = "sk-ant-oat-of-the-person";
const toolNames = Array.from({ length: 80 }, (_, index) => (index < 78 ? `Tool${index}` : `mcp__server__tool_${index}`));
const words = "You are an agent that changes code. ".repeat(300);
const cached = { cache_control: { type: "ephemeral", ttl: "1h" } };

const adaptive = { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } };

/** A turn of Claude Code, written as its makers' JSON is, which no serialiser here would write. */
function claudeTurn(model: string, more: JsonMembers = {}, thinking: JsonMembers = adaptive): string {
  const tools = toolNames.map((name, index) => ({
    name,
    description: `Does ${name}. `.repeat(20),
    input_schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: { path: { type: "string", description: "A path." }, limit: { type: "integer" } },
      required: ["path"],
      additionalProperties: false,
    },
    ...(index === toolNames.length - 1 ? { cache_control: { type: "ephemeral" } } : {}),
  }));
  const system = [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.295.5a1; cc_entrypoint=cli; cch=00000;" },
    { type: "text", text: "You are a coding agent.", ...cached },
    { type: "text", text: words, ...cached },
  ];
  const messages = [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>\nToday is a day.\n</system-reminder>" },
        { type: "text", text: "Mend it." },
      ],
    },
    { role: "assistant", content: [{ type: "tool_use", id: "toolu_01A", name: "Tool1", input: { path: "a.ts" } }] },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "toolu_01A",
          content: [{ type: "text", text: "1\tlet a;" }],
          cache_control: { type: "ephemeral" },
        },
      ],
    },
  ];
  const rest = {
    max_tokens: 32_000,
    ...thinking,
    metadata: { user_id: '{"device_id":"d1","session_id":"s1"}' },
    ...more,
    messages,
    system,
    tools,
  };
  return `{"model":${JSON.stringify(model)},\n  ${JSON.stringify(rest).slice(1)}`;
}

const claudeHeaders = {
  "content-type": "application/json",
  "anthropic-version": "2023-06-01",
  "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,prompt-caching-scope-2026-01-05",
  "anthropic-workspace-id": "w1",
  "x-app": "cli",
  "user-agent": "claude-cli/2.1.295 (external, cli)",
  "x-claude-code-session-id": "s1",
};

/** A turn of Codex: nothing is stored, so all of the past comes again, its reasoning sealed. */
function codexTurn(model: string, reasoning: readonly JsonMembers[]): string {
  return JSON.stringify({
    model,
    instructions: words,
    input: [
      { type: "message", role: "developer", content: [{ type: "input_text", text: "<permissions>none</permissions>" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "Mend it." }] },
      ...reasoning,
      { type: "function_call", name: "shell", arguments: '{"command":["ls"]}', call_id: "call_1" },
      { type: "function_call_output", call_id: "call_1", output: "a.ts" },
    ],
    tools: [
      {
        type: "function",
        name: "shell",
        description: "Runs a command.",
        strict: false,
        parameters: { type: "object", properties: { command: { type: "array", items: { type: "string" } } }, required: ["command"] },
      },
    ],
    tool_choice: "auto",
    parallel_tool_calls: false,
    reasoning: { effort: "medium", summary: "auto" },
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "0199-session",
    client_metadata: { session: "0199-session", thread: "0199-thread" },
  });
}

const codexHeaders = {
  "content-type": "application/json",
  authorization: `Bearer ${ours}`,
  "session-id": "0199-session",
  "thread-id": "0199-thread",
  "x-client-request-id": "0199-thread",
  originator: "codex_cli_rs",
};
const sealed = { type: "reasoning", summary: [], content: null, encrypted_content: "gAAAAABsealed" };

const done: ScriptedAnswer = {
  kind: "answer",
  parts: [{ kind: "text", text: "Done." }],
  usage: { fresh: 9, cacheRead: 0, cacheWritten: 0, output: 4, thinking: 0 },
};

/** Those that are no Claude: to a Claude it goes as it came. */
const translated = upstreams.filter(({ name }) => name === "openai" || name === "gemini");

describe("coding agents", () => {
  const parties = new Parties();
  const bridged = new Map<string, StrictHost>();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
    for (const { name, createApi } of upstreams) {
      bridged.set(
        name,
        parties.add(await StrictHost.listen(createApi()), (party) => party.close()),
      );
    }
    const native = [
      {
        model_name: "claude-opus-5-5",
        litellm_params: { model: "anthropic/claude-opus-5-5", api_base: host.origin, api_key: "sk-ant-ours" },
      },
      {
        model_name: "gpt-codex",
        litellm_params: { model: "openai/gpt-codex-5", api_base: host.apiBase, api_key: "sk-ours" },
        model_info: { supported_endpoints: ["/v1/responses"] },
      },
    ];
    const alias = { ...native[0], model_name: "claude-alias" };
    const others = upstreams.map(({ name, params }) => ({ model_name: name, litellm_params: params(bridged.get(name)?.origin ?? "") }));
    service = await parties.service(
      JSON.stringify({
        model_list: [...native, alias, ...others],
        router_settings: { num_retries: 0 },
        general_settings: { master_key: ours },
      }),
    );
  });
  beforeEach(() => {
    host.reset();
    for (const one of bridged.values()) one.reset();
  });
  after(() => parties.end());

  const ask = (path: string, body: string, headers: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(service.origin + path, { method: "POST", body, headers });

  const credentials: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["its own key beside the person's token", { "x-api-key": ours, authorization: `Bearer ${theirs}` }],
    ["its own token beside the person's key", { "x-api-key": theirs, authorization: `Bearer ${ours}` }],
    ["the same twice", { "x-api-key": ours, authorization: `Bearer ${ours}` }],
  ];
  for (const [name, shown] of credentials) {
    test(`a turn of Claude Code goes to Anthropic byte for byte but for the model: ${name}`, async () => {
      host.always({ kind: "reply", body: anthropic.reply("Done.") });
      const asked = claudeTurn("claude-opus-5-5", {
        context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
        speed: "fast",
      });
      const reply = await ask("/v1/messages?beta=true", asked, { ...claudeHeaders, ...shown });
      assert.equal(reply.status, 200, await reply.clone().text());
      assert.equal(host.lastHit.body.toString(), asked);
      const { headers } = host.lastHit;
      for (const header of ["anthropic-version", "anthropic-beta", "anthropic-workspace-id"] as const)
        assert.equal(headers[header], claudeHeaders[header]);
      assert.equal(headers["x-api-key"], "sk-ant-ours");
      assert.doesNotMatch(JSON.stringify(headers), new RegExp(`${ours}|${theirs}`));
    });
  }

  test("the model alone is another where the group has another name", async () => {
    host.always({ kind: "reply", body: anthropic.reply("Done.") });
    const asked = claudeTurn("claude-alias");
    assert.equal((await ask("/anthropic/v1/messages", asked, { ...claudeHeaders, "x-api-key": ours })).status, 200);
    assert.equal(host.lastHit.body.toString(), asked.replace('"claude-alias"', '"claude-opus-5-5"'));
  });

  for (const { name } of translated) {
    test(`a turn of Claude Code is understood by ${name}`, async () => {
      const upstream = bridged.get(name);
      assert.ok(upstream);
      upstream.script(done);
      const reply = await ask("/v1/messages?beta=true", claudeTurn(name), { ...claudeHeaders, "x-api-key": ours });
      assert.deepEqual(upstream.refusals, []);
      const said = (await reply.json()) as JsonMembers;
      assert.partialDeepStrictEqual(said, { type: "message", content: [{ type: "text", text: "Done." }] });
      const sent = upstream.lastHit.body.toString();
      for (const tool of toolNames) assert.ok(sent.includes(`"${tool}"`), tool);
      assert.ok(!sent.includes("x-anthropic-billing-header"));
    });
  }

  test("Claude at Bedrock gets it without what Bedrock refuses", async () => {
    const upstream = bridged.get("bedrock");
    assert.ok(upstream);
    upstream.script(done);
    const asked = claudeTurn("bedrock", {}, { thinking: { type: "disabled" } });
    const reply = await ask("/v1/messages?beta=true", asked, { ...claudeHeaders, "x-api-key": ours });
    assert.deepEqual(upstream.refusals, []);
    assert.equal(reply.status, 200);
    const { system, tools, messages } = JSON.parse(asked) as Record<string, readonly JsonMembers[]>;
    assert.partialDeepStrictEqual(upstream.lastHit.json, { system: system?.slice(1), tools, messages });
  });

  test("a burst of counts is answered by who counts, each in its own bytes", async () => {
    host.always({ kind: "reply", body: { input_tokens: 31_337 } });
    const { max_tokens: _max, ...turn } = JSON.parse(claudeTurn("claude-opus-5-5")) as JsonMembers;
    const bodies = Array.from({ length: 30 }, (_, index) => JSON.stringify({ ...turn, metadata: { user_id: `u${index}` } }));
    const replies = await Promise.all(
      bodies.map((body) => ask("/v1/messages/count_tokens?beta=true", body, { ...claudeHeaders, "x-api-key": ours })),
    );
    assert.deepEqual(
      await Promise.all(replies.map((reply) => reply.json())),
      bodies.map(() => ({ input_tokens: 31_337 })),
    );
    assert.deepEqual(host.hits.map(({ body }) => body.toString()).toSorted(), bodies.toSorted());
    const estimated = await ask("/v1/messages/count_tokens", claudeTurn("openai"), { ...claudeHeaders, "x-api-key": ours });
    assert.equal(estimated.headers.get("x-huntgroup-estimated"), "true");
  });

  test("finds the server and its models before it asks", async () => {
    const start = await fetch(service.origin, { method: "HEAD" });
    assert.equal(start.status, 200);
    for (const shown of [{ "x-api-key": ours }, { authorization: `Bearer ${ours}` }]) {
      const reply = await fetch(`${service.origin}/v1/models?limit=1000`, {
        headers: { "anthropic-version": "2023-06-01", ...shown } as Record<string, string>,
      });
      const { data, has_more: hasMore } = (await reply.json()) as {
        data: readonly { id: string; type: string; display_name: string }[];
        has_more: boolean;
      };
      assert.equal(hasMore, false);
      assert.deepEqual(
        data.filter(({ id }) => id.startsWith("claude")).map(({ type }) => type),
        ["model", "model"],
      );
    }
  });

  test("Codex's transcript goes to who has Responses byte for byte but for the model", async () => {
    const events = ["response.created", "response.completed"].map((type, sequence) => {
      const response = { id: "resp_1", object: "response", model: "gpt-codex-5", status: type.slice(9), output: [], usage: null };
      return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, response })}\n\n`;
    });
    host.always({ kind: "stream", pieces: events });
    const asked = codexTurn("gpt-codex", [sealed]);
    const reply = await ask("/v1/responses", asked, codexHeaders);
    assert.match(await reply.text(), /event: response\.completed/);
    assert.equal(host.lastHit.body.toString(), asked.replace('"gpt-codex"', '"gpt-codex-5"'));
    assert.ok(!JSON.stringify(host.lastHit.headers).includes(ours));
  });

  for (const { name } of upstreams) {
    test(`Codex's transcript is understood by ${name}`, async () => {
      const upstream = bridged.get(name);
      assert.ok(upstream);
      upstream.script(done);
      const reply = await ask("/v1/responses", codexTurn(name, []), codexHeaders);
      const stream = await reply.text();
      assert.deepEqual(upstream.refusals, []);
      const types = [...stream.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
      assert.deepEqual([types.at(0), types.at(-1)], ["response.created", "response.completed"]);
    });
  }
});
