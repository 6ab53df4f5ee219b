import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { type ReplyChoice, type ReplyToolCall, writeChatReply } from "../../kit/chat/chat-reply.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { replyMembers, textAt } from "../../kit/chat/reply-fields.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { annotationOf, customCall, endOfResponse, logprobsOf, outputOf, usageOfResponse } from "./answer-items.ts";
import { append } from "../../kit/append.ts";

/** Reads a whole response as OpenAI's chat completion. @returns The error where it is none. */
export function readResponse(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError {
  const response = replyMembers(body);
  if (response === undefined || !Array.isArray(response["output"])) {
    const { deploymentId } = target.host;
    if (response?.["error"] !== undefined) return classifyInlineError(target.host, response, call);
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply that is no response.`, { deploymentId });
  }
  const { error, created_at: created } = response;
  if (isMembers(error)) return classifyInlineError(target.host, { error }, call);
  const at = typeof created === "number" ? Math.floor(created) : createdAt(headers);
  return writeChatReply(call, at, [choiceOf(response)], usageOfResponse(response));
}

function choiceOf(response: JsonMembers): ReplyChoice {
  const texts: string[] = [];
  const refusals: string[] = [];
  const reasoning: string[] = [];
  const annotations: JsonMembers[] = [];
  const logprobs: JsonValue[] = [];
  const toolCalls: ReplyToolCall[] = [];
  const customCalls: JsonMembers[] = [];
  for (const item of outputOf(response)) {
    switch (item["type"]) {
      case "message":
        for (const part of partsOf(item["content"])) {
          if (part["type"] === "refusal") refusals.push(textAt(part, "refusal"));
          else if (part["type"] === "output_text") texts.push(textAt(part, "text"));
          append(annotations, partsOf(part["annotations"]).map(annotationOf));
          if (Array.isArray(part["logprobs"])) append(logprobs, part["logprobs"] as readonly JsonValue[]);
        }
        break;
      case "reasoning":
        append(reasoning, [...partsOf(item["summary"]), ...partsOf(item["content"])].map(textOf));
        break;
      case "function_call":
        toolCalls.push({ id: textAt(item, "call_id"), name: textAt(item, "name"), arguments: textAt(item, "arguments") });
        break;
      case "custom_tool_call":
        customCalls.push(customCall(item));
        break;
      // What ran at the provider has no place in a chat.
      default:
    }
  }
  return {
    text: texts.length === 0 ? undefined : texts.join(""),
    reasoning: reasoning.length === 0 ? undefined : reasoning.join("\n\n"),
    thinkingBlocks: [],
    toolCalls,
    refusal: refusals.length === 0 ? undefined : refusals.join(""),
    finishReason: endOfResponse(response),
    logprobs: logprobsOf(logprobs),
    more: moreOf(annotations, customCalls, toolCalls),
  };
}

function moreOf(annotations: readonly JsonMembers[], custom: readonly JsonMembers[], toolCalls: readonly ReplyToolCall[]): JsonMembers {
  const functions = toolCalls.map(({ id, name, arguments: args }) => ({ id, type: "function", function: { name, arguments: args } }));
  return {
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(custom.length === 0 ? {} : { tool_calls: [...functions, ...custom] }),
  };
}

function partsOf(list: JsonValue | undefined): readonly JsonMembers[] {
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isMembers) : [];
}

function textOf(part: JsonMembers): string {
  return textAt(part, "text");
}
