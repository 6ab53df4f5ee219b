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
import { readMessageUsage } from "../usage/read-usage.ts";
import { type ReplyContext, replyContext } from "./reply-context.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { append } from "../../kit/append.ts";

/** Reads a whole message. @returns The error where it is none. */
export function readMessage(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError {
  const message = replyMembers(body);
  const content = message?.["content"];
  if (message === undefined || !Array.isArray(content)) {
    const { deploymentId } = target.host;
    if (message?.["error"] !== undefined) return classifyInlineError(target.host, message, call);
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply that is no message.`, { deploymentId });
  }
  const usage = isMembers(message["usage"]) ? readMessageUsage(message["usage"]) : undefined;
  const choice = choiceOf(message, (content as readonly JsonValue[]).filter(isMembers), replyContext(call, target));
  return writeChatReply(call, createdAt(headers), [choice], usage);
}

function choiceOf(message: JsonMembers, blocks: readonly JsonMembers[], { names, wantsJsonTool }: ReplyContext): ReplyChoice {
  const texts: string[] = [];
  const reasoning: string[] = [];
  const thinkingBlocks: JsonMembers[] = [];
  const toolCalls: ReplyToolCall[] = [];
  const specific = new SpecificFields();
  let json: string | undefined;
  for (const block of blocks) {
    switch (block["type"]) {
      case "text":
        texts.push(textAt(block, "text"));
        specific.cite(block["citations"]);
        break;
      case "thinking":
        reasoning.push(textAt(block, "thinking"));
        thinkingBlocks.push(block);
        break;
      case "redacted_thinking":
        thinkingBlocks.push(block);
        break;
      case "tool_use": {
        const input = JSON.stringify(block["input"] ?? {});
        if (wantsJsonTool && block["name"] === jsonToolName) json = input;
        else toolCalls.push({ id: textAt(block, "id"), name: names.original(textAt(block, "name")), arguments: input });
        break;
      }
      default:
        specific.add(block);
    }
  }
  const finishReason = finishReasonOf(message["stop_reason"], toolCalls.length);
  const refusal = finishReason === "content_filter" ? refusalOf(message["stop_details"]) : undefined;
  return {
    text: json ?? (texts.length === 0 ? undefined : texts.join("")),
    reasoning: reasoning.length === 0 ? undefined : reasoning.join(""),
    thinkingBlocks,
    toolCalls,
    refusal,
    finishReason,
    more: specific.members,
  };
}

/** Why a model refused to answer, from `stop_details`. */
export function refusalOf(details: JsonValue | undefined): string | undefined {
  const explanation = isMembers(details) ? details["explanation"] : undefined;
  return typeof explanation === "string" ? explanation : undefined;
}

/** Collects what OpenAI's message has no member for, as LiteLLM's `provider_specific_fields`. */
class SpecificFields {
  readonly #citations: JsonValue[] = [];
  readonly #calls: JsonMembers[] = [];
  readonly #results: JsonMembers[] = [];
  readonly #others: JsonMembers[] = [];

  cite(citations: JsonValue | undefined): void {
    if (Array.isArray(citations)) append(this.#citations, citations as readonly JsonValue[]);
  }

  add(block: JsonMembers): void {
    this.#listFor(block["type"]).push(block);
  }

  get members(): JsonMembers | undefined {
    const lists = {
      citations: this.#citations,
      server_tool_calls: this.#calls,
      tool_results: this.#results,
      content_blocks: this.#others,
    };
    const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
    return filled.length === 0 ? undefined : { provider_specific_fields: Object.fromEntries(filled) };
  }

  #listFor(type: JsonValue | undefined): JsonMembers[] {
    switch (specificField(type)) {
      case "server_tool_calls":
        return this.#calls;
      case "tool_results":
        return this.#results;
      default:
        return this.#others;
    }
  }
}

/** Where a block that is neither text nor thinking nor a call of the caller's tool goes in `provider_specific_fields`. */
export function specificField(type: JsonValue | undefined): string {
  if (typeof type !== "string") return "content_blocks";
  if (type.endsWith("_tool_result")) return "tool_results";
  return type === "server_tool_use" || type === "mcp_tool_use" ? "server_tool_calls" : "content_blocks";
}
