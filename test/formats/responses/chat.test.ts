import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, StreamEvent } from "../../../src/core/provider.ts";
import { ChatAdapter } from "../../../src/formats/kit/chat/chat-adapter.ts";
import { responsesWire } from "../../../src/formats/responses/index.ts";
import { skippedWithout } from "../../support/shared-folder.ts";
import { chatCall, encodedBody, testHost, testRules } from "../kit/chat/support.ts";
import { asServerSentEvents, recordings } from "./support.ts";

const skip = skippedWithout("recordings/openai");
const adapter = new ChatAdapter({ host: testHost(), rules: testRules(), model: "own" }, responsesWire, false);
const user = { role: "user", content: "hi" };
const userItem = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };

for (const { what, chat, becomes } of [
  { what: "a question", chat: {}, becomes: { input: [userItem] } },
  {
    what: "instructions, wherever they stand",
    chat: { messages: [{ role: "system", content: "short" }, user, { role: "developer", content: [{ type: "text", text: "now" }] }] },
    becomes: {
      input: [
        { type: "message", role: "system", content: [{ type: "input_text", text: "short" }] },
        userItem,
        { type: "message", role: "developer", content: [{ type: "input_text", text: "now" }] },
      ],
    },
  },
  {
    what: "an image, a file and a sound",
    chat: {
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://e.example/a.png", detail: "low" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
            { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
          ],
        },
      ],
    },
    becomes: {
      input: [
        {
          type: "message",
          role: "user",
          content: [
            { type: "input_image", image_url: "https://e.example/a.png", detail: "low" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
            { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
          ],
        },
      ],
    },
  },
  {
    what: "calls of tools and their results",
    chat: {
      messages: [
        user,
        {
          role: "assistant",
          content: "wait",
          tool_calls: [
            { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } },
            { id: "call_2", type: "custom", custom: { name: "g", input: "x" } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: "r" },
        { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "s" }] },
      ],
    },
    becomes: {
      input: [
        userItem,
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "wait" }] },
        { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" },
        { type: "custom_tool_call", call_id: "call_2", name: "g", input: "x" },
        { type: "function_call_output", call_id: "call_1", output: "r" },
        { type: "custom_tool_call_output", call_id: "call_2", output: [{ type: "input_text", text: "s" }] },
      ],
    },
  },
  {
    what: "tools, which are not strict where nothing is said",
    chat: {
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } },
        { type: "function", function: { name: "s", strict: true } },
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
    },
    becomes: {
      input: [userItem],
      tools: [
        { type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: false },
        { type: "function", name: "s", parameters: { type: "object", properties: {} }, strict: true },
      ],
      tool_choice: { type: "function", name: "f" },
      parallel_tool_calls: false,
    },
  },
  {
    what: "an answer by a schema, effort, caps and words",
    chat: {
      response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
      verbosity: "low",
      reasoning_effort: "low",
      max_completion_tokens: 100,
      temperature: 0.5,
      store: true,
      logprobs: true,
      top_logprobs: 2,
    },
    becomes: {
      input: [userItem],
      text: { verbosity: "low", format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true } },
      reasoning: { effort: "low" },
      max_output_tokens: 100,
      temperature: 0.5,
      store: true,
      include: ["message.output_text.logprobs"],
      top_logprobs: 2,
    },
  },
  { what: "a cap below the least", chat: { max_tokens: 1 }, becomes: { input: [userItem], max_output_tokens: 16 } },
  {
    what: "a search in the web",
    chat: { web_search_options: { search_context_size: "low", user_location: { type: "approximate", approximate: { city: "Bern" } } } },
    becomes: {
      input: [userItem],
      tools: [{ type: "web_search", search_context_size: "low", user_location: { type: "approximate", city: "Bern" } }],
    },
  },
  { what: "what is the provider's own", chat: { truncation: "auto" }, becomes: { input: [userItem], truncation: "auto" } },
] as { what: string; chat: JsonMembers; becomes: JsonMembers }[]) {
  test(`of a chat, ${what} is said in Responses`, () => {
    assert.deepEqual(encodedBody(adapter, chatCall(chat), "own"), { model: "own", store: false, ...becomes });
  });
}

for (const name of ["stop", "seed", "logit_bias", "n", "modalities"]) {
  test(`a chat with \`${name}\` is not sent to a deployment that has Responses alone`, () => {
    const value = { stop: "x", seed: 1, logit_bias: { 1: 1 }, n: 2, modalities: ["text", "audio"] }[name] ?? null;
    const error = adapter.encode(chatCall({ [name]: value }), "own");
    assert.ok(error instanceof RouterError);
    assert.deepEqual([error.code, error.param], ["cannot_serve_this", name]);
  });
}

const response = {
  id: "resp_1",
  created_at: 5,
  status: "completed",
  output: [
    {
      type: "reasoning",
      summary: [
        { type: "summary_text", text: "th" },
        { type: "summary_text", text: "ink" },
      ],
    },
    { type: "web_search_call", action: { type: "search" } },
    {
      type: "message",
      content: [
        {
          type: "output_text",
          text: "Hi",
          annotations: [{ type: "url_citation", url: "https://e.example", start_index: 0, end_index: 2, title: "t" }],
        },
      ],
    },
    { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" },
  ],
  usage: {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 90 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 5 },
    total_tokens: 120,
  },
};

function chatOf(body: object): {
  readonly choices: readonly { readonly message: JsonMembers; readonly finish_reason: string }[];
  readonly usage: JsonMembers;
  readonly created: number;
} {
  const reply = adapter.decodeReply(chatCall({}), {}, Buffer.from(JSON.stringify(body)));
  if (reply instanceof RouterError) throw reply;
  return JSON.parse(reply.body.toString()) as ReturnType<typeof chatOf>;
}

test("a response is a chat completion, with its thoughts, calls, sources and what it used", () => {
  const { choices, usage, created } = chatOf(response);
  assert.deepEqual(choices[0]?.message, {
    role: "assistant",
    content: "Hi",
    reasoning_content: "th\n\nink",
    tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }],
    annotations: [{ type: "url_citation", url_citation: { url: "https://e.example", start_index: 0, end_index: 2, title: "t" } }],
  });
  assert.deepEqual([choices[0]?.finish_reason, created], ["tool_calls", 5]);
  assert.deepEqual(usage, {
    prompt_tokens: 100,
    completion_tokens: 20,
    total_tokens: 120,
    prompt_tokens_details: { cached_tokens: 90 },
    completion_tokens_details: { reasoning_tokens: 5 },
    cache_read_input_tokens: 90,
    server_tool_use: { web_search_requests: 1 },
  });
});

for (const [reason, finish] of [
  ["max_output_tokens", "length"],
  ["content_filter", "content_filter"],
] as const) {
  test(`a response that ends by ${reason} is a chat that ends by ${finish}`, () => {
    const { choices } = chatOf({ ...response, status: "incomplete", incomplete_details: { reason } });
    assert.equal(choices[0]?.finish_reason, finish);
  });
}

test("a refusal is a refusal", () => {
  const { choices } = chatOf({ output: [{ type: "message", content: [{ type: "refusal", refusal: "no" }] }] });
  assert.deepEqual(choices[0]?.message, { role: "assistant", content: null, refusal: "no" });
});

function streamed(lines: string, size = Number.POSITIVE_INFINITY): readonly StreamEvent[] {
  const decoder = adapter.decodeStream(chatCall({ stream: true, stream_options: { include_usage: true } }), {});
  const events: StreamEvent[] = [];
  const bytes = asServerSentEvents(lines);
  for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size), (event) => events.push(event));
  decoder.end((event) => events.push(event));
  return events;
}

interface Chunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly reasoning_content?: string;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function?: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
}

test("recorded streams say in chunks what the whole response says, however they were cut", { skip }, () => {
  let compared = 0;
  for (const { name, text } of recordings(".chunks.txt")) {
    const last = text.split("\n").find((line) => /^\{"type":"response\.(?:completed|incomplete)"/.test(line));
    // Of some, their makers have shortened the pieces.
    if (last === undefined || /shell-container/.test(name)) continue;
    const whole = chatOf((JSON.parse(last) as { response: object }).response).choices[0];
    const events = streamed(text, 97);
    const chunks = events.flatMap(({ data }) => (data === undefined ? [] : [JSON.parse(data.toString()) as Chunk]));
    const deltas = chunks.flatMap(({ choices }) => choices);
    assert.equal(deltas.map(({ delta }) => delta.content ?? "").join(""), whole?.message["content"] ?? "", name);
    assert.equal(
      deltas
        .map(({ delta }) => delta.reasoning_content ?? "")
        .join("")
        .trim(),
      ((whole?.message["reasoning_content"] ?? "") as string).trim(),
      name,
    );
    const calls = new Map<number, { name: string; arguments: string }>();
    for (const { index, function: own } of deltas.flatMap(({ delta }) => delta.tool_calls ?? [])) {
      if (own === undefined) continue;
      const call = calls.get(index) ?? { name: "", arguments: "" };
      calls.set(index, { name: call.name + (own.name ?? ""), arguments: call.arguments + own.arguments });
    }
    const told = (whole?.message["tool_calls"] ?? []) as readonly { function?: { name: string; arguments: string } }[];
    assert.deepEqual(
      [...calls.values()],
      told.flatMap(({ function: own }) => own ?? []),
      name,
    );
    assert.equal(deltas.findLast(({ finish_reason: reason }) => reason !== null)?.finish_reason, whole?.finish_reason, name);
    assert.equal(events.at(-1)?.kind, "done", name);
    assert.ok((events.at(-1)?.usage?.promptTokens ?? 0) > 0, name);
    compared++;
  }
  assert.ok(compared >= 20, `only ${compared} recordings`);
});

test("what comes at once in place of pieces is told all the same", () => {
  const lines = [
    { type: "response.created", response: {} },
    { type: "response.output_item.done", output_index: 0, item: { type: "function_call", call_id: "c", name: "f", arguments: '{"a":1}' } },
    { type: "response.output_text.done", output_index: 1, content_index: 0, text: "Hi" },
    { type: "response.completed", response: { status: "completed", output: [] } },
  ];
  const chunks = streamed(lines.map((line) => JSON.stringify(line)).join("\n")).flatMap(({ data }) =>
    data === undefined ? [] : [JSON.parse(data.toString()) as Chunk],
  );
  assert.deepEqual(
    chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? delta.tool_calls?.[0]?.function?.arguments ?? "")),
    ["", '{"a":1}', "Hi", ""],
  );
  assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, "tool_calls");
});

for (const event of [
  { type: "error", code: "rate_limit_exceeded", message: "too fast" },
  { type: "response.failed", response: { error: { code: "rate_limit_exceeded", message: "too fast" } } },
  { type: undefined, error: { code: "rate_limit_exceeded", message: "too fast" } },
]) {
  test(`a stream's ${event.type ?? "error without a type"} ends it with the error`, () => {
    const last = streamed(JSON.stringify(event)).at(-1);
    assert.deepEqual([last?.kind, last?.error?.code], ["error", "upstream_rate_limited"]);
  });
}

test("a stream without its last event is not whole", () => {
  const events = streamed(JSON.stringify({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi" }));
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["preamble", "content"],
  );
});
