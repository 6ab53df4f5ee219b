import { createHash } from "node:crypto";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonMember, JsonText } from "../../../lib/json/json-text.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";

/** What a host does not take in messages. */
export interface MessageQuirks {
  /** Whether it refuses members that OpenAI's API does not have: `cache_control`, `reasoning_content`. Omit it for no. */
  readonly strictMessages?: boolean | undefined;
  /** Whether it takes ids of tool calls of nine letters and digits alone. Omit it for no. */
  readonly shortToolIds?: boolean | undefined;
}

/** What stands behind an underscore in the names that are looked for: every text that has none of these goes out as it came. */
const always = ["_blocks", "_specific_fields", "__thought__"];
const whereStrict = ["_control", "_content"];
const whereShort = ["_calls", "_call_id"];
/** No name is longer: pieces of a text are looked through with so much of their neighbours. */
const longestName = 24;

const underscore = 0x5f;
/** What separates a call's id from Gemini's proof of the thinking behind it. */
const proofMark = "__thought__";
const shortId = /^[a-zA-Z0-9]{9}$/;

/**
 * Takes out of a request's messages what LiteLLM's callers send back of other providers' answers, and no host of OpenAI's format knows:
 * `thinking_blocks`, `provider_specific_fields`, proofs within the ids of tool calls, and what a strict host refuses.
 */
export class PlainMessages {
  /** One for all deployments at hosts that take the same. */
  static readonly #shared = new Map<string, PlainMessages>();
  readonly #rules: MessageQuirks;
  readonly #names: readonly Buffer[];
  /** 1 for the bytes that the names have behind the underscore. */
  readonly #seconds = new Uint8Array(256);

  static for({ strictMessages = false, shortToolIds = false }: MessageQuirks): PlainMessages {
    const key = `${strictMessages} ${shortToolIds}`;
    const known = PlainMessages.#shared.get(key) ?? new PlainMessages({ strictMessages, shortToolIds });
    PlainMessages.#shared.set(key, known);
    return known;
  }

  private constructor(rules: MessageQuirks) {
    this.#rules = rules;
    const names = [...always, ...(rules.strictMessages === true ? whereStrict : []), ...(rules.shortToolIds === true ? whereShort : [])];
    this.#names = names.map((name) => Buffer.from(name));
    for (const name of this.#names) this.#seconds[name[1] ?? 0] = 1;
  }

  /** @param body OpenAI's JSON. @returns The text itself where it holds nothing of that: it is not parsed to find out. */
  of(body: JsonText): JsonText {
    if (!this.#mayHold(body)) return body;
    const set = new Map<string, Buffer>();
    for (const member of body.members) {
      if (member.key !== "messages" && member.key !== "tools") continue;
      const value = valueOf(body, member);
      const plain = member.key === "tools" ? this.#tools(value) : this.#messages(value);
      if (plain !== value) set.set(member.key, Buffer.from(JSON.stringify(plain)));
    }
    if (set.size === 0) return body;
    const bytes = Buffer.concat(spliceObject(body, { set }));
    return { bytes, members: scanMembers(bytes) };
  }

  #mayHold(body: JsonText): boolean {
    const { pieces } = body;
    if (pieces === undefined) return this.#isIn(body.bytes);
    return pieces.some((piece, index) => {
      const next = pieces[index + 1];
      if (this.#isIn(piece)) return true;
      return next !== undefined && this.#isIn(Buffer.concat([piece.subarray(-longestName), next.subarray(0, longestName)]));
    });
  }

  #isIn(bytes: Buffer): boolean {
    const seconds = this.#seconds;
    for (let at = bytes.indexOf(underscore); at !== -1; at = bytes.indexOf(underscore, at + 1)) {
      if (seconds[bytes[at + 1] ?? 0] === 1 && this.#isNameAt(bytes, at)) return true;
    }
    return false;
  }

  #isNameAt(bytes: Buffer, at: number): boolean {
    return this.#names.some((name) => name.every((byte, index) => byte === bytes[at + index]));
  }

  #tools(tools: JsonValue): JsonValue {
    if (this.#rules.strictMessages !== true) return tools;
    return mapped(tools, (tool) => {
      const bare = without(tool, ["cache_control"]);
      const definition = bare["function"];
      if (!isMembers(definition)) return bare;
      const plain = without(definition, ["cache_control"]);
      return plain === definition ? bare : { ...bare, function: plain };
    });
  }

  #messages(messages: JsonValue): JsonValue {
    const foreign = ["thinking_blocks", "provider_specific_fields"];
    const names = this.#rules.strictMessages === true ? [...foreign, "cache_control", "reasoning_content"] : foreign;
    return mapped(messages, (message) => {
      let plain = without(message, names);
      const { content, tool_calls: calls, tool_call_id: id } = plain;
      const parts = this.#parts(content ?? null);
      if (content !== undefined && parts !== content) plain = { ...plain, content: parts };
      const plainCalls = mapped(calls ?? null, (call) => this.#call(call));
      if (calls !== undefined && plainCalls !== calls) plain = { ...plain, tool_calls: plainCalls };
      const plainId = typeof id === "string" ? this.#id(id) : id;
      return plainId === undefined || plainId === id ? plain : { ...plain, tool_call_id: plainId };
    });
  }

  /** Thinking among the parts of a content is another provider's too. */
  #parts(content: JsonValue): JsonValue {
    if (!Array.isArray(content)) return content;
    const parts = content as readonly JsonValue[];
    const own = parts.some(isThinkingPart) ? parts.filter((part) => !isThinkingPart(part)) : parts;
    return this.#rules.strictMessages === true ? mapped(own, (part) => without(part, ["cache_control"])) : own;
  }

  #call(call: JsonMembers): JsonMembers {
    let plain = without(
      call,
      this.#rules.strictMessages === true ? ["provider_specific_fields", "cache_control"] : ["provider_specific_fields"],
    );
    const { id, function: definition } = plain;
    const bare = isMembers(definition) ? without(definition, ["provider_specific_fields"]) : definition;
    if (bare !== undefined && bare !== definition) plain = { ...plain, function: bare };
    const plainId = typeof id === "string" ? this.#id(id) : id;
    return plainId === undefined || plainId === id ? plain : { ...plain, id: plainId };
  }

  #id(id: string): string {
    const at = id.indexOf(proofMark);
    const bare = at < 0 ? id : id.slice(0, at);
    if (this.#rules.shortToolIds !== true || shortId.test(bare)) return bare;
    // The same for the call and its result.
    return createHash("sha256").update(bare).digest("hex").slice(0, 9);
  }
}

function isThinkingPart(part: JsonValue): boolean {
  return isMembers(part) && (part["type"] === "thinking" || part["type"] === "redacted_thinking");
}

function isMembers(value: JsonValue | undefined): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns The members themselves where they have none of these names. */
function without(members: JsonMembers, names: readonly string[]): JsonMembers {
  if (!names.some((name) => Object.hasOwn(members, name))) return members;
  return Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)));
}

/** @returns The list itself where nothing in it changes. What is no list of objects is the host's to judge. */
function mapped(list: JsonValue, change: (item: JsonMembers) => JsonMembers): JsonValue {
  if (!Array.isArray(list)) return list;
  const items = list as readonly JsonValue[];
  const changed = items.map((item) => (isMembers(item) ? change(item) : item));
  return changed.some((item, index) => item !== items[index]) ? changed : list;
}

function valueOf({ bytes }: JsonText, { valueStart, valueEnd }: JsonMember): JsonValue {
  return parseExact(bytes.toString("utf8", valueStart, valueEnd)) as JsonValue;
}
