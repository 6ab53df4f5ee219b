import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import { anthropic } from "../../../../src/formats/anthropic/index.ts";
import { encodedBody, testHost, testRules } from "../../kit/chat/support.ts";
import { chatOf, messagesCall } from "./support.ts";

const longName = "n".repeat(70);
const shortName = `${"n".repeat(55)}_85069ddf`;
const user = (content: JsonValue): JsonMembers => ({ role: "user", content });
const assistant = (content: JsonValue): JsonMembers => ({ role: "assistant", content });
const text = (value: string): JsonMembers => ({ type: "text", text: value });
const mark = { cache_control: { type: "ephemeral" } };
const tool = { name: "f", input_schema: { type: "object" } };
const call = { type: "tool_use", id: "toolu_1", name: "f", input: { x: 1 } };
const pdf = { type: "base64", media_type: "application/pdf", data: "JVBERi0=" };
const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBO" } };
const picture = { type: "image_url", image_url: { url: "data:image/png;base64,iVBO" } };

/** Requests of Messages and what of them stands in the chat. */
const pairs: readonly (readonly [string, JsonMembers, JsonMembers])[] = [
  [
    "the golden pair: a tool loop with thinking, a failure and what the user says",
    {
      system: [text("s")],
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
      thinking: { type: "enabled", budget_tokens: 3000 },
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      tools: [{ name: longName, description: "d", input_schema: { type: "object", properties: {} } }],
      messages: [
        user("a"),
        assistant([
          { type: "thinking", thinking: "t", signature: "s" },
          text("b"),
          { type: "tool_use", id: "toolu_1", name: longName, input: { x: 1 } },
        ]),
        user([{ type: "tool_result", tool_use_id: "toolu_1", content: [text("r")], is_error: true }, text("go")]),
      ],
    },
    {
      model: "m",
      messages: [
        { role: "system", content: [text("s")] },
        { role: "user", content: "a" },
        {
          role: "assistant",
          content: "b",
          thinking_blocks: [{ type: "thinking", thinking: "t", signature: "s" }],
          tool_calls: [{ id: "toolu_1", type: "function", function: { name: shortName, arguments: '{"x":1}' } }],
          reasoning_content: "t",
        },
        { role: "tool", tool_call_id: "toolu_1", content: "Error: r", provider_specific_fields: { is_error: true } },
        { role: "user", content: [text("go")] },
      ],
      user: "u",
      tool_choice: "required",
      parallel_tool_calls: false,
      tools: [{ type: "function", function: { name: shortName, parameters: { type: "object", properties: {} }, description: "d" } }],
      reasoning_effort: "medium",
      stop: ["END"],
      max_tokens: 50,
    },
  ],
  [
    "instructions in parts with their marks, without who pays",
    { system: [text("x-anthropic-billing-header: cc_version=1;"), { ...text("s"), ...mark }, text("")] },
    {
      messages: [
        { role: "system", content: [{ ...text("s"), ...mark }] },
        { role: "user", content: "hi" },
      ],
    },
  ],
  [
    "instructions in mid-conversation, where they stand",
    { messages: [user("a"), assistant("b"), { role: "system", content: [text("now")] }, user("c")] },
    {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
        { role: "system", content: [text("now")] },
        { role: "user", content: "c" },
      ],
    },
  ],
  [
    "images and documents",
    {
      messages: [
        user([
          image,
          { type: "image", source: { type: "url", url: "https://x.example/a" } },
          { type: "document", source: pdf, title: "t.pdf" },
        ]),
      ],
    },
    {
      messages: [
        user([
          picture,
          { type: "image_url", image_url: { url: "https://x.example/a" } },
          { type: "file", file: { filename: "t.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
        ]),
      ],
    },
  ],
  [
    "a document of text",
    {
      messages: [
        user([{ type: "document", source: { type: "text", media_type: "text/plain", data: "d" }, title: "t", context: "c", ...mark }]),
      ],
    },
    { messages: [user([text("c"), { ...text("t\n\nd"), ...mark }])] },
  ],
  [
    "a result with an image, which stands beside it",
    { messages: [assistant([call]), user([{ type: "tool_result", tool_use_id: "toolu_1", content: [text("r"), image] }])] },
    {
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "toolu_1", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
        },
        { role: "tool", tool_call_id: "toolu_1", content: "r" },
        user([text("[From the result of the tool call toolu_1:]"), picture]),
      ],
    },
  ],
  [
    "results before what the user says, wherever they stand",
    { messages: [assistant([call]), user([text("go"), { type: "tool_result", tool_use_id: "toolu_1", content: "r", ...mark }])] },
    {
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "toolu_1", type: "function", function: { name: "f", arguments: '{"x":1}' } }],
        },
        { role: "tool", tool_call_id: "toolu_1", content: [text("r")], ...mark },
        user([text("go")]),
      ],
    },
  ],
  [
    "Gemini's proof in a call's id",
    { messages: [assistant([{ ...call, id: "c__thought__a-_9" }]), user([{ type: "tool_result", tool_use_id: "c__thought__a-_9" }])] },
    {
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "c",
              type: "function",
              function: { name: "f", arguments: '{"x":1}' },
              provider_specific_fields: { thought_signature: "a+/9" },
            },
          ],
        },
        { role: "tool", tool_call_id: "c", content: "" },
      ],
    },
  ],
  [
    "thinking between texts, each with what came after it",
    {
      messages: [
        assistant([{ type: "thinking", thinking: "1", signature: "a" }, text("x"), { type: "redacted_thinking", data: "2" }, text("y")]),
      ],
    },
    {
      messages: [
        { ...assistant("x"), thinking_blocks: [{ type: "thinking", thinking: "1", signature: "a" }], reasoning_content: "1" },
        { ...assistant("y"), thinking_blocks: [{ type: "redacted_thinking", data: "2" }] },
      ],
    },
  ],
  ["thinking that is switched off", { thinking: { type: "disabled" } }, { reasoning_effort: "none" }],
  ["thinking as the model likes", { thinking: { type: "adaptive", display: "summarized" } }, { reasoning_effort: "medium" }],
  ["an effort", { thinking: { type: "adaptive" }, output_config: { effort: "max" } }, { reasoning_effort: "xhigh" }],
  ["a small budget", { thinking: { type: "enabled", budget_tokens: 1024 } }, { reasoning_effort: "low" }],
  [
    "an answer by a schema that OpenAI can hold to",
    {
      output_config: {
        format: { type: "json_schema", schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"] } },
      },
    },
    {
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "structured_output",
          strict: true,
          schema: { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
        },
      },
    },
  ],
  [
    "one call at a time",
    { tools: [tool], tool_choice: { type: "auto", disable_parallel_tool_use: true } },
    { tool_choice: "auto", parallel_tool_calls: false },
  ],
  [
    "one tool by its name",
    { tools: [tool], tool_choice: { type: "tool", name: "f" } },
    { tool_choice: { type: "function", function: { name: "f" } } },
  ],
  [
    "a search in the web",
    { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 5, user_location: { type: "approximate", city: "Bern" } }] },
    { web_search_options: { search_context_size: "medium", user_location: { type: "approximate", approximate: { city: "Bern" } } } },
  ],
  [
    "caching without marks",
    { ...mark },
    { cache_control_injection_points: [{ location: "message", index: -1, control: { type: "ephemeral" } }] },
  ],
  [
    "what both call by one name, and what is the router's",
    { temperature: 0.5, top_k: 4, num_retries: 1 },
    { temperature: 0.5, top_k: 4, num_retries: 1 },
  ],
  ["a stream, with its usage", { stream: true }, { stream: true, stream_options: { include_usage: true } }],
];

/** Requests that have no equal in a chat, the member that is named, and the code. */
const refused: readonly (readonly [string, JsonMembers, string, string])[] = [
  ["a tool that runs at the provider", { tools: [{ type: "code_execution_20250825", name: "code" }] }, "tools[0]", "cannot_serve_this"],
  [
    "a search of some places alone",
    { tools: [{ type: "web_search_20250305", name: "w", allowed_domains: ["a.example"] }] },
    "tools[0].allowed_domains",
    "cannot_serve_this",
  ],
  ["servers of tools", { mcp_servers: [{ type: "url" }] }, "mcp_servers", "cannot_serve_this"],
  ["a place where it must be computed", { inference_geo: "us" }, "inference_geo", "cannot_serve_this"],
  [
    "an uploaded file",
    { messages: [user([{ type: "image", source: { type: "file", file_id: "f" } }])] },
    "messages[0].content[0].source",
    "cannot_serve_this",
  ],
  [
    "citations",
    { messages: [user([{ type: "document", source: pdf, citations: { enabled: true } }])] },
    "messages[0].content[0].citations",
    "cannot_serve_this",
  ],
  ["a block of tomorrow", { messages: [user([{ type: "block_of_tomorrow" }])] }, "messages[0].content[0]", "cannot_serve_this"],
  ["a role that there is not", { messages: [{ role: "tool", content: "a" }] }, "messages[0].role", "invalid_request"],
  ["messages that are none", { messages: "hi" }, "messages", "invalid_request"],
];

describe("a request of Messages as OpenAI's chat", () => {
  for (const [name, body, expected] of pairs) {
    it(`says ${name}`, () => {
      const chat = chatOf(body);
      const { messages, ...rest } = chat;
      if (expected["messages"] !== undefined) assert.deepEqual(messages, expected["messages"]);
      if (expected["model"] !== undefined) assert.deepEqual(chat, expected);
      for (const [key, value] of Object.entries(expected)) if (key !== "messages") assert.deepEqual(rest[key], value);
    });
  }

  for (const [name, body, param, code] of refused) {
    it(`does not say ${name}`, () => {
      assert.throws(
        () => chatOf(body),
        (error) => error instanceof RouterError && error.code === code && error.param === param,
      );
    });
  }

  it("is made once, and has numbers as they were spelled", () => {
    const { foreign } = messagesCall({ tools: [{ ...tool, input_schema: { maximum: 1 } }] });
    assert.equal(foreign?.toOpenAi(), foreign?.toOpenAi());
    const big = messagesCall({ messages: [assistant([{ ...call, input: { n: 9_007_199_254_740_991 } }])] });
    const chat = big.foreign?.toOpenAi();
    assert.ok(chat !== undefined && !(chat instanceof RouterError));
    assert.match(chat.bytes.toString(), /9007199254740991/);
  });

  it("keeps the format's own headers, and no others", () => {
    const headers = { "anthropic-version": "2023-06-01", "anthropic-beta": "a,b", "x-api-key": "k", authorization: "Bearer k" };
    assert.deepEqual(messagesCall({}, headers).foreign?.headers, { "anthropic-version": "2023-06-01", "anthropic-beta": "a,b" });
  });

  it("keeps what callers show of themselves to itself, by whatever name", () => {
    const shown = ["anthropic-api-key", "anthropic-auth-token", "anthropic-authorization", "anthropic-client-secret", "anthropic-cookie"];
    const headers = { ...Object.fromEntries(shown.map((name) => [name, "k"])), "anthropic-workspace-id": "w" };
    assert.deepEqual(messagesCall({}, headers).foreign?.headers, { "anthropic-workspace-id": "w" });
  });

  it("says what kind of request it is, unless it names a priority", () => {
    const headers = { "x-claude-code-request-class": "Auxiliary" };
    assert.equal(messagesCall({}, headers).requestClass, "auxiliary");
    assert.equal(messagesCall({ priority: 1 }, headers).requestClass, undefined);
    assert.equal(messagesCall({}, { "x-request-class": "main" }).requestClass, undefined);
  });

  it("names its session by the user's id, and asks for a schema by either spelling", () => {
    const session = messagesCall({ metadata: { user_id: '{"device_id":"d","session_id":"s-1"}' } });
    assert.equal(session.session, "s-1");
    assert.equal(messagesCall({ output_format: { type: "json_schema", schema: {} } }).wantsResponseSchema, true);
  });

  it("is the same again where Claude is asked by another wire: calls, failures, thinking and its proofs, marks of the cache", () => {
    const asked = {
      system: [{ ...text("s"), ...mark }],
      messages: [
        { role: "user", content: [{ ...text("a"), ...mark }, image] },
        assistant([{ type: "thinking", thinking: "t", signature: "c2ln" }, text("b"), call, { ...call, id: "toolu_2" }]),
        user([
          { type: "tool_result", tool_use_id: "toolu_1", content: "Error: r", is_error: true },
          { type: "tool_result", tool_use_id: "toolu_2", content: "r" },
          text("go"),
        ]),
      ],
      tools: [{ name: "f", description: "d", input_schema: { type: "object", properties: {} }, ...mark }],
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
      stop_sequences: ["END"],
      max_tokens: 50,
      metadata: { user_id: "u" },
      temperature: 0.5,
    };
    // What begins the text of a failure is ours.
    const sent = structuredClone(asked) as JsonMembers;
    const [, , results] = sent["messages"] as unknown as { content: { content?: string }[] }[];
    if (results?.content[0] !== undefined) results.content[0].content = "r";
    const adapter = anthropic.connect(testHost(), {
      rules: testRules(),
      takesPrefill: false,
      model: "claude-haiku-4-5",
      host: { takesUrls: true },
    });
    const written = encodedBody(adapter, { ...messagesCall(sent), body: messagesChat(sent), foreign: undefined }, "claude-haiku-4-5");
    assert.partialDeepStrictEqual(written, asked);
  });
});

function messagesChat(body: JsonMembers): Call["body"] {
  const chat = messagesCall(body).foreign?.toOpenAi();
  if (chat === undefined || chat instanceof RouterError) throw chat ?? new Error("It is not foreign.");
  return chat;
}
