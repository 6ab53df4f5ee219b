import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { StreamEvent } from "../../src/core/provider.ts";
import { callOf } from "../formats/openai/support.ts";
import { connect, encoded, type Setup } from "./support.ts";

const setup: Setup = { address: "text-completion-openai/x" };
const atAzure: Setup = { address: "azure_text/x", apiBase: "https://r.openai.azure.com" };
const hello = { model: "m", messages: [{ role: "user", content: "Hello" }] };

function user(content: unknown): object {
  return { model: "m", messages: [{ role: "user", content }] };
}

function chunk(text: string, reason: string | null = null, index = 0): string {
  const choices = [{ text, index, logprobs: null, finish_reason: reason }];
  return `data: ${JSON.stringify({ id: "cmpl-1", object: "text_completion", created: 1, model: "x", choices })}\n\n`;
}

function sent(request: object, more: Partial<Setup> = {}): unknown {
  const { adapter, model } = connect({ ...setup, ...more });
  const { path, body } = encoded(adapter, callOf(request), model);
  assert.equal(path, "/v1/completions");
  return JSON.parse(Buffer.concat(body).toString());
}

function refusal(request: object, more: Partial<Setup> = {}): RouterError {
  const { adapter, model } = connect({ ...setup, ...more });
  const error = adapter.encode(callOf(request), model);
  assert.ok(error instanceof RouterError, JSON.stringify(request));
  return error;
}

describe("text-completion-openai", () => {
  it("sends chat to /completions, with the messages' texts as the prompt", () => {
    const cases: [object, object][] = [
      [hello, { prompt: "Hello" }],
      [{ ...hello, messages: [{ role: "system", content: "Be brief." }, ...hello.messages] }, { prompt: "Be brief.\n\nHello" }],
      [
        user([
          { type: "text", text: "Hel" },
          { type: "text", text: "lo" },
        ]),
        { prompt: "Hello" },
      ],
      [user(null), { prompt: "" }],
      [{ model: "m", messages: [] }, { prompt: "" }],
      [
        { ...hello, max_completion_tokens: 5, stop: ["\n"], n: 2, temperature: 1, top_k: 4 },
        { prompt: "Hello", max_tokens: 5, stop: ["\n"], n: 2, temperature: 1, top_k: 4 },
      ],
      // What a text completion does not know, and nothing is lost without.
      [
        {
          ...hello,
          tools: [],
          tool_choice: "auto",
          response_format: { type: "text" },
          logprobs: false,
          reasoning_effort: "low",
          metadata: {},
        },
        { prompt: "Hello" },
      ],
    ];
    for (const [request, body] of cases) assert.deepEqual(sent(request), { model: "x", ...body });
  });

  it("leaves what the caller wrote as it wrote it", () => {
    const { adapter, model } = connect(setup);
    const call = callOf('{"model":"m","seed":12345678901234567890,"messages":[{"role":"user","content":"é\\ud83d\\ude80"}]}');
    assert.equal(Buffer.concat(encoded(adapter, call, model).body).toString(), '{"model":"x","seed":12345678901234567890,"prompt":"é🚀"}');
  });

  it("sends text completions and embeddings as they are", () => {
    const { adapter, model } = connect(setup);
    const completion = encoded(adapter, callOf({ model: "m", prompt: ["a", "b"], logprobs: 2 }, "completions"), model);
    assert.equal(completion.path, "/v1/completions");
    assert.deepEqual(JSON.parse(Buffer.concat(completion.body).toString()), { model: "x", prompt: ["a", "b"], logprobs: 2 });
    assert.equal(encoded(adapter, callOf({ model: "m", input: "a" }, "embeddings"), model).path, "/v1/embeddings");
  });

  it("refuses chat that no prompt can stand for, so that another deployment is tried", () => {
    const tool = { type: "function", function: { name: "f" } };
    const cases: [object, string][] = [
      [{ tools: [tool] }, "tools"],
      [{ functions: [{ name: "f" }] }, "functions"],
      [{ response_format: { type: "json_object" } }, "response_format"],
      [{ logprobs: true }, "logprobs"],
      [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }] }, "messages"],
      [{ messages: [{ role: "assistant", content: null, tool_calls: [{ id: "1", ...tool }] }] }, "messages"],
    ];
    for (const [change, param] of cases) {
      const error = refusal({ ...hello, ...change });
      assert.deepEqual([error.code, error.param], ["cannot_serve_this", param]);
    }
    assert.match(refusal({ ...hello, tools: [tool] }).message, /takes text completions, which cannot have `tools`/);
    assert.deepEqual(sent({ ...hello, tools: [tool] }, { additionalDropParams: ["tools"] }), { model: "x", prompt: "Hello" });
  });

  it("answers chat with chat", () => {
    const { adapter } = connect(setup);
    const completion = {
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "x",
      choices: [
        { text: "Hi", index: 0, logprobs: null, finish_reason: "stop" },
        { text: "Ho", index: 1, logprobs: null, finish_reason: "length" },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    };
    const reply = adapter.decodeReply(callOf(hello), {}, Buffer.from(JSON.stringify(completion)));
    assert.ok(!(reply instanceof RouterError));
    assert.deepEqual(JSON.parse(reply.body.toString()), {
      ...completion,
      object: "chat.completion",
      model: "m",
      choices: [
        { index: 0, message: { role: "assistant", content: "Hi" }, logprobs: null, finish_reason: "stop" },
        { index: 1, message: { role: "assistant", content: "Ho" }, logprobs: null, finish_reason: "length" },
      ],
    });
    assert.equal(reply.usage?.outputTokens, 2);
    const failed = adapter.decodeReply(callOf(hello), {}, Buffer.from('{"error":{"message":"no"}}'));
    assert.ok(failed instanceof RouterError);
  });

  it("answers a chat stream with a chat stream, however its bytes are cut", () => {
    const usage =
      'data: {"id":"cmpl-1","object":"text_completion","model":"x","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":4,"total_tokens":5}}\n\n';
    const bytes = Buffer.from(
      `${chunk("Hel")}${chunk("lo")}${chunk(" you")}${chunk("!")}${chunk("B", null, 1)}${chunk("", "stop")}${usage}data: [DONE]\n\n`,
    );
    for (const size of [1, 7, 100, bytes.length]) {
      const { adapter } = connect(setup);
      const decoder = adapter.decodeStream(callOf({ ...hello, stream: true, stream_options: { include_usage: true } }), {});
      assert.ok(!(decoder instanceof RouterError));
      const events: StreamEvent[] = [];
      for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size), (event) => events.push(event));
      decoder.end((event) => events.push(event));
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ["content", "content", "content", "content", "content", "finish", "finish", "done"],
      );
      const chunks = events
        .slice(0, -1)
        .map(({ data }) => JSON.parse(String(data)) as { object: string; model: string; choices: object[] });
      assert.ok(chunks.every(({ object, model }) => object === "chat.completion.chunk" && model === "m"));
      const plain = { index: 0, logprobs: null, finish_reason: null };
      assert.deepEqual(
        chunks.flatMap(({ choices }) => choices),
        [
          { ...plain, delta: { role: "assistant", content: "Hel" } },
          { ...plain, delta: { content: "lo" } },
          { ...plain, delta: { content: " you" } },
          { ...plain, delta: { content: "!" } },
          { ...plain, index: 1, delta: { role: "assistant", content: "B" } },
          { ...plain, delta: { content: "" }, finish_reason: "stop" },
        ],
      );
      assert.equal(events[1] === undefined ? "" : adapter.readText(events[1]), "lo");
      assert.equal(events[6]?.usage?.outputTokens, 4);
      assert.ok(events.every(({ bytes: one, data }) => data === undefined || one.toString() === `data: ${data.toString()}\n\n`));
    }
  });

  it("says in `check` where chat goes", () => {
    const note = ["chat goes to /completions as a prompt"];
    assert.deepEqual([connect(setup).adapter.notes, connect(atAzure).adapter.notes], [note, note]);
  });

  it("is the same at Azure", () => {
    const { adapter, model } = connect(atAzure);
    const { path, body } = encoded(adapter, callOf({ ...hello, max_completion_tokens: 5 }), model);
    assert.equal(path, "/openai/deployments/x/completions?api-version=2024-10-21");
    assert.deepEqual(JSON.parse(Buffer.concat(body).toString()), { model: "x", prompt: "Hello", max_tokens: 5 });
  });
});
