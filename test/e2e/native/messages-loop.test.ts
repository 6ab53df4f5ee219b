import Anthropic, { BadRequestError } from "@anthropic-ai/sdk";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { anthropicError } from "../../support/fakes/anthropic-api.ts";
import { hostedCases, type NativeCase, nativeCases } from "../../support/fakes/native-cases.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { loopScript, pixel, prefix, schema, thought, toolArguments } from "../../support/fakes/tool-loop.ts";
import { Parties } from "../../support/parties.ts";
import type { RunningTestService } from "../../support/start-service.ts";

/**
 * A tool loop as coding agents have it, by Anthropic's own package, to every host that speaks Messages: with an entry of attribution, marks of the
 * cache that are shared, betas, thinking and its signature, a tool. Each host is as strict as its documentation.
 */
const speaking: readonly NativeCase[] = [...nativeCases, ...hostedCases].filter(({ name }) =>
  /^(?:anthropic: thinking by a budget|vertex_ai: Claude|bedrock|azure_ai)/.test(name),
);
const script = loopScript("toolu_01Fake");
const groupOf = ({ name }: NativeCase): string => name.replaceAll(/\W+/g, "-");

const first: Anthropic.MessageCreateParamsNonStreaming = {
  model: "",
  max_tokens: 4096,
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=cli;" },
    { type: "text", text: prefix, cache_control: { type: "ephemeral" } },
  ],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "How warm is it?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: pixel } },
      ],
    },
  ],
  tools: [{ name: "get_weather", input_schema: { type: "object", properties: schema.properties } }],
  thinking: { type: "enabled", budget_tokens: 1024 },
};
const headers = { "anthropic-beta": "interleaved-thinking-2025-05-14,context-1m-2025-08-07,oauth-2025-04-20" };

describe("a tool loop of a caller of Messages", () => {
  const parties = new Parties();
  const hosts = new Map<string, StrictHost>();
  let service: RunningTestService;
  let client: Anthropic;

  before(async () => {
    for (const one of speaking)
      hosts.set(
        one.name,
        parties.add(await StrictHost.listen(one.createApi()), (party) => party.close()),
      );
    const deployments = speaking.map((one) => ({
      model_name: groupOf(one),
      litellm_params: { ...one.params(hosts.get(one.name)?.origin ?? ""), cooldown_time: 0 },
    }));
    service = await parties.service(JSON.stringify({ model_list: deployments, router_settings: { num_retries: 0 } }));
    client = new Anthropic({ apiKey: "of the caller", baseURL: service.origin, maxRetries: 0, defaultHeaders: headers });
  });
  beforeEach(() => {
    for (const host of hosts.values()) host.reset();
  });
  after(() => parties.end());

  const ask = (body: Anthropic.MessageCreateParamsNonStreaming, isStreamed: boolean): Promise<Anthropic.Message> =>
    isStreamed ? client.messages.stream(body).finalMessage() : client.messages.create(body);

  for (const one of speaking) {
    for (const kind of ["whole", "streamed", "streamed in pieces of 7 bytes"]) {
      test(`${one.name}, ${kind}`, async () => {
        const host = hosts.get(one.name);
        assert.ok(host);
        host.script(...script);
        if (kind.endsWith("bytes")) host.pieceBytes = 7;
        const asked = { ...first, model: groupOf(one) };
        const said = await ask(asked, kind !== "whole");
        assert.deepEqual(host.refusals, []);
        assert.equal(said.model, groupOf(one));
        assert.partialDeepStrictEqual(said.content, [
          { type: "thinking", thinking: thought, signature: "c2lnbmVkLWJ5LXRoZS1mYWtl" },
          { type: "tool_use", id: "toolu_01Fake", name: "get_weather", input: toolArguments },
        ]);
        assert.partialDeepStrictEqual(said.usage, { input_tokens: 60, cache_creation_input_tokens: 900, output_tokens: 40 });
        const result = { type: "tool_result" as const, tool_use_id: "toolu_01Fake", content: "4 °C" };
        const messages = [
          ...asked.messages,
          { role: "assistant" as const, content: said.content },
          { role: "user" as const, content: [result] },
        ];
        const answered = await ask({ ...asked, messages }, kind !== "whole");
        assert.deepEqual(host.refusals, []);
        assert.equal(answered.stop_reason, "end_turn");
        const isAnthropic = one.name.startsWith("anthropic");
        for (const { json, headers: sent } of host.hits) {
          assert.deepEqual((json["system"] as readonly JsonMembers[]).length, isAnthropic ? 2 : 1);
          assert.ok(!JSON.stringify(sent).includes("of the caller"));
          const betas = `${JSON.stringify(sent["anthropic-beta"] ?? "")},${JSON.stringify(json["anthropic_beta"] ?? [])}`;
          assert.ok(betas.includes("context-1m-2025-08-07"));
          assert.equal(betas.includes("oauth"), isAnthropic || /azure|vertex/.test(one.name));
        }
      });
    }
  }

  test("hears of its mistakes in the provider's own bytes", async () => {
    const [one] = speaking;
    const host = one && hosts.get(one.name);
    assert.ok(one && host);
    const body = {
      type: "error",
      error: { type: "invalid_request_error", message: "messages.1: `thinking` cannot be modified" },
      request_id: "req_9",
    };
    host.script(anthropicError(400, "invalid_request_error", body.error.message));
    const [reply] = [
      await fetch(`${service.origin}/v1/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
        body: JSON.stringify({ ...first, model: groupOf(one) }),
      }),
    ];
    assert.equal(reply.status, 400);
    assert.deepEqual(await reply.json(), { ...body, request_id: "req_fake" });
    host.script(anthropicError(400, "invalid_request_error", "no"));
    await assert.rejects(client.messages.create({ ...first, model: groupOf(one) }), BadRequestError);
  });

  test("gets an end where the deployment leaves its last event out", async () => {
    const [one] = speaking;
    const host = one && hosts.get(one.name);
    assert.ok(one && host);
    const events = [
      {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model: "c",
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 2 } },
    ];
    for (const end of ["end", "cut"] as const) {
      const pieces = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      host.script({ kind: "reply", status: 200, headers: { "content-type": "text/event-stream" }, pieces, end });
      const message = await client.messages.stream({ ...first, model: groupOf(one) }).finalMessage();
      assert.partialDeepStrictEqual(message.content, [{ type: "text", text: "hi" }]);
    }
  });
});
