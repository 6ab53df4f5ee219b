import type * as Sdk from "@anthropic-ai/sdk/resources/messages/messages";
import { type AnswerPart, piecesOf, type ScriptedAnswer, type ScriptedUsage, stopOf } from "./scripted-answer.ts";

/** Writes scripted answers as Anthropic's messages and events, which Vertex AI and Bedrock have as well. */

const reasons = { end: "end_turn", length: "max_tokens", tools: "tool_use", refusal: "refusal" } as const;

export function fakeMessage(model: string, answer: ScriptedAnswer): Sdk.Message {
  const stop = stopOf(answer);
  return {
    ...emptyMessage(model, usageOf(answer.usage)),
    content: answer.parts.map(wholeBlock),
    stop_reason: reasons[stop],
    stop_details: stop === "refusal" ? refused : null,
  };
}

const refused: Sdk.RefusalStopDetails = { type: "refusal", category: null, explanation: "This cannot be answered." };

function emptyMessage(model: string, usage: Sdk.Usage): Sdk.Message {
  return {
    id: "msg_01FakeFakeFake",
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage,
  };
}

function usageOf({ fresh, cacheRead, cacheWritten, output, thinking }: ScriptedUsage): Sdk.Usage {
  return {
    input_tokens: fresh,
    cache_read_input_tokens: cacheRead,
    cache_creation_input_tokens: cacheWritten,
    cache_creation: { ephemeral_5m_input_tokens: cacheWritten, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: thinking },
    inference_geo: null,
    server_tool_use: null,
    service_tier: "standard",
    speed: null,
  };
}

function wholeBlock(part: AnswerPart): Sdk.ContentBlock {
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text, citations: null };
    case "thinking":
      return { type: "thinking", thinking: part.text, signature: part.signature };
    case "redacted":
      return { type: "redacted_thinking", data: part.data };
    default:
      return { type: "tool_use", id: part.id, name: part.name, input: part.args, caller: { type: "direct" } };
  }
}

/** What may come in a stream besides what the package's types know: signs of life, and errors. */
type OddEvent =
  | { readonly type: "ping" }
  | { readonly type: "error"; readonly error: { readonly type: string; readonly message: string }; readonly request_id: string };

export type FakeEvent = Sdk.RawMessageStreamEvent | OddEvent;

export function fakeEvents(model: string, answer: ScriptedAnswer): readonly FakeEvent[] {
  const { parts, usage, fault } = answer;
  const begin = emptyMessage(model, usageOf({ ...usage, output: 1, thinking: 0 }));
  const blocks = parts.flatMap((part, index): FakeEvent[] => [
    { type: "content_block_start", index, content_block: emptyBlock(part) },
    ...(index === 0 ? [{ type: "ping" } as const] : []),
    ...deltasOf(part).map((delta) => ({ type: "content_block_delta" as const, index, delta })),
    { type: "content_block_stop", index },
  ]);
  return [{ type: "message_start", message: begin }, ...blocks, ...(fault === undefined ? ends(answer) : faults[fault])];
}

const faults: Readonly<Record<NonNullable<ScriptedAnswer["fault"]>, readonly FakeEvent[]>> = {
  cut: [],
  overloaded: [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_fake" }],
  limited: [{ type: "error", error: { type: "rate_limit_error", message: "Too many tokens" }, request_id: "req_fake" }],
};

function ends(answer: ScriptedAnswer): readonly FakeEvent[] {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens, output_tokens_details, server_tool_use } =
    usageOf(answer.usage);
  const stop = stopOf(answer);
  return [
    {
      type: "message_delta",
      delta: {
        stop_reason: reasons[stop],
        stop_sequence: null,
        stop_details: stop === "refusal" ? refused : null,
        container: null,
      },
      usage: {
        input_tokens,
        cache_read_input_tokens,
        cache_creation_input_tokens,
        output_tokens,
        output_tokens_details,
        server_tool_use,
      },
    },
    { type: "message_stop" },
  ];
}

function emptyBlock(part: AnswerPart): Sdk.RawContentBlockStartEvent["content_block"] {
  switch (part.kind) {
    case "text":
      return { type: "text", text: "", citations: null };
    case "thinking":
      return { type: "thinking", thinking: "", signature: "" };
    case "redacted":
      return { type: "redacted_thinking", data: part.data };
    default:
      return { type: "tool_use", id: part.id, name: part.name, input: {}, caller: { type: "direct" } };
  }
}

function deltasOf(part: AnswerPart): readonly Sdk.RawContentBlockDelta[] {
  switch (part.kind) {
    case "text":
      return piecesOf(part.text).map((piece) => ({ type: "text_delta", text: piece }));
    case "thinking":
      return [
        ...piecesOf(part.text).map((piece) => ({ type: "thinking_delta" as const, thinking: piece })),
        { type: "signature_delta", signature: part.signature },
      ];
    case "redacted":
      return [];
    default: {
      const json = Object.keys(part.args).length === 0 ? [] : piecesOf(JSON.stringify(part.args));
      return ["", ...json].map((piece) => ({ type: "input_json_delta", partial_json: piece }));
    }
  }
}
