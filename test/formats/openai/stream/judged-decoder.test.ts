import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { StreamEvent } from "../../../../src/core/provider.ts";
import { JudgedDecoder } from "../../../../src/formats/openai/stream/judged-decoder.ts";
import { readUnlabelledReply } from "../../../../src/formats/openai/stream/stream-as-reply.ts";
import { callOf } from "../../../support/core-fixture.ts";

const source = { deploymentId: "d", redact: (text: string) => text };
const chat = callOf({ model: "m", stream: true, includeUsage: true });
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const call = { id: "t", type: "function", function: { name: "f", arguments: '{"a":1}' } };
const reply = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "real",
  choices: [
    { index: 0, message: { role: "assistant", content: "Hi", reasoning_content: "Hm", tool_calls: [call] }, finish_reason: "tool_calls" },
    { index: 1, message: { role: "assistant", content: "Ho" }, finish_reason: "stop" },
  ],
  usage,
};

function decode(bytes: Buffer, pieces = 1, contentType = "application/json"): readonly StreamEvent[] {
  const decoder = new JudgedDecoder(chat, source, contentType);
  const events: StreamEvent[] = [];
  const step = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += step) decoder.push(bytes.subarray(at, at + step), (event) => events.push(event));
  decoder.end((event) => events.push(event));
  return events.flatMap((event) => event.parts?.() ?? [event]);
}

for (const pieces of [1, 7, 10_000]) {
  for (const mark of ["", "\uFEFF", "\n \uFEFF"]) {
    test(`a whole reply in ${pieces} pieces behind ${JSON.stringify(mark)} is given as the stream that was asked for`, () => {
      const events = decode(Buffer.from(mark + JSON.stringify(reply)), pieces);
      const chunks = events
        .filter(({ data }) => data !== undefined)
        .map(({ data }) => JSON.parse(String(data)) as typeof reply & { choices: unknown[] });
      assert.deepEqual(
        chunks.flatMap(({ choices }) => choices),
        [
          {
            index: 0,
            delta: { role: "assistant", content: "Hi", reasoning_content: "Hm", tool_calls: [{ index: 0, ...call }] },
            finish_reason: null,
          },
          { index: 1, delta: { role: "assistant", content: "Ho" }, finish_reason: null },
          { index: 0, delta: {}, finish_reason: "tool_calls" },
          { index: 1, delta: {}, finish_reason: "stop" },
        ],
      );
      for (const chunk of chunks) assert.deepEqual([chunk.object, chunk.id, chunk.model], ["chat.completion.chunk", "c", "m"]);
      assert.equal(events.at(-1)?.kind, "done");
      const told = events.findLast((event) => event.usage !== undefined)?.usage;
      assert.deepEqual([told?.promptTokens, told?.outputTokens], [3, 2]);
    });
  }
}

test("what was given as a stream adds up to the reply that it was made of", () => {
  const bytes = Buffer.concat(decode(Buffer.from(JSON.stringify(reply))).map((event) => event.bytes));
  const again = readUnlabelledReply(callOf({ model: "m" }), source, bytes);
  assert.ok(!(again instanceof RouterError));
  const { choices, ...rest } = JSON.parse(again.body.toString()) as typeof reply;
  const { choices: before, ...restBefore } = reply;
  assert.deepEqual(rest, { ...restBefore, model: "m" });
  assert.deepEqual(choices, before);
  assert.deepEqual([again.usage?.promptTokens, again.usage?.outputTokens], [3, 2]);
});

test("events are events, whatever the content type says, also behind a byte order mark", () => {
  const text =
    'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  for (const type of ["application/json", "text/html", "text/plain"]) {
    for (const mark of ["", "\uFEFF"]) {
      const kinds = decode(Buffer.from(mark + text), 3, type).map(({ kind }) => kind);
      assert.deepEqual(kinds, ["content", "finish", "done"]);
    }
  }
});

const failures = [
  { what: "a page", bytes: "<html>Sign in</html>", code: "upstream_malformed" },
  { what: "JSON without an answer", bytes: '{"ok":true}', code: "upstream_malformed" },
  { what: "JSON that is cut", bytes: JSON.stringify(reply).slice(0, -40), code: "upstream_malformed" },
  {
    what: "an error in JSON",
    bytes: '{"error":{"message":"slow down","type":"rate_limit_error","code":"rate_limit_exceeded"}}',
    code: "upstream_rate_limited",
  },
];

for (const { what, bytes, code } of failures) {
  test(`${what} in place of a stream is the error ${code}`, () => {
    const events = decode(Buffer.from(bytes), 2);
    assert.deepEqual([events[0]?.kind, events[0]?.error?.code], ["error", code]);
  });
}

test("a stream in place of a whole reply that ends too early is malformed", () => {
  const cut = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n';
  const read = readUnlabelledReply(callOf(), source, Buffer.from(cut));
  assert.ok(read instanceof RouterError);
  assert.equal(read.code, "upstream_malformed");
});

test("a completion's stream is put together by its text", () => {
  const text =
    'data: {"id":"c","choices":[{"index":0,"text":"a"}]}\n\ndata: {"choices":[{"index":0,"text":"b","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  const read = readUnlabelledReply(callOf({ endpoint: "completions", model: "m" }), source, Buffer.from(text));
  assert.ok(!(read instanceof RouterError));
  assert.deepEqual(JSON.parse(read.body.toString()), {
    object: "text_completion",
    id: "c",
    choices: [{ index: 0, text: "ab", finish_reason: "stop" }],
    model: "m",
  });
});
