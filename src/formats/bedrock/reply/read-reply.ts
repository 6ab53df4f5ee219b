import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { replyMembers, textAt } from "../../kit/chat/reply-fields.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { type ReplyChoice, type ReplyToolCall, writeChatReply } from "../../kit/chat/chat-reply.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { jsonToolName } from "../../kit/claude/json-tool.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { readConverseUsage } from "../usage/read-usage.ts";
import { type ConverseReplyContext, converseReplyContext } from "./reply-context.ts";
import { converseFinish, isMalformed } from "./stop-reason.ts";
import { append } from "../../kit/append.ts";

/** Reads Converse's whole reply. @returns The error where it is none. */
export function readConverseReply(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError {
  const reply = replyMembers(body);
  const output = reply?.["output"];
  const message = isMembers(output) ? output["message"] : undefined;
  const content = isMembers(message) ? message["content"] : undefined;
  const { deploymentId } = target.host;
  if (reply === undefined || !Array.isArray(content)) {
    const isError = reply !== undefined && [reply["message"], reply["Message"], reply["error"]].some((value) => value !== undefined);
    if (isError) return classifyInlineError(target.host, reply, call);
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply that is none of Converse.`, { deploymentId });
  }
  const choice = choiceOf(reply, (content as readonly JsonValue[]).filter(isMembers), converseReplyContext(call, target));
  if (isMalformed(reply["stopReason"]) && choice.text === undefined && choice.toolCalls.length === 0) {
    return malformed(deploymentId, reply["stopReason"]);
  }
  const usage = readConverseUsage(reply["usage"], reply["additionalModelResponseFields"]);
  return writeChatReply(call, createdAt(headers), [choice], usage);
}

/** The error of an answer that holds nothing, since its model made something that is neither a text nor a call of a tool. */
export function malformed(deploymentId: string, stopReason: string): RouterError {
  const message = `Deployment ${deploymentId} gave no answer: its model's output was malformed (${stopReason.slice(0, 64)}).`;
  return new RouterError("upstream_malformed", message, { deploymentId });
}

function choiceOf(reply: JsonMembers, blocks: readonly JsonMembers[], { names, wantsJsonTool }: ConverseReplyContext): ReplyChoice {
  const texts: string[] = [];
  const reasoning: string[] = [];
  const thinkingBlocks: JsonMembers[] = [];
  const toolCalls: ReplyToolCall[] = [];
  const specific = new SpecificFields();
  let json: string | undefined;
  for (const block of blocks) {
    const { text, toolUse, reasoningContent, citationsContent } = block;
    if (typeof text === "string") texts.push(text);
    else if (isMembers(toolUse)) {
      const input = JSON.stringify(toolUse["input"] ?? {});
      if (wantsJsonTool && toolUse["name"] === jsonToolName) json = input;
      else toolCalls.push({ id: textAt(toolUse, "toolUseId"), name: names.original(textAt(toolUse, "name")), arguments: input });
    } else if (isMembers(reasoningContent)) {
      const thought = thinkingBlock(reasoningContent);
      thinkingBlocks.push(thought);
      if (typeof thought["thinking"] === "string") reasoning.push(thought["thinking"]);
    } else if (isMembers(citationsContent)) {
      texts.push(citedText(citationsContent["content"]));
      specific.cite(citationsContent["citations"]);
    } else specific.add(block);
  }
  specific.trace(reply["trace"]);
  const finishReason = converseFinish(reply["stopReason"]);
  return {
    text: json ?? (texts.length === 0 ? undefined : texts.join("")),
    reasoning: reasoning.length === 0 ? undefined : reasoning.join(""),
    thinkingBlocks,
    toolCalls,
    refusal: undefined,
    finishReason: finishReason === "tool_calls" && toolCalls.length === 0 ? "stop" : finishReason,
    more: specific.members,
  };
}

/** LiteLLM's `thinking_blocks`, which are Anthropic's. */
function thinkingBlock({ reasoningText, redactedContent }: JsonMembers): JsonMembers {
  if (typeof redactedContent === "string") return { type: "redacted_thinking", data: redactedContent };
  const told = isMembers(reasoningText) ? reasoningText : {};
  const { signature } = told;
  return { type: "thinking", thinking: textAt(told, "text"), ...(typeof signature === "string" ? { signature } : {}) };
}

function citedText(content: JsonValue | undefined): string {
  const parts = Array.isArray(content) ? (content as readonly JsonValue[]).filter(isMembers) : [];
  return parts.map((part) => textAt(part, "text")).join("");
}

/** Collects what OpenAI's message has no member for, as LiteLLM's `provider_specific_fields`. */
class SpecificFields {
  readonly #citations: JsonValue[] = [];
  readonly #others: JsonMembers[] = [];
  #trace: JsonValue | undefined;

  cite(citations: JsonValue | undefined): void {
    if (Array.isArray(citations)) append(this.#citations, citations as readonly JsonValue[]);
  }

  add(block: JsonMembers): void {
    this.#others.push(block);
  }

  /** What a guardrail did. */
  trace(trace: JsonValue | undefined): void {
    this.#trace = trace;
  }

  get members(): JsonMembers | undefined {
    const fields = {
      ...(this.#citations.length === 0 ? {} : { citations: this.#citations }),
      ...(this.#others.length === 0 ? {} : { content_blocks: this.#others }),
      ...(this.#trace === undefined ? {} : { trace: this.#trace }),
    };
    return Object.keys(fields).length === 0 ? undefined : { provider_specific_fields: fields };
  }
}
