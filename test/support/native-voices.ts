import type { JsonMembers, JsonValue } from "../../src/core/provider.ts";
import { eventFrame, exceptionFrame } from "../formats/kit/event-stream/frames.ts";
import { chatChunk, sse } from "./openai-replies.ts";

/** How the providers say the same in words of their own: answers, their pieces, and refusals. For hosts that are told what to say. */

/** What is wrong, whoever says it. */
export type Complaint = "request" | "key" | "model" | "limit" | "failure" | "overload";

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonMembers;
}

export type VoiceName =
  | "openai"
  | "responses"
  | "anthropic"
  | "gemini"
  | "bedrock"
  | "invoke"
  | "foundry"
  | "mantle"
  | "vertex-claude"
  | "vertex-gemini"
  | "maas";

export interface Voice {
  readonly name: VoiceName;
  readonly streamType: string;
  /** Its deployment's `litellm_params`. @param base An address that ends in `/v1`. */
  params(base: string): JsonMembers;
  /** A whole answer: 9 tokens in, 4 out. */
  reply(text: string): string;
  /** A whole answer with a thought, where it tells thoughts, and a call of a tool. */
  asks(call: ToolCall): string;
  /** The stream's events before its first words. */
  readonly opening: readonly (string | Buffer)[];
  word(text: string): string | Buffer;
  /** A piece of a thought, in place of the first word. Omit it where it is told no other way than elsewhere. */
  readonly thought?: string | Buffer;
  readonly closing: readonly (string | Buffer)[];
  /** The code of a request that is wrong, where it has one of its own. */
  readonly wrongRequest?: string;
  /** Whether it says when a limit is over. Default: yes. */
  readonly limitSaysWhen?: boolean;
  /** Whether a stream may end behind its last words alone. */
  readonly endsUnsaid?: boolean;
  /** What it may send while it has nothing to say. */
  readonly quiet: readonly (string | Buffer)[];
  /** An error within a stream. */
  fault(complaint: "overload"): string | Buffer;
  refusal(complaint: Complaint): { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: string };
}

const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
export const words = "The host says no.";

export const openAi: Voice = {
  name: "openai",
  streamType: "text/event-stream",
  params: (base) => ({ model: "openai/host-model", api_base: base, api_key: "sk-for-the-host" }),
  reply: (content) => completion({ content }, "stop"),
  asks: ({ id, name, args }) =>
    completion(
      { content: null, tool_calls: [{ id, type: "function", function: { name, arguments: JSON.stringify(args) } }] },
      "tool_calls",
    ),
  opening: [sse(chatChunk({ role: "assistant", content: "" }))],
  word: (content) => sse(chatChunk({ content })),
  thought: sse(chatChunk({ reasoning_content: "hm" })),
  closing: [sse(chatChunk({}, "stop")), sse({ ...chatChunk({}), choices: [], usage }), sse("[DONE]")],
  limitSaysWhen: false,
  quiet: [": keep-alive\n\n"],
  fault: () => sse({ error: { message: words, type: "overloaded_error", code: 503 } }),
  refusal: (complaint) => ({
    status: statusOf(complaint),
    body: JSON.stringify({ error: { message: words, type: null, param: null, code: null } }),
  }),
};

function completion(message: JsonMembers, reason: string): string {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: reason }];
  return JSON.stringify({ id: "reply-1", object: "chat.completion", created: 1_700_000_000, model: "host-model", choices, usage });
}

export function statusOf(complaint: Complaint): number {
  return { request: 400, key: 401, model: 404, limit: 429, failure: 500, overload: 503 }[complaint];
}

const anthropicEvent = (type: string, more: JsonMembers): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const anthropicTypes = {
  request: "invalid_request_error",
  key: "authentication_error",
  model: "not_found_error",
  limit: "rate_limit_error",
  failure: "api_error",
  overload: "overloaded_error",
};

export const anthropic: Voice = {
  name: "anthropic",
  streamType: "text/event-stream",
  params: (base) => ({ model: "anthropic/claude-haiku-4-5", api_base: base, api_key: "sk-for-the-host" }),
  reply: (text) => message([{ type: "text", text }], "end_turn"),
  asks: ({ id, name, args }) =>
    message(
      [
        { type: "thinking", thinking: "hm", signature: "c2lnbmVk" },
        { type: "tool_use", id, name, input: args },
      ],
      "tool_use",
    ),
  opening: [
    anthropicEvent("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        content: [],
        model: "claude",
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    }),
    anthropicEvent("ping", {}),
    anthropicEvent("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ],
  word: (text) => anthropicEvent("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
  thought: anthropicEvent("content_block_delta", { index: 0, delta: { type: "thinking_delta", thinking: "hm" } }),
  closing: [
    anthropicEvent("content_block_stop", { index: 0 }),
    anthropicEvent("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 4 } }),
    anthropicEvent("message_stop", {}),
  ],
  quiet: [anthropicEvent("ping", {}), anthropicEvent("something_new", { index: 0 })],
  fault: () => anthropicEvent("error", { error: { type: "overloaded_error", message: words }, request_id: "req_1" }),
  refusal: (complaint) => ({
    status: complaint === "overload" ? 529 : statusOf(complaint),
    ...(complaint === "limit" ? { headers: { "retry-after": "1" } } : {}),
    body: JSON.stringify({ type: "error", error: { type: anthropicTypes[complaint], message: words }, request_id: "req_1" }),
  }),
};

function message(content: readonly JsonMembers[], stopReason: string): string {
  return JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 4 },
  });
}

const googleUsage = { promptTokenCount: 9, candidatesTokenCount: 4, totalTokenCount: 13 };
const googleStates = {
  request: "INVALID_ARGUMENT",
  key: "INVALID_ARGUMENT",
  model: "NOT_FOUND",
  limit: "RESOURCE_EXHAUSTED",
  failure: "INTERNAL",
  overload: "UNAVAILABLE",
};

function generated(parts: readonly JsonMembers[], finishReason?: string): JsonMembers {
  const candidate = { index: 0, content: { role: "model", parts }, ...(finishReason === undefined ? {} : { finishReason }) };
  return { candidates: [candidate], usageMetadata: googleUsage, modelVersion: "gemini", responseId: "r1" };
}

/** As Google says it, at whichever of its doors. */
export function googleError(complaint: Complaint, details: readonly JsonValue[] = []): JsonMembers {
  const code = complaint === "key" ? 400 : statusOf(complaint);
  return { error: { code, message: words, status: googleStates[complaint], details } };
}

export const gemini: Voice = {
  name: "gemini",
  streamType: "text/event-stream",
  params: (base) => ({ model: "gemini/gemini-2.5-flash", api_base: base, api_key: "for-the-host" }),
  reply: (text) => JSON.stringify(generated([{ text }], "STOP")),
  asks: ({ id, name, args }) =>
    JSON.stringify(
      generated(
        [
          { text: "hm", thought: true },
          { functionCall: { id, name, args }, thoughtSignature: "cHJvb2Y=" },
        ],
        "STOP",
      ),
    ),
  wrongRequest: "400",
  endsUnsaid: true,
  opening: [sse(generated([{ text: "" }]))],
  word: (text) => sse(generated([{ text }])),
  thought: sse(generated([{ text: "hm", thought: true }])),
  closing: [sse(generated([{ text: "" }], "STOP"))],
  quiet: [sse({ usageMetadata: { promptTokenCount: 9 }, modelVersion: "gemini", responseId: "r1" })],
  fault: () => sse(googleError("overload")),
  refusal: (complaint) => ({
    status: complaint === "key" ? 400 : statusOf(complaint),
    body: JSON.stringify(
      googleError(
        complaint,
        complaint === "limit"
          ? [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "1s" }]
          : complaint === "key"
            ? [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" }]
            : [],
      ),
    ),
  }),
};

const awsTypes = {
  request: "ValidationException",
  key: "UnrecognizedClientException",
  model: "ResourceNotFoundException",
  limit: "ThrottlingException",
  failure: "InternalServerException",
  overload: "ServiceUnavailableException",
};

function converseReply(content: readonly JsonMembers[], stopReason: string): string {
  const told = { inputTokens: 9, outputTokens: 4, totalTokens: 13 };
  return JSON.stringify({ output: { message: { role: "assistant", content } }, stopReason, usage: told, metrics: { latencyMs: 1 } });
}

const bedrock: Voice = {
  name: "bedrock",
  streamType: "application/vnd.amazon.eventstream",
  params: (base) => ({
    model: "bedrock/converse/anthropic.claude-haiku-4-5-20251001-v1:0",
    api_base: base,
    api_key: "bearer-for-the-host",
    aws_region_name: "us-east-1",
  }),
  reply: (text) => converseReply([{ text }], "end_turn"),
  asks: ({ id, name, args }) =>
    converseReply(
      [{ reasoningContent: { reasoningText: { text: "hm", signature: "c2lnbmVk" } } }, { toolUse: { toolUseId: id, name, input: args } }],
      "tool_use",
    ),
  wrongRequest: "ValidationException",
  limitSaysWhen: false,
  opening: [eventFrame("messageStart", { role: "assistant" })],
  word: (text) => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
  thought: eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } }),
  closing: [
    eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
    eventFrame("messageStop", { stopReason: "end_turn" }),
    eventFrame("metadata", { usage: { inputTokens: 9, outputTokens: 4, totalTokens: 13 }, metrics: { latencyMs: 1 } }),
  ],
  quiet: [eventFrame("somethingNew", {})],
  fault: () => exceptionFrame("serviceUnavailableException", { message: words }),
  refusal: (complaint) => ({
    status: complaint === "key" ? 403 : statusOf(complaint),
    headers: { "x-amzn-errortype": `${awsTypes[complaint]}:http://internal.amazon.com/coral/` },
    body: JSON.stringify({ message: words }),
  }),
};

/** Anthropic's events within AWS's frames. */
const packed = (event: string | Buffer): Buffer => {
  const data = /^data: (.*)$/m.exec(event.toString())?.[1] ?? "{}";
  return eventFrame("chunk", { bytes: Buffer.from(data).toString("base64") });
};

/** Claude at Bedrock by InvokeModel: Anthropic's answers, AWS's frames and refusals. */
export const invokeVoice: Voice = {
  ...bedrock,
  name: "invoke",
  params: (base) => ({ ...bedrock.params(base), model: "bedrock/invoke/anthropic.claude-haiku-4-5-20251001-v1:0" }),
  reply: (text) => anthropic.reply(text),
  asks: (call) => anthropic.asks(call),
  opening: anthropic.opening.map(packed),
  word: (text) => packed(anthropic.word(text)),
  ...(anthropic.thought === undefined ? {} : { thought: packed(anthropic.thought) }),
  closing: anthropic.closing.map(packed),
  quiet: [...anthropic.quiet.map(packed), ...bedrock.quiet],
};

/** A host of OpenAI's format, and each provider with an API of its own. */
export const voices: readonly Voice[] = [openAi, anthropic, gemini, bedrock];
