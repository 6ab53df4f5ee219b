import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../../src/core/call.ts";
import type { Endpoint } from "../../../../src/core/endpoints.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { Usage } from "../../../../src/core/outcome.ts";
import type { DecodedReply } from "../../../../src/core/provider.ts";
import type { UpstreamHeaders } from "../../../../src/core/upstream.ts";
import { openAi } from "../../../../src/formats/openai/index.ts";
import { decoded, encoded, encodedBody, testHost } from "../../kit/chat/support.ts";
import { callOf } from "../support.ts";

const adapter = openAi.connect(testHost({ defaults: { quality: "low" } }), {});
const json: UpstreamHeaders = { "content-type": "application/json; charset=utf-8" };

function replied(call: Call, body: object | string, headers: UpstreamHeaders = json): DecodedReply {
  const reply = adapter.decodeReply(call, headers, Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
  if (reply instanceof RouterError) throw reply;
  return reply;
}

const picture = callOf({ model: "paint", prompt: "a cat", n: 2, timeout: 5 }, "image_generation");
const spoken = callOf({ model: "voice", input: "Grüße 👋", voice: "a" }, "speech");
const ranked = callOf({ model: "rank", query: "q", documents: ["a"] }, "rerank");
const moderated = callOf({ model: "mod", input: "x" }, "moderation");
/** As a form is read, for replies to it. */
const heard: Call = { ...moderated, endpoint: "transcription", units: { seconds: 3 } };

test("a request in JSON goes out as it came, but for the model, defaults and what is the router's", () => {
  assert.deepEqual(encodedBody(adapter, picture, "up"), { model: "up", prompt: "a cat", n: 2, quality: "low" });
  assert.deepEqual([picture.answers, picture.includeUsage, picture.maxOutputTokens, picture.units], [0, true, undefined, { images: 2 }]);
});

test("speech is streamed as it is made, and its characters are counted as providers do", () => {
  assert.deepEqual([spoken.stream, spoken.units], [true, { characters: 7 }]);
  assert.equal(encoded(adapter, spoken, "up").headers["accept"], "*/*");
  const events = callOf({ model: "voice", input: "x".repeat(40_000), stream_format: "sse" }, "speech");
  assert.equal(events.units?.characters, 40_000);
  assert.equal(encoded(adapter, events, "up").headers["accept"], "text/event-stream");
});

test("a moderation that names no model has the one that OpenAI's API takes", () => {
  assert.equal(callOf({ input: "x" }, "moderation").model, "omni-moderation-latest");
  assert.deepEqual(encodedBody(openAi.connect(testHost(), {}), callOf({ input: "x" }, "moderation"), "up"), { input: "x", model: "up" });
});

const usages: readonly (readonly [what: string, call: Call, reply: object, usage: Usage])[] = [
  ["images are counted", picture, { data: [{ url: "a" }, { url: "b" }, { url: "c" }] }, { promptTokens: 0, outputTokens: 0, images: 3 }],
  [
    "images that tell their tokens have both",
    picture,
    {
      data: [{ b64_json: "x" }],
      usage: { input_tokens: 50, output_tokens: 1_000, total_tokens: 1_050, input_tokens_details: { text_tokens: 40, image_tokens: 10 } },
    },
    { promptTokens: 50, outputTokens: 1_000, images: 1, media: { inputImage: 10, outputImage: 1_000 } },
  ],
  [
    "a rerank by Cohere tells its searches",
    ranked,
    { results: [], meta: { billed_units: { search_units: 3 } } },
    { promptTokens: 0, outputTokens: 0, queries: 3 },
  ],
  [
    "a rerank by Jina tells its tokens",
    ranked,
    { results: [], usage: { total_tokens: 15 } },
    { promptTokens: 15, outputTokens: 0, queries: 1 },
  ],
  ["a moderation tells nothing", moderated, { results: [] }, { promptTokens: 0, outputTokens: 0 }],
  [
    "a transcript tells its seconds",
    heard,
    { text: "a", usage: { type: "duration", seconds: 9 } },
    { promptTokens: 0, outputTokens: 0, seconds: 9 },
  ],
  ["a longer one its duration", heard, { text: "a", duration: 8.5 }, { promptTokens: 0, outputTokens: 0, seconds: 8.5 }],
  [
    "a newer one its tokens",
    heard,
    {
      text: "a",
      usage: { type: "tokens", input_tokens: 14, output_tokens: 4, total_tokens: 18, input_token_details: { audio_tokens: 10 } },
    },
    { promptTokens: 14, outputTokens: 4, media: { inputAudio: 10 } },
  ],
  [
    "one that tells nothing is as long as it can be at least",
    heard,
    { text: "a" },
    { promptTokens: 0, outputTokens: 0, seconds: 3, estimated: true },
  ],
];

for (const [what, call, reply, usage] of usages) {
  test(`of what is used, ${what}`, () => assert.deepEqual(present(replied(call, reply).usage), usage));
}

function present(usage: Usage | undefined): object {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value !== undefined));
}

test("a reply goes on as it came, but for the model's name where it has one", () => {
  const odd = '{ "created":1e0, "data":[ {"url":"a"} ],\n "x":12345678901234567890}';
  assert.equal(replied(picture, odd).body.toString(), odd);
  assert.equal(replied(moderated, '{"model" :"host-1", "results":[]}').body.toString(), '{"model" :"mod", "results":[]}');
});

test("a transcript as text or subtitles goes on with its type, and its last subtitle tells how long it was", () => {
  const subtitles = "1\n00:00:00,000 --> 00:00:04,500\nHello.\n\n2\n00:00:04,500 --> 01:00:10,250\nWorld.\n";
  const reply = replied(heard, subtitles, { "content-type": "application/x-subrip" });
  assert.deepEqual([reply.contentType, reply.body.toString(), reply.usage?.seconds], ["application/x-subrip", subtitles, 3_610.25]);
  const text = replied(heard, '{"as it was said', { "content-type": "text/plain; charset=utf-8" });
  assert.deepEqual([text.contentType, text.usage?.estimated], ["text/plain; charset=utf-8", true]);
});

const failures: readonly (readonly [what: string, call: Call, body: string, type: string | undefined, code: string])[] = [
  ["nothing", picture, "", "application/json", "upstream_malformed"],
  ["a page", heard, "<html>", "text/html", "upstream_malformed"],
  ["JSON that was cut", picture, '{"data":[{"url":"a"}', "application/json", "upstream_malformed"],
  ["a list", ranked, "[1]", "application/json", "upstream_malformed"],
  ["text where JSON is due", picture, "busy", "text/plain", "upstream_malformed"],
  ["an error beside what is no JSON", picture, '{"error":"rate limit exceeded","x":oh}', "application/json", "upstream_rate_limited"],
  ["an error", picture, '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}', undefined, "upstream_rate_limited"],
];

for (const [what, call, body, type, code] of failures) {
  test(`${what} in place of a reply is a failure`, () => {
    const error = adapter.decodeReply(call, type === undefined ? {} : { "content-type": type }, Buffer.from(body));
    assert.ok(error instanceof RouterError);
    assert.equal(error.code, code);
  });
}

test("events of images go on as they came, and the last tells what was used", () => {
  const call = callOf({ model: "paint", prompt: "x", stream: true, n: 1 }, "image_generation");
  const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  const texts = [
    `event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image","b64_json":"${"A".repeat(5_000)}"}\n\n`,
    ": still there\n\n",
    `event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"AA==","usage":${JSON.stringify(usage)}}\n\n`,
  ];
  const bytes = Buffer.from(texts.join(""));
  for (const cut of [1, 100, 5_100, bytes.length - 1]) {
    const events = decoded(adapter, call, [bytes.subarray(0, cut), bytes.subarray(cut)], { "content-type": "text/event-stream" });
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["content", "other", "finish"],
    );
    assert.equal(Buffer.concat(events.map((event) => event.bytes)).toString(), bytes.toString());
    assert.deepEqual(events.at(-1)?.usage, { promptTokens: 1, outputTokens: 2, images: 1, media: { outputImage: 2 } });
  }
});

const kinds: readonly (readonly [event: string, kinds: readonly string[]])[] = [
  ['data: {"type":"transcript.text.delta","delta":"a"}', ["content"]],
  ['data: {"delta":"say \\"type\\": \\"x.done\\"","type":"transcript.text.delta"}', ["content"]],
  ['data: {"type":"transcript.text.done","text":"a"}', ["finish"]],
  ["event: speech.audio.done\ndata: {}", ["finish"]],
  ['data: {"type":"keepalive"}', ["other"]],
  ['event: message\ndata: {"type":"transcript.text.done"}', ["finish"]],
  ['data: {"error":null,"text":"a"}', ["content"]],
  ["data: [DONE]", ["done"]],
  ['event: error\ndata: {"error":{"message":"no"}}', ["error"]],
  ['data: {"error":{"message":"no"}}', ["error"]],
  ['data: {"type":"error","message":"no"}', ["error"]],
  ["data: hello", ["content"]],
];

for (const [event, expected] of kinds) {
  test(`${event.replace("\n", " ")} is ${expected.join()}`, () => {
    const events = decoded(adapter, { ...heard, stream: true }, [Buffer.from(`${event}\n\n`)], { "content-type": "text/event-stream" });
    assert.deepEqual(
      events.map(({ kind }) => kind),
      expected,
    );
  });
}

test("audio goes on byte for byte as it comes, with its type, and its end is that of the answer", () => {
  const pieces = [Buffer.of(1, 2, 3), Buffer.alloc(0), Buffer.of(4)];
  const events = decoded(adapter, spoken, pieces, { "content-type": "audio/mpeg" });
  assert.deepEqual(
    events.map(({ kind, bytes, contentType }) => [kind, [...bytes], contentType]),
    [
      ["content", [1, 2, 3], "audio/mpeg"],
      ["content", [4], "audio/mpeg"],
      ["finish", [], "audio/mpeg"],
    ],
  );
  assert.deepEqual(events.at(-1)?.usage, { promptTokens: 0, outputTokens: 0, characters: 7 });
  assert.deepEqual(decoded(adapter, spoken, [], { "content-type": "audio/mpeg" }), []);
});

test("an error in place of audio is a failure, and a whole reply in place of events goes on whole", () => {
  const [failed] = decoded(adapter, spoken, [Buffer.from('{"error":'), Buffer.from('{"message":"no such voice"}}')], json);
  assert.equal(failed?.kind, "error");
  const call = callOf({ model: "paint", prompt: "x", stream: true }, "image_generation");
  const [whole, ...others] = decoded(adapter, call, [Buffer.from('{"data":'), Buffer.from("[{}]}")], json);
  assert.deepEqual(
    [whole?.kind, whole?.bytes.toString(), whole?.contentType, others.length],
    ["finish", '{"data":[{}]}', "application/json", 0],
  );
});

const noStreams: readonly Endpoint[] = ["moderation", "rerank", "decisions"];
for (const endpoint of noStreams) {
  test(`a call for ${endpoint} is never a stream`, () => assert.equal(callOf({ model: "m", stream: true }, endpoint).stream, false));
}
