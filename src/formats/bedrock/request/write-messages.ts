import type { RouterError } from "../../../core/errors.ts";
import type { JsonMembers } from "../../../core/provider.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";
import type { CacheMark, MediaPart, Part, TextPart, ThinkingPart, ToolResultPart, ToolUsePart, Turn } from "../../kit/chat/conversation.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import type { ModelAbilities } from "../models/model-abilities.ts";
import { LegalIds } from "./legal-ids.ts";
import { MediaWriter } from "./write-media.ts";
import { append } from "../../kit/append.ts";

/** What a conversation's parts are written by. */
export interface ConverseRules {
  readonly target: ChatTarget;
  readonly names: ToolNames;
  readonly model: ModelAbilities;
  /** Whether the request has tools. Without them Converse takes no calls of tools in a chat either, so that these are told as text. */
  readonly hasTools: boolean;
}

interface Message {
  readonly role: "user" | "assistant";
  readonly content: JsonMembers[];
}

/**
 * Writes a conversation's turns as Converse's `messages`, which alternate. Instructions in mid-conversation are the user's words.
 * @throws RouterError where nothing is left of what the user said first or last.
 */
export function writeConverseMessages(turns: readonly Turn[], rules: ConverseRules): JsonMembers[] {
  const writer = new PartWriter(rules);
  const messages: Message[] = [];
  for (const turn of turns) {
    const role = turn.role === "assistant" ? "assistant" : "user";
    const content = turn.parts.flatMap((part) => writer.write(part));
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === role) append(last.content, content);
    else messages.push({ role, content });
  }
  const [opening] = turns;
  const closing = turns.at(-1);
  if (opening !== undefined && messages[0]?.role !== "user") throw blankTurn(opening, rules);
  if (closing !== undefined && closing.role !== "assistant" && messages.at(-1)?.role === "assistant") throw blankTurn(closing, rules);
  return messages.map(({ role, content }) => ({ role, content: rules.hasTools ? resultsFirst(content) : content }));
}

function blankTurn({ path }: Turn, { target }: ConverseRules): RouterError {
  return cannotTake(target, path, ": it takes no text of nothing but space");
}

/** Writes instructions as Converse's `system`. */
export function writeSystem(parts: readonly TextPart[], model: ModelAbilities): JsonMembers[] {
  return parts.flatMap((part) => writeText(part, model));
}

/** A mark of the cache, which stands behind what is worth caching, where the model takes one. */
export function cachePoint(cache: CacheMark | undefined, { takesCachePoints, keepsCacheLong }: ModelAbilities): readonly JsonMembers[] {
  if (cache === undefined || !takesCachePoints) return [];
  return [{ cachePoint: { type: "default", ...(cache["ttl"] === "1h" && keepsCacheLong ? { ttl: "1h" } : {}) } }];
}

/** Results of tools come first in what the user says, also where an instruction stood before them. Each block keeps its mark of the cache. */
function resultsFirst(content: readonly JsonMembers[]): readonly JsonMembers[] {
  const groups: JsonMembers[][] = [];
  for (const block of content) {
    const open = groups.at(-1);
    if ("cachePoint" in block && open !== undefined) open.push(block);
    else groups.push([block]);
  }
  return [...groups.filter(isResult), ...groups.filter((group) => !isResult(group))].flat();
}

function isResult([head]: readonly JsonMembers[]): boolean {
  return head !== undefined && "toolResult" in head;
}

/** Bedrock refuses texts without a character that can be seen. */
function writeText({ text, cache }: TextPart, model: ModelAbilities): readonly JsonMembers[] {
  return text.trim() === "" ? [] : [{ text }, ...cachePoint(cache, model)];
}

/** Writes the parts of one request. */
class PartWriter {
  readonly #rules: ConverseRules;
  readonly #media: MediaWriter;
  readonly #ids = new LegalIds();
  /** The calls that were answered: a second answer to one is refused. */
  readonly #answered = new Set<string>();

  constructor(rules: ConverseRules) {
    this.#rules = rules;
    this.#media = new MediaWriter(rules.target, rules.model);
  }

  write(part: Part): readonly JsonMembers[] {
    const { model } = this.#rules;
    switch (part.kind) {
      case "text":
        return writeText(part, model);
      case "thinking":
        return this.#thinking(part);
      case "tool_use":
        return [this.#toolUse(part), ...cachePoint(part.cache, model)];
      case "tool_result":
        return this.#toolResult(part);
      default:
        return [this.#media.write(part), ...cachePoint(part.cache, model)];
    }
  }

  /** Only Claude takes its thinking back, with the proof that it is its own. */
  #thinking({ text, signature, redacted }: ThinkingPart): readonly JsonMembers[] {
    if (this.#rules.model.claude === undefined) return [];
    if (redacted !== undefined) return [{ reasoningContent: { redactedContent: redacted } }];
    return signature === undefined ? [] : [{ reasoningContent: { reasoningText: { text, signature } } }];
  }

  #toolUse({ id, name, input }: ToolUsePart): JsonMembers {
    if (!this.#rules.hasTools) return { text: `[Called the tool ${name} with ${JSON.stringify(input)}]` };
    return { toolUse: { toolUseId: this.#ids.of(id), name: this.#rules.names.legal(name), input } };
  }

  #toolResult({ id, name, content, isError, cache }: ToolResultPart): readonly JsonMembers[] {
    if (this.#answered.has(id)) return [];
    this.#answered.add(id);
    const marks = cachePoint(cache, this.#rules.model);
    const blocks = content.flatMap((part) => this.#resultPart(part));
    if (this.#rules.hasTools) {
      const status = isError === true && this.#rules.model.claude !== undefined ? { status: "error" } : {};
      const beside = this.#rules.model.takesResultImages ? [] : blocks.filter((block) => "image" in block);
      const kept = beside.length === 0 ? blocks : blocks.filter((block) => !("image" in block));
      const told = kept.length === 0 && beside.length > 0 ? [{ text: "[See the image beside this.]" }] : kept;
      return [{ toolResult: { toolUseId: this.#ids.of(id), content: told, ...status } }, ...marks, ...beside];
    }
    return [{ text: `[Result of the tool ${name ?? id}:]` }, ...blocks, ...marks];
  }

  #resultPart(part: TextPart | MediaPart): readonly JsonMembers[] {
    return part.kind === "text" ? writeText(part, this.#rules.model) : [this.#media.write(part)];
  }
}
