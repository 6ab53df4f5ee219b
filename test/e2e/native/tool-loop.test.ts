import { fromJson, toJson } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import {
  ChatCompletionRequestSchema,
  ChatCompletionResponseSchema,
  ChatCompletionStreamResponseSchema,
  ChatService,
} from "../../../gen/huntgroup/v1/chat_pb.ts";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { hostedCases, nativeCases } from "../../support/fakes/native-cases.ts";
import { isObject } from "../../support/fakes/shape.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { assertFirst, assertSecond, firstRequest, gathered, type Heard, secondRequest, whole } from "../../support/fakes/tool-loop.ts";
import { Parties } from "../../support/parties.ts";
import type { RunningTestService } from "../../support/start-service.ts";

/** Asks once, and says what came of it. */
type Caller = (service: RunningTestService, body: JsonMembers, isStreamed: boolean) => Promise<Heard>;

const callers: Readonly<Record<string, Caller>> = {
  async "OpenAI's own package"(service, body, isStreamed) {
    const client = new OpenAI({ apiKey: "none", baseURL: `${service.origin}/v1`, maxRetries: 0 });
    // Its types know neither marks of a cache nor thinking that comes back.
    const request = body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
    if (!isStreamed) return whole((await client.chat.completions.create(request)) as unknown as JsonMembers);
    const stream = await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return gathered(chunks as unknown as Parameters<typeof gathered>[0]);
  },
  async "a gRPC client"(service, body, isStreamed) {
    const client = createClient(ChatService, createGrpcTransport({ baseUrl: service.origin }));
    const { messages, ...rest } = body;
    const request = fromJson(ChatCompletionRequestSchema, {
      ...(rest as object),
      stream_options: { include_usage: true },
      messages: (messages as readonly JsonMembers[]).map(withExtra),
    } as never);
    const options = { useProtoFieldName: true };
    if (!isStreamed) {
      const answer = await client.chatCompletion(request);
      return whole(withoutExtra(toJson(ChatCompletionResponseSchema, answer, options)) as JsonMembers);
    }
    const chunks: JsonValue[] = [];
    for await (const chunk of client.chatCompletionStream(request)) {
      chunks.push(withoutExtra(toJson(ChatCompletionStreamResponseSchema, chunk, options)));
    }
    return gathered(chunks as unknown as Parameters<typeof gathered>[0]);
  },
};

/** What the schema does not know of a message travels in its `extra`. */
function withExtra({ thinking_blocks: blocks, provider_specific_fields: specific, ...message }: JsonMembers): JsonMembers {
  const extra = {
    ...(blocks === undefined ? {} : { thinking_blocks: blocks }),
    ...(specific === undefined ? {} : { provider_specific_fields: specific }),
  };
  const calls = message["tool_calls"] as readonly JsonMembers[] | undefined;
  return {
    ...message,
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    ...(calls === undefined
      ? {}
      : {
          tool_calls: calls.map(({ provider_specific_fields: own, ...call }) =>
            own === undefined ? call : { ...call, extra: { provider_specific_fields: own } },
          ),
        }),
  };
}

function withoutExtra(value: unknown): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(withoutExtra);
  if (!isObject(value as JsonValue)) return value as JsonValue;
  const { extra, ...members } = value as JsonMembers;
  const all = { ...members, ...(isObject(extra) ? extra : {}) };
  return Object.fromEntries(Object.entries(all).map(([name, inner]) => [name, withoutExtra(inner)]));
}

for (const { name, createApi, params, script, assertRequests } of [...nativeCases, ...hostedCases]) {
  describe(`a tool loop with thinking, an image, a cached prefix and a schema: ${name}`, () => {
    const parties = new Parties();
    let host: StrictHost;
    let service: RunningTestService;

    before(async () => {
      host = parties.add(await StrictHost.listen(createApi()), (party) => party.close());
      const deployment = { model_name: "group", litellm_params: { ...params(host.origin), cooldown_time: 0 } };
      service = await parties.service(JSON.stringify({ model_list: [deployment], router_settings: { num_retries: 0 } }));
    });
    beforeEach(() => host.reset());
    after(() => parties.end());

    for (const [caller, ask] of Object.entries(callers)) {
      for (const kind of ["whole", "streamed", "streamed in pieces of 7 bytes"]) {
        test(`by ${caller}, ${kind}`, async () => {
          host.script(...script);
          if (kind.endsWith("bytes")) host.pieceBytes = 7;
          const first = firstRequest("group");
          const called = await ask(service, first, kind !== "whole");
          assert.deepEqual(host.refusals, []);
          assertFirst(called);
          const answered = await ask(service, secondRequest(first, called.message), kind !== "whole");
          assert.deepEqual(host.refusals, []);
          assertSecond(answered);
          const [one, other, ...more] = host.hits;
          assert.equal(more.length, 0);
          assertRequests(one?.json ?? {}, other?.json ?? {});
        });
      }
    }
  });
}
