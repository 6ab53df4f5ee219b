import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { anthropicFormat } from "./format-name.ts";
import { messageId } from "./message-id.ts";
import { messageUsage } from "./message-usage.ts";
import { originalNames } from "./original-names.ts";
import { stopReasonOf } from "./stop-reason.ts";
import { withProof } from "../../kit/calls/proof-in-id.ts";

/** Writes a whole reply as a message: its very bytes where it is one already. */
export function writeMessage(reply: DecodedReply, call: Call): Buffer | RouterError {
  if (reply.format === anthropicFormat) return reply.body;
  const chat = chatOf(reply.body);
  const choice = firstOf(chat?.["choices"]);
  const message = choice?.["message"];
  if (choice === undefined || !isMembers(message)) return new RouterError("upstream_malformed", "The deployment's reply holds no message.");
  const calls = callBlocks(message, call);
  const refusal = typeof message["refusal"] === "string" && message["refusal"] !== "" ? message["refusal"] : undefined;
  const content = [...thinkingBlocks(message), ...foreignBlocks(message), ...textBlocks(message, refusal), ...calls];
  const written = {
    id: messageId(call),
    type: "message",
    role: "assistant",
    // Of the group that gave the answer, as in OpenAI's format.
    model: typeof chat?.["model"] === "string" ? chat["model"] : call.model,
    content,
    ...stopReasonOf(choice["finish_reason"], calls.length > 0, refusal),
    usage: messageUsage(reply.usage),
  };
  return Buffer.from(JSON.stringify(written));
}

function chatOf(body: Buffer): JsonMembers | undefined {
  try {
    const reply = parseExact(body.toString()) as JsonValue;
    return isMembers(reply) ? reply : undefined;
  } catch {
    return undefined;
  }
}

function firstOf(choices: JsonValue | undefined): JsonMembers | undefined {
  const first = Array.isArray(choices) ? (choices as readonly JsonValue[])[0] : undefined;
  return isMembers(first) ? first : undefined;
}

/** Thinking with its proofs, to be sent back; what has none is told by the text alone. */
function thinkingBlocks(message: JsonMembers): JsonMembers[] {
  const { thinking_blocks: blocks } = message;
  if (Array.isArray(blocks) && blocks.length > 0) return (blocks as readonly JsonValue[]).filter(isMembers).map(withSignature);
  const reasoning = reasoningOf(message);
  return reasoning === "" ? [] : [{ type: "thinking", thinking: reasoning, signature: "" }];
}

function withSignature(block: JsonMembers): JsonMembers {
  return block["type"] === "thinking" ? { ...block, signature: block["signature"] ?? "" } : block;
}

/** What a message or a piece of one has of a model's thinking, by the names that hosts have for it. */
export function reasoningOf({ reasoning_content: content, reasoning }: JsonMembers): string {
  if (typeof content === "string" && content !== "") return content;
  return typeof reasoning === "string" ? reasoning : "";
}

/** Blocks of Anthropic's that OpenAI's message has no place for: what tools at the provider were asked and what they found. */
function foreignBlocks(message: JsonMembers): JsonMembers[] {
  const { provider_specific_fields: fields } = message;
  return isMembers(fields) ? foreignLists.flatMap((name) => blocksAt(fields, name)) : [];
}

/** Where such blocks stand in `provider_specific_fields`. */
export const foreignLists = ["server_tool_calls", "tool_results", "content_blocks"] as const;

/** The blocks in one of {@link foreignLists}. */
export function blocksAt(fields: JsonMembers, name: string): JsonMembers[] {
  const list = fields[name];
  return Array.isArray(list)
    ? ((list as readonly JsonValue[]).filter((block) => isMembers(block) && typeof block["type"] === "string") as JsonMembers[])
    : [];
}

function textBlocks(message: JsonMembers, refusal: string | undefined): JsonMembers[] {
  const { content, provider_specific_fields: fields } = message;
  const text = typeof content === "string" ? content : textOfParts(content);
  if (text === "") return refusal === undefined ? [] : [{ type: "text", text: refusal }];
  const citations = isMembers(fields) ? fields["citations"] : undefined;
  return [{ type: "text", text, ...(Array.isArray(citations) && citations.length > 0 ? { citations } : {}) }];
}

/** Some hosts tell the answer in parts. */
function textOfParts(content: JsonValue | undefined): string {
  if (!Array.isArray(content)) return "";
  return (content as readonly JsonValue[])
    .map((part) => (isMembers(part) && typeof part["text"] === "string" ? part["text"] : ""))
    .join("");
}

function callBlocks(message: JsonMembers, call: Call): JsonMembers[] {
  const { tool_calls: calls, function_call: old } = message;
  const list = Array.isArray(calls) ? (calls as readonly JsonValue[]).filter(isMembers) : isMembers(old) ? [{ function: old }] : [];
  const names = originalNames(call);
  return list.map((one, index) => {
    const { id, function: definition, provider_specific_fields: fields } = one;
    const { name, arguments: args } = isMembers(definition) ? definition : {};
    const proof = isMembers(fields) && typeof fields["thought_signature"] === "string" ? fields["thought_signature"] : undefined;
    return {
      type: "tool_use",
      id: withProof(typeof id === "string" && id !== "" ? id : `toolu_${call.id}_${index}`, proof),
      name: names(typeof name === "string" ? name : ""),
      input: inputOf(args),
    };
  });
}

/** Models write arguments: what is no object is no input that a tool could be given. */
function inputOf(args: JsonValue | undefined): JsonValue {
  if (isMembers(args)) return args;
  if (typeof args !== "string" || args.trim() === "") return {};
  try {
    const input = parseExact(args) as JsonValue;
    return isMembers(input) ? input : {};
  } catch {
    return {};
  }
}
