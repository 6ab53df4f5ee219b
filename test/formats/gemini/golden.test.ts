import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { chatCall, decoded, encodedBody, told } from "../kit/chat/support.ts";
import { geminiAdapter, sse } from "./support.ts";

const conversation: JsonMembers = {
  messages: [
    { role: "system", content: "be short" },
    {
      role: "user",
      content: [
        { type: "text", text: "see", cache_control: { type: "ephemeral" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "get/weather", arguments: '{"city":"Bern"}' } }],
    },
    { role: "tool", tool_call_id: "call_1", content: "4 C" },
    { role: "user", content: "and now?" },
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "get/weather",
        description: "d",
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  ],
  max_tokens: 100,
  temperature: 0.3,
  stop: ["END"],
};

describe("a chat in Gemini's words", () => {
  it("has an image, a tool with a legal name, its result in one turn with what follows, and a level of thinking", () => {
    const call = chatCall({
      ...conversation,
      tool_choice: { type: "function", function: { name: "get/weather" } },
      reasoning_effort: "low",
    });
    assert.deepEqual(encodedBody(geminiAdapter(), call, "gemini-3-flash-preview"), {
      contents: [
        { role: "user", parts: [{ text: "see" }, { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } }] },
        {
          role: "model",
          parts: [
            {
              functionCall: { id: "call_1", name: "get_weather", args: { city: "Bern" } },
              thoughtSignature: "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
            },
          ],
        },
        {
          role: "user",
          parts: [{ functionResponse: { id: "call_1", name: "get_weather", response: { content: "4 C" } } }, { text: "and now?" }],
        },
      ],
      systemInstruction: { parts: [{ text: "be short" }] },
      tools: [
        {
          functionDeclarations: [
            {
              name: "get_weather",
              description: "d",
              parameters: { type: "OBJECT", properties: { city: { type: "STRING" } }, required: ["city"] },
            },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["get_weather"] } },
      generationConfig: {
        temperature: 0.3,
        stopSequences: ["END"],
        maxOutputTokens: 100,
        thinkingConfig: { thinkingLevel: "low", includeThoughts: true },
      },
    });
  });

  it("has a budget of thinking and answers in JSON at a model of the generation before", () => {
    const call = chatCall({ max_tokens: 100, reasoning_effort: "high", response_format: { type: "json_object" } });
    assert.deepEqual(encodedBody(geminiAdapter(), call, "gemini-2.5-flash"), {
      contents: [{ role: "user", parts: [{ text: "hi" }] }],
      generationConfig: {
        maxOutputTokens: 100,
        responseMimeType: "application/json",
        thinkingConfig: { thinkingBudget: 4096, includeThoughts: true },
      },
    });
  });
});

const usageMetadata = {
  promptTokenCount: 100,
  cachedContentTokenCount: 90,
  candidatesTokenCount: 15,
  thoughtsTokenCount: 5,
  totalTokenCount: 120,
};
const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 90 },
  completion_tokens_details: { reasoning_tokens: 5 },
  cache_read_input_tokens: 90,
};
/** A chunk with one part. */
function part(one: unknown, more = {}): JsonMembers {
  return { candidates: [{ content: { role: "model", parts: [one] }, ...more }], usageMetadata: { promptTokenCount: 100 } } as JsonMembers;
}

const signedCall = { functionCall: { name: "get_weather", args: { a: 1 } }, thoughtSignature: "c2ln" };

describe("an answer of Gemini", () => {
  it("has its thoughts, its text, a signed call of a tool and its usage", () => {
    const reply = geminiAdapter().decodeReply(
      chatCall(conversation),
      {},
      Buffer.from(
        JSON.stringify({
          candidates: [
            {
              content: { role: "model", parts: [{ text: "th", thought: true }, { text: "Hi" }, signedCall] },
              finishReason: "STOP",
              index: 0,
            },
          ],
          usageMetadata,
        }),
      ),
    );
    assert.ok(!(reply instanceof RouterError));
    assert.deepEqual(reply.usage, { promptTokens: 100, outputTokens: 20, cachedTokens: 90, reasoningTokens: 5 });
    const { choices, usage: said } = JSON.parse(reply.body.toString()) as { choices: { message: JsonMembers }[]; usage: JsonMembers };
    assert.deepEqual(said, usage);
    const [id = ""] = JSON.stringify(choices).match(/call_[0-9a-f]{28}(?=__thought__c2ln)/) ?? [];
    assert.deepEqual(choices, [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "Hi",
          reasoning_content: "th",
          thinking_blocks: [{ type: "thinking", thinking: "th" }],
          tool_calls: [
            {
              id: `${id}__thought__c2ln`,
              type: "function",
              function: { name: "get/weather", arguments: '{"a":1}' },
              provider_specific_fields: { thought_signature: "c2ln" },
            },
          ],
          provider_specific_fields: { thought_signatures: ["c2ln"] },
        },
        finish_reason: "tool_calls",
        provider_specific_fields: { native_finish_reason: "STOP" },
      },
    ]);
  });

  it("is the same as a stream, with the usage of the whole at its end", () => {
    const call = chatCall({ ...conversation, stream: true, stream_options: { include_usage: true } });
    const chunks = [
      part({ text: "th", thought: true }),
      part({ text: "Hi" }),
      part(signedCall),
      { ...part({ text: "" }, { finishReason: "STOP" }), usageMetadata },
    ];
    const events = decoded(geminiAdapter(), call, [sse(chunks)]).map(told);
    const [id = ""] = JSON.stringify(events).match(/call_[0-9a-f]{28}/) ?? [];
    assert.deepEqual(events, [
      { role: "assistant", content: "" },
      { reasoning_content: "th", thinking_blocks: [{ type: "thinking", thinking: "th" }] },
      { content: "Hi" },
      {
        tool_calls: [
          {
            index: 0,
            id: `${id}__thought__c2ln`,
            type: "function",
            function: { name: "get/weather", arguments: '{"a":1}' },
            provider_specific_fields: { thought_signature: "c2ln" },
          },
        ],
      },
      { finish_reason: "tool_calls" },
      usage,
      "[DONE]",
    ]);
    // The same call of the same request has the same id, whole or streamed.
    const whole = geminiAdapter().decodeReply(call, {}, Buffer.from(JSON.stringify(part(signedCall, { finishReason: "STOP" }))));
    assert.ok(!(whole instanceof RouterError) && whole.body.includes(id));
  });

  it("goes back as it came: its thoughts, and the proof of each call", () => {
    const message = {
      role: "assistant",
      content: "Hi",
      thinking_blocks: [{ type: "thinking", thinking: "th" }],
      tool_calls: [{ id: "call_9__thought__c2ln", type: "function", function: { name: "get/weather", arguments: '{"a":1}' } }],
      provider_specific_fields: { thought_signatures: ["c2ln"] },
    };
    const messages = [
      { role: "user", content: "hi" },
      message,
      { role: "tool", tool_call_id: "call_9__thought__c2ln", content: '{"c":4}' },
    ];
    const { contents } = encodedBody(geminiAdapter(), chatCall({ ...conversation, messages }), "gemini-3-flash-preview");
    assert.deepEqual((contents as JsonMembers[]).slice(1), [
      {
        role: "model",
        parts: [
          { text: "th", thought: true },
          { text: "Hi" },
          { functionCall: { id: "call_9", name: "get_weather", args: { a: 1 } }, thoughtSignature: "c2ln" },
        ],
      },
      { role: "user", parts: [{ functionResponse: { id: "call_9", name: "get_weather", response: { c: 4 } } }] },
    ]);
  });
});
