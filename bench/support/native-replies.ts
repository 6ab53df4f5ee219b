import { crc32 } from "node:zlib";
import { contentWord } from "./canned-reply.ts";

/** How providers with an API of their own say what {@link wholeReply} and {@link replyChunks} say in OpenAI's. */
export interface NativeReplies {
  readonly wholeType: string;
  readonly streamType: string;
  readonly whole: () => string;
  /** The frames of a stream, with so many that have content. */
  readonly frames: (contentChunks: number) => readonly (string | Buffer)[];
}

const words = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${contentWord}${index} `);
const wholeText = words(64).join("");

function namedEvent(data: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const message = { id: "msg_bench", type: "message", role: "assistant", model: "bench", stop_sequence: null };
const messageUsage = { input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

const anthropic: NativeReplies = {
  wholeType: "application/json",
  streamType: "text/event-stream; charset=utf-8",
  whole: () =>
    JSON.stringify({
      ...message,
      content: [{ type: "text", text: wholeText }],
      stop_reason: "end_turn",
      usage: { ...messageUsage, output_tokens: 64 },
    }),
  frames: (count) =>
    [
      { type: "message_start", message: { ...message, content: [], stop_reason: null, usage: { ...messageUsage, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...words(count).map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 64 } },
      { type: "message_stop" },
    ].map(namedEvent),
};

function geminiReply(text: string, finishReason: string | undefined, tokens: number): string {
  return JSON.stringify({
    candidates: [{ content: { parts: [{ text }], role: "model" }, ...(finishReason === undefined ? {} : { finishReason }), index: 0 }],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: tokens, totalTokenCount: 12 + tokens },
    modelVersion: "bench",
    responseId: "bench",
  });
}

const gemini: NativeReplies = {
  wholeType: "application/json; charset=UTF-8",
  streamType: "text/event-stream",
  whole: () => geminiReply(wholeText, "STOP", 64),
  frames: (count) =>
    words(count).map((text, index) => `data: ${geminiReply(text, index === count - 1 ? "STOP" : undefined, index + 1)}\r\n\r\n`),
};

/** A frame of AWS's event streams. */
function awsFrame(type: string, payload: object): Buffer {
  const headers = Object.entries({ ":event-type": type, ":content-type": "application/json", ":message-type": "event" }).map(
    ([name, value]) => {
      const head = Buffer.alloc(name.length + 4);
      head.writeUInt8(name.length);
      head.write(name, 1);
      head.writeUInt8(7, name.length + 1);
      head.writeUInt16BE(value.length, name.length + 2);
      return Buffer.concat([head, Buffer.from(value)]);
    },
  );
  const headerBytes = Buffer.concat(headers);
  const body = Buffer.from(JSON.stringify(payload));
  const frame = Buffer.alloc(16 + headerBytes.length + body.length);
  frame.writeUInt32BE(frame.length);
  frame.writeUInt32BE(headerBytes.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(headerBytes, 12);
  frame.set(body, 12 + headerBytes.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return frame;
}

const bedrockUsage = { inputTokens: 12, outputTokens: 64, totalTokens: 76 };

const bedrock: NativeReplies = {
  wholeType: "application/json",
  streamType: "application/vnd.amazon.eventstream",
  whole: () =>
    JSON.stringify({
      output: { message: { role: "assistant", content: [{ text: wholeText }] } },
      stopReason: "end_turn",
      usage: bedrockUsage,
      metrics: { latencyMs: 1 },
    }),
  frames: (count) => [
    awsFrame("messageStart", { p: "abcdefgh", role: "assistant" }),
    ...words(count).map((text) => awsFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text }, p: "abcdefghijklm" })),
    awsFrame("contentBlockStop", { contentBlockIndex: 0, p: "abc" }),
    awsFrame("messageStop", { p: "abcdef", stopReason: "end_turn" }),
    awsFrame("metadata", { metrics: { latencyMs: 1 }, p: "ab", usage: bedrockUsage }),
  ],
};

const responseId = "resp_0123456789abcdef0123456789abcdef0123456789abcdef";
const itemId = "msg_0123456789abcdef0123456789abcdef0123456789abcdef";
const place = { item_id: itemId, output_index: 0, content_index: 0 };

function responseItem(status: string, text: string): object {
  const content = status === "completed" ? [outputText(text)] : [];
  return { id: itemId, type: "message", status, content, role: "assistant" };
}

function outputText(text: string): object {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

function response(status: string, output: readonly object[]): object {
  const used = {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 64,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 76,
  };
  return {
    id: responseId,
    object: "response",
    created_at: 1_700_000_000,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: "bench",
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: status === "completed" ? used : null,
    metadata: {},
  };
}

const responses: NativeReplies = {
  wholeType: "application/json",
  streamType: "text/event-stream; charset=utf-8",
  whole: () => JSON.stringify(response("completed", [responseItem("completed", wholeText)])),
  frames(count) {
    const pieces = words(count);
    const text = pieces.join("");
    return [
      { type: "response.created", response: response("in_progress", []) },
      { type: "response.in_progress", response: response("in_progress", []) },
      { type: "response.output_item.added", output_index: 0, item: responseItem("in_progress", "") },
      { type: "response.content_part.added", ...place, part: outputText("") },
      ...pieces.map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [], obfuscation: "0123456789" })),
      { type: "response.output_text.done", ...place, text, logprobs: [] },
      { type: "response.content_part.done", ...place, part: outputText(text) },
      { type: "response.output_item.done", output_index: 0, item: responseItem("completed", text) },
      { type: "response.completed", response: response("completed", [responseItem("completed", text)]) },
    ].map(({ type, ...members }, index) => namedEvent({ type, sequence_number: index, ...members }));
  },
};

/** Who is asked, by the path of a request; undefined for OpenAI's API. */
export function nativeRepliesAt(path: string): NativeReplies | undefined {
  if (path.endsWith("/v1/messages")) return anthropic;
  if (path.endsWith("/v1/responses")) return responses;
  if (/:(?:generate|streamGenerate)Content\b/.test(path)) return gemini;
  return /\/converse(?:-stream)?$/.test(path) ? bedrock : undefined;
}
