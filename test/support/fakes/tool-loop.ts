import assert from "node:assert/strict";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { wordsOf } from "./shape.ts";

/** Two turns as agents have them: a cached prefix, an image, a tool and a schema, and a model that thinks. What each side says, and has to hear. */

/** One white pixel. */
export const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
/** Long enough for a cache to be worth it. */
export const prefix = "You read thermometers from photographs. ".repeat(100).trim();
/** No provider but OpenAI takes it as it is. */
export const toolName = "get/weather";
export const toolArguments = { city: "Bern", unit: "°C" };
export const toolResult = "4 °C";
export const schema = {
  type: "object",
  properties: { celsius: { type: "integer" } },
  required: ["celsius"],
  additionalProperties: false,
};
export const finalAnswer = { celsius: 4 };
export const thought = "The picture shows no figure, so I ask.";

export function firstRequest(model: string): JsonMembers {
  return {
    model,
    messages: [
      { role: "system", content: [{ type: "text", text: prefix, cache_control: { type: "ephemeral" } }] },
      {
        role: "user",
        content: [
          { type: "text", text: "How warm is it?" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      },
    ],
    tools: [
      {
        type: "function",
        function: {
          name: toolName,
          description: "The weather in a city.",
          parameters: { type: "object", properties: { city: { type: "string" }, unit: { type: "string" } }, required: ["city"] },
        },
      },
    ],
    response_format: { type: "json_schema", json_schema: { name: "temperature", schema, strict: true } },
    reasoning_effort: "low",
    max_tokens: 4096,
  };
}

/** The same with the model's own message and the tool's result behind it. */
export function secondRequest(first: JsonMembers, message: JsonMembers): JsonMembers {
  const [call] = message["tool_calls"] as readonly { readonly id: string }[];
  const result = { role: "tool", tool_call_id: call?.id ?? "", content: toolResult };
  return { ...first, messages: [...(first["messages"] as readonly JsonValue[]), message, result] };
}

/** What the model says in both turns. @param last The parts of its second answer, where these are not a text with the JSON. */
export function loopScript(id: string, last?: ScriptedAnswer["parts"]): readonly [ScriptedAnswer, ScriptedAnswer] {
  return [
    {
      kind: "answer",
      parts: [
        { kind: "thinking", text: thought, signature: "c2lnbmVkLWJ5LXRoZS1mYWtl" },
        { kind: "call", id, name: "get_weather", args: toolArguments, signature: "c2lnbmVkLWNhbGw=" },
      ],
      usage: { fresh: 60, cacheRead: 0, cacheWritten: 900, output: 40, thinking: 15 },
    },
    {
      kind: "answer",
      parts: last ?? [{ kind: "text", text: JSON.stringify(finalAnswer) }],
      usage: { fresh: 110, cacheRead: 900, cacheWritten: 0, output: 12, thinking: 0 },
    },
  ];
}

/** What a caller made of one answer. */
export interface Heard {
  /** As it goes back in the next turn. */
  readonly message: JsonMembers;
  readonly finishReason: string | null;
  readonly usage: JsonMembers;
}

export function assertFirst({ message, finishReason, usage }: Heard): void {
  assert.equal(finishReason, "tool_calls");
  assert.equal(message["reasoning_content"], thought);
  const [call, ...others] = message["tool_calls"] as readonly { function: { name: string; arguments: string } }[];
  assert.equal(others.length, 0);
  assert.equal(call?.function.name, toolName);
  assert.deepEqual(JSON.parse(call.function.arguments), toolArguments);
  assert.deepEqual([usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]], [960, 40, 1000]);
}

export function assertSecond({ message, finishReason, usage }: Heard): void {
  assert.equal(finishReason, "stop");
  assert.deepEqual(JSON.parse(wordsOf(message["content"])), finalAnswer);
  assert.deepEqual([usage["prompt_tokens"], usage["completion_tokens"]], [1010, 12]);
  assert.equal((usage["prompt_tokens_details"] as JsonMembers)["cached_tokens"], 900);
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: JsonMembers; readonly finish_reason?: string | null }[];
  readonly usage?: JsonMembers | null;
}

interface CallPiece {
  readonly index?: number;
  readonly id?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
  readonly provider_specific_fields?: JsonMembers;
}

/** Puts the chunks of a stream together, as callers of LiteLLM do. */
export function gathered(chunks: readonly Chunk[]): Heard {
  let content = "";
  let reasoning = "";
  let finishReason: string | null = null;
  let usage: JsonMembers = {};
  const blocks: { type: string; thinking?: string; signature?: string }[] = [];
  const signatures: JsonValue[] = [];
  const calls: { id: string; name: string; args: string; more: JsonMembers }[] = [];
  let isBlockOpen = false;
  for (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices ?? [];
    finishReason = choice?.finish_reason ?? finishReason;
    const delta = choice?.delta ?? {};
    const { content: text, reasoning_content: thinking, thinking_blocks: pieces, tool_calls: callPieces } = delta;
    const { thought_signatures: proofs = [] } = (delta["provider_specific_fields"] ?? {}) as { thought_signatures?: JsonValue[] };
    signatures.push(...proofs);
    if (typeof text === "string") content += text;
    if (typeof thinking === "string") reasoning += thinking;
    for (const piece of (pieces ?? []) as readonly { type: string; thinking?: string; signature?: string }[]) {
      if (piece.type === "redacted_thinking") {
        blocks.push(piece);
        isBlockOpen = false;
        continue;
      }
      if (!isBlockOpen) blocks.push({ type: "thinking" });
      const block = blocks.at(-1);
      assert.ok(block);
      block.thinking = (block.thinking ?? "") + (piece.thinking ?? "");
      block.signature = (block.signature ?? "") + (piece.signature ?? "");
      isBlockOpen = (piece.signature ?? "") === "";
    }
    for (const { index = 0, id, function: named, provider_specific_fields: specific } of (callPieces ?? []) as readonly CallPiece[]) {
      const call = (calls[index] ??= { id: "", name: "", args: "", more: {} });
      call.id += id ?? "";
      call.name += named?.name ?? "";
      call.args += named?.arguments ?? "";
      if (specific !== undefined) call.more = { provider_specific_fields: specific };
    }
  }
  const message = {
    role: "assistant",
    content: content === "" ? null : content,
    reasoning_content: reasoning,
    ...(blocks.length === 0 ? {} : { thinking_blocks: blocks }),
    ...(signatures.length === 0 ? {} : { provider_specific_fields: { thought_signatures: signatures } }),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map(({ id, name, args, more }) => ({ id, type: "function", function: { name, arguments: args }, ...more })) }),
  };
  return { message, finishReason, usage };
}

/** A whole completion. */
export function whole(completion: JsonMembers): Heard {
  const { choices, usage } = completion as unknown as {
    choices: readonly { message: JsonMembers; finish_reason: string }[];
    usage: JsonMembers;
  };
  const [choice] = choices;
  assert.ok(choice);
  return { message: choice.message, finishReason: choice.finish_reason, usage };
}
