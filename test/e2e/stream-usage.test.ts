import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { ask } from "../support/http-client.ts";
import { chatEvents, hostError, hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Where the setting may stand, and what then is told to callers that did not ask. */
const cases: readonly (readonly [settings: string, isTold: boolean])[] = [
  ["", false],
  ["general_settings: {always_include_stream_usage: false}\n", false],
  ["general_settings: {always_include_stream_usage: true}\n", true],
  ["litellm_settings: {always_include_stream_usage: true}\n", true],
  ["  always_include_stream_usage: true\n", true],
  ["litellm_settings: {always_include_stream_usage: true}\ngeneral_settings: {always_include_stream_usage: false}\n", false],
];

const isUsage = (event: string) => event.includes('"choices":[]') && event.includes('"total_tokens":13');

async function byRest({ port }: RunningTestService, more: object = {}): Promise<readonly string[]> {
  const body = JSON.stringify({ model: publicModel, messages: [], stream: true, ...more });
  const question = { method: "POST", path: "/v1/chat/completions", headers: { "content-type": "application/json" }, body };
  return (await ask(port, "http1", question)).text.split("\n\n").filter((event) => event !== "");
}

async function byGrpc({ origin }: RunningTestService): Promise<readonly (number | undefined)[]> {
  const client = createClient(ChatService, createGrpcTransport({ baseUrl: origin }));
  const told: (number | undefined)[] = [];
  for await (const { usage } of client.chatCompletionStream({ model: publicModel })) if (usage !== undefined) told.push(usage.totalTokens);
  return told;
}

describe("the usage of a stream whose caller did not ask for it", () => {
  const parties = new Parties();
  after(() => parties.end());

  for (const [settings, isTold] of cases) {
    test(`${settings === "" ? "without a setting" : settings.trim()}: ${isTold ? "is told once, as the last chunk" : "is not told"}`, async () => {
      const host = await parties.host();
      const service = await parties.service(hostConfig(host, settings));
      const events = await byRest(service);
      assert.deepEqual(events.filter(isUsage), isTold ? [events.at(-2)] : []);
      assert.equal(events.at(-1), "data: [DONE]");
      assert.deepEqual(await byGrpc(service), isTold ? [13] : []);
      for (const hit of host.hits) assert.equal(hit.json.stream_options?.include_usage, true, "it is counted either way");
      // A caller that asks is told, and other options of its stream stay.
      assert.equal((await byRest(service, { stream_options: { include_usage: true } })).filter(isUsage).length, 1);
      await byRest(service, { stream_options: { include_obfuscation: false } });
      assert.deepEqual(host.hits.at(-1)?.json.stream_options, { include_obfuscation: false, include_usage: true });
    });
  }

  test("is told by a host that can tell it; one that refuses the question still answers", async () => {
    const host = await parties.host();
    const service = await parties.service(hostConfig(host, "general_settings: {always_include_stream_usage: true}\n"));
    host.always((hit) =>
      hit.json.stream_options === undefined
        ? { kind: "stream", pieces: chatEvents(hostWords) }
        : hostError(400, { message: "stream_options is not supported" }),
    );
    const events = await byRest(service);
    assert.equal(events.at(-1), "data: [DONE]");
    assert.deepEqual(events.filter(isUsage), []);
    assert.deepEqual(await byGrpc(service), []);
    assert.equal(host.hits.length, 3, "it is not asked again for a day");
  });
});
