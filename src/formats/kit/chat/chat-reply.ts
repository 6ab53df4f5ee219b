import type { Call } from "../../../core/call.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DecodedReply, JsonMembers } from "../../../core/provider.ts";
import { chatId, type FinishReason } from "./chunk-writer.ts";
import { usageJson } from "./usage-json.ts";

/** A call of a tool in an answer. */
export interface ReplyToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
  /** Further members, such as `provider_specific_fields`. */
  readonly more?: JsonMembers | undefined;
}

/** One answer of a whole reply, read from another format. */
export interface ReplyChoice {
  /** Undefined where it holds no text at all. */
  readonly text: string | undefined;
  /** Undefined where it holds no thinking. */
  readonly reasoning: string | undefined;
  /** LiteLLM's `thinking_blocks`, to be sent back in the next turn. */
  readonly thinkingBlocks: readonly JsonMembers[];
  readonly toolCalls: readonly ReplyToolCall[];
  readonly refusal: string | undefined;
  readonly finishReason: FinishReason;
  /** Further members of the message: `provider_specific_fields`, `annotations`. */
  readonly more?: JsonMembers | undefined;
  /** OpenAI's `logprobs`, where the answer has them. */
  readonly logprobs?: JsonMembers | undefined;
  /** Why the answer ended in the provider's own words (LiteLLM's `provider_specific_fields.native_finish_reason`), where that says more. */
  readonly nativeReason?: string | undefined;
}

/** Writes a whole reply as OpenAI's chat completion. @param created Seconds since the Unix epoch. */
export function writeChatReply(
  call: Pick<Call, "id" | "model">,
  created: number,
  choices: readonly ReplyChoice[],
  usage: Usage | undefined,
): DecodedReply {
  const head = `{"id":${JSON.stringify(chatId(call))},"object":"chat.completion","created":${created},"model":${JSON.stringify(call.model)}`;
  const tail = usage === undefined ? "}" : `,"usage":${usageJson(usage)}}`;
  const body = Buffer.from(`${head},"choices":${JSON.stringify(choices.map(choiceJson))}${tail}`);
  const reply = { format: openAiFormat, body, usage, text: usage === undefined ? countOf(choices) : undefined };
  return choices.every(isFilteredAway) ? { ...reply, isFiltered: true } : reply;
}

function choiceJson(choice: ReplyChoice, index: number): JsonMembers {
  const { text, reasoning, thinkingBlocks, toolCalls, refusal, finishReason, more, logprobs, nativeReason } = choice;
  const message = {
    role: "assistant",
    content: text ?? null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(thinkingBlocks.length === 0 ? {} : { thinking_blocks: thinkingBlocks }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallJson) }),
    ...(refusal === undefined ? {} : { refusal }),
    ...more,
  };
  return {
    index,
    message,
    finish_reason: finishReason,
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(nativeReason === undefined ? {} : { provider_specific_fields: { native_finish_reason: nativeReason } }),
  };
}

function toolCallJson({ id, name, arguments: args, more }: ReplyToolCall): JsonMembers {
  return { id, type: "function", function: { name, arguments: args }, ...more };
}

function isFilteredAway({ finishReason, text, toolCalls }: ReplyChoice): boolean {
  return finishReason === "content_filter" && (text ?? "") === "" && toolCalls.length === 0;
}

function countOf(choices: readonly ReplyChoice[]): { pieces: number; bytes: number } {
  const heard = { pieces: 0, bytes: 0 };
  for (const { text = "", reasoning = "", toolCalls, refusal = "" } of choices) {
    const tools = toolCalls.reduce((sum, { name, arguments: args }) => sum + Buffer.byteLength(name) + Buffer.byteLength(args), 0);
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(reasoning) + Buffer.byteLength(refusal) + tools;
    heard.bytes += bytes;
    if (bytes > 0) heard.pieces++;
  }
  return heard;
}
