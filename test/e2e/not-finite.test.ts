import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { ChatService, type Logprobs } from "../../gen/huntgroup/v1/chat_pb.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { ask } from "../support/http-client.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** What Python writes of a token that cannot be. Half of an emoji goes before it. */
const logprobs = String.raw`{"content":[{"token":"NaN \ud83d","logprob":NaN,"top_logprobs":[{"token":"b","logprob":-Infinity},{"token":"c","logprob":-0.5}]}]}`;
const text = "NaN is no number, and -Infinity neither";
const reply = `{"id":"r","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"${text}"},"logprobs":${logprobs},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`;
const chunk = (delta: string, end = "null") =>
  `{"id":"r","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":${delta},"logprobs":${logprobs},"finish_reason":${end}}]}`;
const stream = [
  chunk('{"role":"assistant","content":""}'),
  ...text.split(/(?<= )/).map((word) => chunk(`{"content":"${word}"}`)),
  chunk("{}", '"stop"'),
  "[DONE]",
]
  .map((data) => `data: ${data}\n\n`)
  .join("");

/** The numbers that the caller is left with. */
const left = [undefined, undefined, -0.5];

const numbersOf = (found: Logprobs | undefined) =>
  found?.content.flatMap((one) => [one.logprob, ...one.topLogprobs.map((top) => top.logprob)]);

interface JsonChoice {
  readonly message?: { readonly content: string };
  readonly delta?: { readonly content?: string };
  readonly logprobs: {
    readonly content: readonly { readonly logprob: number | null; readonly top_logprobs: readonly { readonly logprob: number | null }[] }[];
  };
}

const jsonNumbersOf = ({ logprobs: found }: JsonChoice) =>
  found.content.flatMap((one) => [one.logprob, ...one.top_logprobs.map((top) => top.logprob)]).map((one) => one ?? undefined);

describe("numbers of a host's that JSON does not have", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host));
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  const post = async (isStream: boolean, path = "/v1/chat/completions", asked: object = { messages: [] }) => {
    const body = JSON.stringify({ model: publicModel, stream: isStream, ...asked });
    return ask(service.port, "http1", { method: "POST", path, headers: { "content-type": "application/json" }, body });
  };
  const request = { model: publicModel, messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "hi" } } }] };

  test("REST: are null in a reply, and its text stays", async () => {
    host.always({ kind: "reply", body: reply });
    const answer = await post(false);
    assert.equal(answer.status, 200, answer.text);
    const { choices } = JSON.parse(answer.text) as { choices: [JsonChoice] };
    assert.equal(choices[0].message?.content, text);
    assert.deepEqual(jsonNumbersOf(choices[0]), left);
  });

  test("REST: are null in each chunk of a stream, and its text stays", async () => {
    host.always({ kind: "stream", pieces: [stream] });
    const answer = await post(true);
    const chunks = answer.text.split("\n\n").filter((event) => event.startsWith("data: {"));
    const choices = chunks.map((event) => (JSON.parse(event.slice("data: ".length)) as { choices: [JsonChoice] }).choices[0]);
    assert.equal(choices.map(({ delta }) => delta?.content ?? "").join(""), text);
    for (const choice of choices) assert.deepEqual(jsonNumbersOf(choice), left);
    assert.match(answer.text, /data: \[DONE\]\n\n$/);
  });

  test("REST: are null in embeddings, too", async () => {
    host.always({
      kind: "reply",
      body: '{"data":[{"index":0,"embedding":[NaN,0.5,-Infinity]}],"usage":{"prompt_tokens":1}}',
    });
    const answer = await post(false, "/v1/embeddings", { input: "x" });
    assert.deepEqual((JSON.parse(answer.text) as { data: object[] }).data, [{ index: 0, embedding: [null, 0.5, null] }]);
  });

  for (const [door, createTransport] of [
    ["gRPC", (baseUrl: string) => createGrpcTransport({ baseUrl })],
    ["Connect in JSON", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })],
  ] as const) {
    test(`${door}: are unset in a reply, and its text stays`, async () => {
      host.always({ kind: "reply", body: reply });
      const { choices } = await createClient(ChatService, createTransport(service.origin)).chatCompletion(request);
      assert.equal(choices[0]?.message?.content, text);
      assert.deepEqual(numbersOf(choices[0]?.logprobs), left);
      assert.equal(choices[0]?.logprobs?.extra, undefined);
    });

    test(`${door}: are unset in each piece of a stream, and its text stays`, async () => {
      host.always({ kind: "stream", pieces: [stream] });
      let heard = "";
      for await (const { choices } of createClient(ChatService, createTransport(service.origin)).chatCompletionStream(request)) {
        heard += choices[0]?.delta?.content ?? "";
        assert.deepEqual(numbersOf(choices[0]?.logprobs), left);
      }
      assert.equal(heard, text);
    });
  }

  test("are null where a reply was asked for and events came, and the other way round", async () => {
    host.always({ kind: "stream", pieces: [stream] });
    const together = JSON.parse((await post(false)).text) as { choices: [JsonChoice] };
    assert.equal(together.choices[0].message?.content, text);
    host.always({ kind: "reply", body: reply });
    const events = await post(true);
    assert.match(events.text, new RegExp(`"content":"${text}"`));
    assert.doesNotMatch(events.text, /:NaN|:-Infinity/);
  });
});
