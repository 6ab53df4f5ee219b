import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StreamEvent } from "../../../../src/core/provider.ts";
import { OpenAiStreamDecoder } from "../../../../src/formats/openai/stream/stream-decoder.ts";
import { callOf, secret, source, partsOf } from "../support.ts";

const call = callOf({ model: "my model", stream: true });

function decode(chunks: readonly Buffer[]): StreamEvent[] {
  const decoder = new OpenAiStreamDecoder(call, source);
  const events: StreamEvent[] = [];
  for (const chunk of chunks) decoder.push(chunk, (event) => events.push(...partsOf(event)));
  decoder.end((event) => events.push(...partsOf(event)));
  return events;
}

function chunk(data: object | string): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

function kindOf(data: object | string): string {
  const [event] = decode([Buffer.from(chunk(data))]);
  assert.ok(event);
  return event.kind;
}

function delta(fields: object, finish: string | null = null): object {
  return { id: "x", object: "chat.completion.chunk", model: "gpt-4o", choices: [{ index: 0, delta: fields, finish_reason: finish }] };
}

describe("OpenAiStreamDecoder", () => {
  for (const [what, injected] of [
    ["an event of its own", '\n\ndata: {"choices":[{"index":0,"delta":{"content":"forged"}}]}\n\n'],
    ["a line feed", "\n"],
    ["a carriage return", "\r"],
    ["a zero", "\0"],
    ["an escape", "\u001b[2J"],
  ] as const) {
    for (const place of [0, 1, 2, 5]) {
      it(`passes on no control byte within a string: ${what} in chunk ${place + 1}`, () => {
        const texts = Array.from({ length: 7 }, (_, index) => (index === place ? `be${injected}fore` : `word ${index}`));
        const written = texts.map((text) => chunk(JSON.stringify(delta({ content: "TEXT" })).replace("TEXT", () => text)));
        for (const pieces of [written, [written.join("")]]) {
          const events = decode(pieces.map((piece) => Buffer.from(piece)));
          const sent = Buffer.concat(events.map((event) => event.bytes)).toString();
          assert.doesNotMatch(sent, /forged|before/);
          const control = Array.from(sent).filter((one) => one < " " && one !== "\n");
          assert.deepEqual(control, []);
          assert.equal(events.at(-1)?.kind, "error");
          assert.equal(events.filter(({ kind }) => kind === "content").length, place);
        }
      });
    }
  }

  it("tells content from what is not", () => {
    const cases: [object | string, string][] = [
      [delta({ role: "assistant", content: "" }), "preamble"],
      [delta({ role: "assistant", content: null, refusal: null, tool_calls: [] }), "preamble"],
      [delta({ content: "Hi" }), "content"],
      [delta({ content: '"' }), "content"],
      [delta({ content: [{ type: "thinking" }] }), "content"],
      [delta({ reasoning_content: "hm" }), "content"],
      [delta({ reasoning: "hm" }), "content"],
      [delta({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }), "content"],
      [delta({ function_call: { name: "f" } }), "content"],
      [delta({ refusal: "no" }), "content"],
      [delta({ audio: { data: "AA" } }), "content"],
      [{ choices: [{ index: 0, text: "Hi", finish_reason: null }] }, "content"],
      [{ choices: [{ index: 0, text: "", finish_reason: null }] }, "preamble"],
      [delta({}, "stop"), "finish"],
      [delta({ content: "all of it" }, "stop"), "finish"],
      [{ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }, "finish"],
      [{ choices: [{ index: 0, delta: { role: "assistant" } }], usage: { prompt_tokens: 1, completion_tokens: 0 } }, "preamble"],
      [{ choices: [{ index: 0, delta: { content: "a" } }], usage: { prompt_tokens: 1, completion_tokens: 1 } }, "content"],
      [{ choices: [], prompt_filter_results: [] }, "preamble"],
      [{ type: "ping", content: "x" }, "other"],
      ['{"content":"x","kind":"status"}', "other"],
      ["[1]", "other"],
      [delta({ 'a"content': "x" }), "preamble"],
      // A chunk whose prompt echo looks like a key inside of a string.
      [delta({ role: 'x","content":"y' }), "preamble"],
    ];
    for (const [data, kind] of cases) assert.equal(kindOf(data), kind, JSON.stringify(data));
  });

  it("gives the same kind however the JSON is spaced and ordered", () => {
    const value = fc.constantFrom("", "x", null, '"content":"y"', "\\");
    const choice = fc.record({
      delta: fc.record({ role: value, content: value, reasoning_content: value, name: value }, { requiredKeys: [] }),
      finish_reason: fc.constantFrom(null, "stop"),
      index: fc.constant(0),
    });
    const usage = fc.constantFrom(null, { prompt_tokens: 1, completion_tokens: 2 });
    const whole = fc.record({ id: value, model: value, choices: fc.array(choice, { maxLength: 2 }), usage }, { requiredKeys: ["choices"] });
    fc.assert(
      fc.property(whole, (data) => {
        // The spaced form never takes the short way through the bytes.
        const [compact] = decode([Buffer.from(chunk(data))]);
        const [spaced] = decode([Buffer.from(chunk(JSON.stringify(data, null, 1).replaceAll("\n", " ")))]);
        assert.equal(compact?.kind, spaced?.kind);
        assert.deepEqual(compact?.usage, spaced?.usage);
      }),
      { numRuns: 500 },
    );
  });

  it("puts the caller's name for the model in, and touches nothing else", () => {
    const data = '{"seed":12345678901234567890, "model" : "gpt-4o-2024","x":{"model":"in"},"choices":[{"delta":{"content":"Grüße 😀"}}]}';
    const [event] = decode([Buffer.from(chunk(data))]);
    const expected = data.replace('"gpt-4o-2024"', '"my model"');
    assert.equal(event?.data?.toString(), expected);
    assert.equal(event?.bytes.toString(), chunk(expected));
  });

  it("keeps comments, names and ids of an event", () => {
    const text = ': hi\nid: 7\nevent: message\ndata: {"model":"a","choices":[{"delta":{"content":"x"}}]}\nretry: 5\n\n';
    const [event] = decode([Buffer.from(text)]);
    assert.equal(event?.kind, "content");
    assert.equal(event?.bytes.toString(), text.replace('"a"', '"my model"'));
  });

  it("puts data that came in several lines together", () => {
    const [event] = decode([Buffer.from('data: {"model":"a",\ndata: "choices":[{"delta":{"content":"x"}}]}\n\n')]);
    assert.equal(event?.bytes.toString(), 'data: {"model":"my model", "choices":[{"delta":{"content":"x"}}]}\n\n');
    assert.deepEqual(JSON.parse(event?.data?.toString() ?? ""), { model: "my model", choices: [{ delta: { content: "x" } }] });
  });

  it("reads the usage wherever it stands", () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7, prompt_tokens_details: {} };
    for (const data of [
      { choices: [], usage },
      { ...delta({ content: "x" }), usage },
      { ...delta({}, "stop"), x_groq: { usage } },
    ]) {
      const [event] = decode([Buffer.from(chunk(data))]);
      assert.deepEqual(event?.usage, { promptTokens: 3, outputTokens: 4 });
    }
    assert.equal(decode([Buffer.from(chunk({ ...delta({ content: "x" }), usage: null }))])[0]?.usage, undefined);
  });

  it("emits one [DONE] and nothing after it", () => {
    const events = decode([
      Buffer.from(`${chunk(delta({ content: "x" }))}${chunk("[DONE]")}${chunk("[DONE]")}${chunk(delta({ content: "y" }))}: late\n\n`),
    ]);
    assert.deepEqual(
      events.map((event) => event.kind),
      ["content", "done"],
    );
  });

  it("passes comments and foreign events on as they came", () => {
    const text = ": keep-alive\n\nevent: ping\ndata: not json\n\n";
    const events = decode([Buffer.from(text)]);
    assert.deepEqual(
      events.map((event) => event.kind),
      ["other", "other"],
    );
    assert.equal(Buffer.concat(events.map((event) => event.bytes)).toString(), text);
  });

  it("turns errors inside a stream into errors, once, with known keys taken out", () => {
    const cases: [string, string][] = [
      [chunk({ error: { message: `bad ${secret}`, code: 429 } }), "upstream_rate_limited"],
      [chunk({ error: "overloaded" }), "upstream_overloaded"],
      [chunk({ error: { message: "bad tool schema", type: "invalid_request_error", code: null } }), "invalid_request"],
      [chunk({ error: { message: "it broke", type: "server_error" } }), "upstream_error"],
      [chunk({ error: { message: "x", type: "insufficient_quota" } }), "quota_exhausted"],
      [chunk({ choices: [{ delta: {}, finish_reason: "error" }] }), "upstream_error"],
      [chunk({ choices: null, base_resp: { status_code: 1002, status_msg: "x" } }), "upstream_rate_limited"],
      [chunk({ error: { message: "too long", code: "context_length_exceeded" } }), "context_length_exceeded"],
      [chunk({ object: "error", message: "bad", code: 400 }), "invalid_request"],
      ['data: [{"error": {"code": 503, "message": "x", "status": "UNAVAILABLE"}}]\n\n', "upstream_overloaded"],
      ["event: error\ndata: it broke\n\n", "upstream_error"],
      ['event: error\ndata: {"message": "it broke"}\n\n', "upstream_error"],
      [chunk("{broken"), "upstream_malformed"],
    ];
    for (const [text, code] of cases) {
      const events = decode([Buffer.from(text + chunk(delta({ content: "after" })))]);
      assert.equal(events.length, 1, text);
      assert.equal(events[0]?.error?.code, code, text);
      const shown = `${events[0]?.bytes.toString()}${events[0]?.error?.message}${JSON.stringify(events[0]?.error?.upstream)}`;
      assert.ok(!shown.includes(secret));
    }
  });

  it("refuses an event that never ends", () => {
    const decoder = new OpenAiStreamDecoder(call, source);
    const kinds: string[] = [];
    const piece = Buffer.alloc(1024 * 1024, "x");
    for (let index = 0; index < 20; index++) decoder.push(piece, (event) => kinds.push(event.error?.code ?? event.kind));
    assert.deepEqual(kinds, ["upstream_malformed"]);
  });

  for (const provider of ["openai", "azure", "anthropic", "gemini"]) {
    it(`reads a recorded stream of ${provider} the same wherever it is split`, () => {
      const lines = readFileSync(new URL(`../../../fixtures/${provider}/chat-stream.txt`, import.meta.url), "utf8");
      const bytes = Buffer.from(
        lines
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => `${line}\n\n`)
          .join(""),
      );
      const whole = decode([bytes]).map((event) => ({ ...event, bytes: event.bytes.toString(), data: event.data?.toString() }));
      const text = whole.map((event) =>
        event.data === undefined
          ? ""
          : ((JSON.parse(event.data) as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? ""),
      );
      assert.equal(text.join(""), "Hello, wörld!");
      assert.equal(whole.at(-1)?.kind, "done");
      assert.ok(whole.some((event) => event.kind === "finish"));
      assert.ok(
        whole.every((event) => event.data === undefined || !event.data.includes('"model"') || event.data.includes('"model":"my model"')),
      );
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
          const places = [...new Set(cuts)].sort((a, b) => a - b);
          const parts = [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
          assert.deepEqual(
            decode(parts).map((event) => ({ ...event, bytes: event.bytes.toString(), data: event.data?.toString() })),
            whole,
          );
        }),
        { numRuns: 50 },
      );
    });
  }
});
