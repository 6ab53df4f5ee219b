import { type CallOptions, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { eventually } from "../support/eventually.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatChunk, hostError, hostWords, chatEvents, sse, type HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Every token is charged over RPC too, on sockets: through the fast path and through the library, in each protocol and coding. */
const ways: readonly (readonly [name: string, connect: (baseUrl: string) => Transport])[] = [
  ["gRPC, binary (the fast path)", (baseUrl) => createGrpcTransport({ baseUrl })],
  ["gRPC, JSON", (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false })],
  ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
  ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
];

const callerKey = "sk-caller-0123456789";
const price = 0.0005;
const options: CallOptions = { headers: { authorization: `Bearer ${callerKey}` } };
const messages = [{ role: "user", content: { kind: { case: "stringValue" as const, value: "hi" } } }];

function fileFor(host: OpenAiHost): string {
  return `
model_list:
  - {model_name: m, litellm_params: {model: openai/m, api_base: "${host.apiBase}", api_key: k, cooldown_time: 0, input_cost_per_token: ${price}, output_cost_per_token: ${price}}}
keys: [{name: caller, sha256: ${sha256(callerKey)}, max_budget: 1}]
general_settings: {master_key: sk-master-0123456789}
router_settings: {num_retries: 0}
`;
}

const stop = [sse(chatChunk({}, "stop")), sse("[DONE]")];
const tool = { index: 0, id: "call_1", type: "function", function: { name: "look", arguments: "y".repeat(3_996) } };

/** Streams that tell no usage, and the least number of tokens that they are charged. */
const streams: readonly (readonly [what: string, pieces: readonly string[], least: number])[] = [
  ["1,000 pieces", [sse(chatChunk({ content: " a" })).repeat(1_000), ...stop], 1_000],
  ["one large piece", [sse(chatChunk({ content: "x".repeat(4_000) })), ...stop], 1_000],
  ["the arguments of a tool", [sse(chatChunk({ tool_calls: [tool] })), ...stop], 1_000],
  ["reasoning alone", [sse(chatChunk({ reasoning_content: "x".repeat(4_000) })), ...stop], 1_000],
];

/** @returns What the caller is told of usage. */
async function stream(transport: Transport): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  for await (const { usage } of createClient(ChatService, transport).chatCompletionStream({ model: "m", messages }, options)) {
    if (usage !== undefined) told.push(usage);
  }
  return told;
}

describe("a stream whose caller asked for no usage is charged over RPC", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
  });
  beforeEach(async () => {
    host.reset();
    service = await parties.service(fileFor(host));
  });
  after(() => parties.end());

  /** Of the caller's key, in tokens, once its calls are at their end. */
  async function charged(): Promise<number> {
    await eventually(async () => assert.equal(service.router.inFlight, 0));
    const key = service.operator.keys().find(({ record }) => record.name === "caller");
    return Math.round((key?.usage.spentUsd ?? 0) / price);
  }

  for (const [name, connect] of ways) {
    test(`${name}: by what the host tells, which the caller does not see`, async () => {
      host.always({ kind: "stream", pieces: chatEvents(hostWords, true) });
      assert.deepEqual(await stream(connect(service.origin)), []);
      assert.equal(host.lastHit.json.stream_options?.include_usage, true);
      assert.equal(await charged(), 13);
    });

    for (const [what, pieces, least] of streams) {
      test(`${name}: by what came, where the host tells nothing: ${what}`, async () => {
        const answer: HostReply = { kind: "stream", pieces: [sse(chatChunk({ role: "assistant", content: "" })), ...pieces] };
        host.always((hit) => (hit.json.stream_options === undefined ? answer : hostError(400, { message: "stream_options is unknown" })));
        assert.deepEqual(await stream(connect(service.origin)), []);
        const tokens = await charged();
        // The prompt is on top, and is short.
        assert.ok(tokens >= least && tokens < least * 1.2 + 100, `${tokens} tokens`);
      });
    }

    test(`${name}: a budget of 2,000 tokens ends after two streams of 1,000`, async () => {
      host.always({ kind: "stream", pieces: [sse(chatChunk({ content: " a" })).repeat(1_000), ...stop] });
      const transport = connect(service.origin);
      for (let call = 0; call < 2; call++) {
        await stream(transport);
        await charged();
      }
      await assert.rejects(stream(transport), /budget/i);
      assert.equal(host.hits.length, 2);
    });
  }
});
