import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { isObject, wordsOf } from "./shape.ts";

/** What a fake Claude can do: of the models of 2025, or of those of late. */
export interface FakeClaude {
  readonly isNew: boolean;
}

export function fakeClaude(model: string): FakeClaude {
  return { isNew: /claude-(?:opus|sonnet|haiku|fable)-5-5/.test(model) };
}

interface Block extends JsonMembers {
  readonly type: string;
}

interface Message {
  readonly role: string;
  readonly blocks: readonly Block[];
}

/** The thinking that a fake gave out, by its signatures: it takes no other. */
export type GivenThinking = ReadonlyMap<string, string>;

/**
 * What a Messages API refuses of a body whose members are all known, in its own words.
 * @param given Undefined where any signature is taken.
 */
export function messagesFault(body: JsonMembers, { isNew }: FakeClaude, given: GivenThinking | undefined): string | undefined {
  const messages = messagesOf(body);
  return (
    samplingFault(body, isNew) ??
    thinkingFault(body, isNew) ??
    turnsFault(messages, isNew) ??
    toolsFault(body, messages, isNew) ??
    pastThinkingFault(body, messages, given) ??
    cacheFault(body, messages)
  );
}

function messagesOf(body: JsonMembers): readonly Message[] {
  return (body["messages"] as unknown as readonly { role: string; content: string | readonly Block[] }[]).map(({ role, content }) => ({
    role,
    blocks: typeof content === "string" ? [{ type: "text", text: content }] : content,
  }));
}

function isThinking(body: JsonMembers): boolean {
  const thinking = body["thinking"];
  return isObject(thinking) && (thinking["type"] === "enabled" || thinking["type"] === "adaptive");
}

function samplingFault(body: JsonMembers, isNew: boolean): string | undefined {
  const { temperature, top_p: topP, top_k: topK } = body;
  if (isNew && topP !== undefined) return "`top_p` is not supported by this model";
  if (isNew && topK !== undefined) return "`top_k` is not supported by this model";
  if (isNew && temperature !== undefined && temperature !== 1) return "`temperature` may only be set to 1 for this model";
  if (!isThinking(body)) return undefined;
  if (temperature !== undefined && temperature !== 1) return "`temperature` may only be set to 1 when thinking is enabled";
  if (topK !== undefined) return "`top_k` must be unset when thinking is enabled";
  return typeof topP === "number" && topP < 0.95 ? "`top_p` must be greater than or equal to 0.95 when thinking is enabled" : undefined;
}

function thinkingFault(body: JsonMembers, isNew: boolean): string | undefined {
  const { thinking, max_tokens: maxTokens } = body;
  if (!isObject(thinking)) return undefined;
  const { type, budget_tokens: budget } = thinking;
  if (isNew && type === "enabled") return "thinking.enabled.budget_tokens is not supported by this model: use adaptive thinking";
  if (isNew && type === "disabled") return "thinking cannot be disabled for this model";
  if (!isNew && type === "adaptive") return "adaptive thinking is not supported on this model";
  return typeof budget === "number" && typeof maxTokens === "number" && budget >= maxTokens
    ? "`max_tokens` must be greater than `thinking.budget_tokens`"
    : undefined;
}

function turnsFault(messages: readonly Message[], isNew: boolean): string | undefined {
  const [first] = messages;
  const last = messages.at(-1);
  if (first === undefined) return "messages: at least one message is required";
  if (first.role !== "user") return 'messages: first message must use the "user" role';
  for (const [index, { role }] of messages.entries()) {
    if (role === "system" && !isNew) return `messages.${index}.role: this model takes no system messages within a conversation`;
    if (role !== "system" && role === messages[index - 1]?.role) {
      return `messages: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`;
    }
  }
  if (last?.role !== "assistant") return undefined;
  if (isNew) return "This model does not support assistant message prefill. The conversation must end with a user message.";
  const text = last.blocks.at(-1)?.["text"];
  return typeof text === "string" && text !== text.trimEnd()
    ? "messages: final assistant content cannot end with trailing whitespace"
    : undefined;
}

function toolsFault(body: JsonMembers, messages: readonly Message[], isNew: boolean): string | undefined {
  const tools = (body["tools"] ?? []) as readonly JsonMembers[];
  const names = new Set(tools.map(({ name }) => name));
  if (names.size < tools.length) return "tools: Tool names must be unique.";
  const choice = body["tool_choice"];
  if (isObject(choice)) {
    const { type, name } = choice;
    if (tools.length === 0) return "tool_choice may only be specified while providing tools";
    if (type === "tool" && !names.has(name)) return `Tool '${wordsOf(name)}' not found in provided tools`;
    if (type === "any" || type === "tool") {
      if (isNew) return "tool_choice: this model does not support forced tool use";
      if (isThinking(body)) return "Thinking may not be enabled when tool_choice forces tool use.";
    }
  }
  if (tools.length === 0 && messages.some(({ blocks }) => blocks.some(({ type }) => type === "tool_use" || type === "tool_result"))) {
    return "Requests which include `tool_use` or `tool_result` blocks must define tools";
  }
  return resultsFault(messages);
}

/** Each call is answered in the very next message, before anything else is said there. */
function resultsFault(messages: readonly Message[]): string | undefined {
  const seen = new Set<JsonValue>();
  for (const [index, { role, blocks }] of messages.entries()) {
    const calls = (messages[index - 1]?.blocks ?? []).filter(({ type }) => type === "tool_use").map(({ id }) => id);
    const results = blocks.filter(({ type }) => type === "tool_result").map(({ tool_use_id: id }) => id);
    const stray = results.find((id) => !calls.includes(id));
    if (stray !== undefined)
      return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${wordsOf(stray)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    if (new Set(results).size < results.length) return `messages.${index}: each tool_use must have a single result`;
    const open = calls.find((id) => !results.includes(id));
    if (open !== undefined)
      return `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${wordsOf(open)}`;
    if (blocks.slice(0, results.length).some(({ type }) => type !== "tool_result") && results.length > 0) {
      return `messages.${index}: \`tool_result\` blocks must come first in their message`;
    }
    for (const block of blocks) {
      if (block.type !== "tool_use") continue;
      if (role !== "assistant") return `messages.${index}: \`tool_use\` blocks can only be in \`assistant\` messages`;
      if (seen.has(block["id"] ?? null)) return "messages: `tool_use` ids must be unique";
      seen.add(block["id"] ?? null);
    }
  }
  const open = messages.at(-1)?.blocks.find(({ type }) => type === "tool_use");
  return open === undefined ? undefined : "messages: `tool_use` ids were found without `tool_result` blocks immediately after";
}

function pastThinkingFault(body: JsonMembers, messages: readonly Message[], given: GivenThinking | undefined): string | undefined {
  for (const [index, { role, blocks }] of messages.entries()) {
    for (const [at, block] of blocks.entries()) {
      if (block.type !== "thinking") continue;
      if (role !== "assistant") return `messages.${index}.content.${at}: thinking blocks can only be in \`assistant\` messages`;
      const signature = wordsOf(block["signature"]);
      if (given !== undefined && given.get(signature) !== block["thinking"]) {
        return `messages.${index}.content.${at}: Invalid \`signature\` in \`thinking\` block`;
      }
    }
  }
  const thinking = body["thinking"];
  const opening = isObject(thinking) && thinking["type"] === "enabled" ? openingOf(messages) : undefined;
  const [first] = opening?.blocks ?? [];
  return first === undefined || first.type === "thinking" || first.type === "redacted_thinking"
    ? undefined
    : `messages.${messages.indexOf(opening as Message)}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first.type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`;
}

/** The message with which the assistant began what it is still at. */
function openingOf(messages: readonly Message[]): Message | undefined {
  const start = messages.findLastIndex(({ role, blocks }) => role === "user" && blocks.every(({ type }) => type !== "tool_result"));
  return messages.slice(start + 1).find(({ role }) => role === "assistant");
}

function cacheFault(body: JsonMembers, messages: readonly Message[]): string | undefined {
  const system = Array.isArray(body["system"]) ? (body["system"] as readonly JsonMembers[]) : [];
  const all = [...((body["tools"] ?? []) as readonly JsonMembers[]), ...system, ...messages.flatMap(({ blocks }) => blocks)];
  const marks = all.filter(({ cache_control: mark }) => mark !== undefined).length;
  return marks > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : undefined;
}
