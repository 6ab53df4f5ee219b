import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../../../src/core/provider.ts";
import { RealtimeDecoder } from "../../../../src/formats/openai/realtime/realtime-decoder.ts";
import { realtimeDone } from "../../../support/realtime-host.ts";

const source = { deploymentId: "d", redact: (text: string) => text };

function heard(...messages: readonly string[]): readonly StreamEvent[] {
  const decoder = new RealtimeDecoder(source);
  const events: StreamEvent[] = [];
  for (const message of messages) decoder.push(Buffer.from(message), (event) => events.push(event));
  decoder.end((event) => events.push(event));
  return events;
}

const transcript = (usage: object): string =>
  JSON.stringify({ type: "conversation.item.input_audio_transcription.completed", transcript: "hi", usage });

const created = '{"type":"session.created"}';

test("each message is one event, as it came, and the end is in order", () => {
  const odd = '{ "event_id": "e", "type" : "response.output_audio.delta", "delta": "AAAA" }';
  assert.deepEqual(
    heard(created, odd).map(({ kind, bytes }) => [kind, bytes.toString()]),
    [
      ["content", created],
      ["content", odd],
      ["finish", ""],
    ],
  );
});

test("usage adds up over answers and transcripts, with what of it is audio", () => {
  const usages = heard(
    created,
    realtimeDone,
    transcript({ type: "tokens", input_tokens: 10, output_tokens: 2, total_tokens: 12, input_token_details: { audio_tokens: 10 } }),
    transcript({ type: "duration", seconds: 1.5 }),
    realtimeDone,
  ).map(({ usage }) => usage);
  assert.deepEqual(usages[1], {
    promptTokens: 100,
    outputTokens: 50,
    media: { inputImage: undefined, outputImage: undefined, inputAudio: 40, outputAudio: 30 },
  });
  assert.deepEqual(usages.at(-1), { promptTokens: 210, outputTokens: 102, seconds: 1.5, media: { inputAudio: 90, outputAudio: 60 } });
});

test("an error before anything else is the deployment's; later ones are passed on", () => {
  const error = '{"type":"error","error":{"type":"invalid_request_error","code":"rate_limit_exceeded","message":"slow down"}}';
  assert.equal(heard(error)[0]?.kind, "error");
  assert.equal(heard(error)[0]?.error?.code, "upstream_rate_limited");
  assert.deepEqual(
    heard(created, error).map(({ kind }) => kind),
    ["content", "content", "finish"],
  );
  assert.equal(heard()[0]?.error?.code, "upstream_malformed");
});

test("what is no JSON, or tells no usage, is passed on and counts nothing", () => {
  for (const message of [
    "",
    "{",
    '{"type":"response.done"}',
    '{"type":"response.done","response":{"usage":null}}',
    '"type":"response.done"',
  ]) {
    assert.equal(heard(created, message)[1]?.usage, undefined, message);
  }
});
