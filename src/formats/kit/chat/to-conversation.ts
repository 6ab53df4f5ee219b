import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { RouterError } from "../../../core/errors.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { CallIds } from "./call-ids.ts";
import { isMembers, chatList, chatMembers, chatText, refuse } from "./chat-fields.ts";
import type { Conversation, MediaPart, Part, TextPart, ThinkingPart, ToolResultPart, ToolUsePart, Turn } from "./conversation.ts";
import { readMedia } from "./read-media.ts";
import { append } from "../append.ts";

/**
 * Makes a conversation of OpenAI's messages: messages of the same side that follow each other become one turn, results of tools go before
 * what the user says, and texts without a character are left out. So are the `name` of who speaks, the `annotations` of an answer, and
 * reasoning without blocks, which no provider takes back.
 * @throws RouterError `invalid_request` that names the message at fault.
 */
export function toConversation(messages: readonly JsonValue[]): Conversation {
  const system: TextPart[] = [];
  const turns: { role: Turn["role"]; parts: Part[]; path: string }[] = [];
  const ids = new CallIds();
  let hasBegun = false;
  for (const [index, value] of messages.entries()) {
    const path = `messages[${index}]`;
    const message = chatMembers(value, path) ?? refuse(path, "an object");
    const role = chatText(message["role"], `${path}.role`);
    if (role === "system" || role === "developer") {
      const parts = textsOnly(readContent(message, path), path);
      if (!hasBegun) append(system, parts);
      else if (parts.length > 0) turns.push({ role: "system", parts, path });
      continue;
    }
    hasBegun = true;
    const side = role === "assistant" ? "assistant" : "user";
    const parts = partsOf(role, message, path, ids);
    const last = turns.at(-1);
    if (last?.role === side) append(last.parts, parts);
    else if (parts.length > 0) turns.push({ role: side, parts, path });
  }
  return { system, turns: paired(turns).map((turn) => ({ ...turn, parts: inOrder(turn.role, turn.parts) })) };
}

/**
 * Puts the results of calls right behind the calls, where every provider wants them: instructions that callers put in between come after them.
 * What the user says stays where it is.
 */
function paired(turns: readonly Turn[]): readonly Turn[] {
  if (!hasLateResults(turns)) return turns;
  const kept: Turn[] = [];
  for (let at = 0; at < turns.length;) {
    let end = at;
    while (end < turns.length && turns[end]?.role !== "assistant") end++;
    const between = turns.slice(at, end);
    const results = between.flatMap(({ parts }) => parts.filter(isResult));
    const others = between.map((turn) => ({ ...turn, parts: turn.parts.filter((part) => !isResult(part)) }));
    const [first, ...rest] = others.filter(({ parts }) => parts.length > 0);
    if (results.length === 0) append(kept, between);
    else {
      if (first?.role === "user") kept.push({ ...first, parts: [...results, ...first.parts] });
      else kept.push({ role: "user", parts: results, path: between[0]?.path ?? "messages" }, ...(first === undefined ? [] : [first]));
      append(kept, rest);
    }
    const assistant = turns[end];
    if (assistant !== undefined) kept.push(assistant);
    at = end + 1;
  }
  return kept;
}

/** Whether results of tools come behind an instruction, before the assistant speaks again. */
function hasLateResults(turns: readonly Turn[]): boolean {
  let isBehind = false;
  for (const { role, parts } of turns) {
    if (role === "system") isBehind = true;
    else if (role === "assistant") isBehind = false;
    else if (isBehind && parts.some(isResult)) return true;
  }
  return false;
}

function partsOf(role: string | undefined, message: JsonMembers, path: string, ids: CallIds): Part[] {
  switch (role) {
    case "user":
      return readContent(message, path);
    case "assistant":
      return assistantParts(message, path, ids);
    case "tool":
    case "function":
      return [toolResult(message, path, ids)];
    default:
      return refuse(`${path}.role`, "system, developer, user, assistant or tool");
  }
}

const isResult = ({ kind }: Part): boolean => kind === "tool_result";

/** Providers want results of tools first in a user's turn. An assistant's turn stays in the order of its messages. */
function inOrder(role: Turn["role"], parts: readonly Part[]): readonly Part[] {
  if (role !== "user") return parts;
  return [...parts.filter(isResult), ...parts.filter((part) => !isResult(part))];
}

/** The parts of `content`, which is a text or a list. */
function readContent(message: JsonMembers, path: string): (TextPart | MediaPart)[] {
  const { content } = message;
  if (content === undefined || content === null) return [];
  const own = chatMembers(message["cache_control"], `${path}.cache_control`);
  if (typeof content === "string") return content === "" ? [] : [textPart(content, own)];
  const parts: (TextPart | MediaPart)[] = [];
  for (const [index, value] of chatList(content, `${path}.content`).entries()) {
    const part = readPart(value, `${path}.content[${index}]`);
    if (part !== undefined) parts.push(part);
  }
  const last = parts.at(-1);
  if (own !== undefined && last !== undefined && last.cache === undefined) parts[parts.length - 1] = { ...last, cache: own };
  return parts;
}

function readPart(value: JsonValue, path: string): TextPart | MediaPart | undefined {
  if (typeof value === "string") return value === "" ? undefined : textPart(value, undefined);
  const part = chatMembers(value, path) ?? refuse(path, "an object");
  const type = chatText(part["type"], `${path}.type`);
  const cache = chatMembers(part["cache_control"], `${path}.cache_control`);
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
    case "refusal": {
      const text = chatText(part["text"] ?? part["refusal"], `${path}.text`) ?? "";
      return text === "" ? undefined : textPart(text, cache);
    }
    default:
      return readMedia(part, type, path, cache);
  }
}

function textPart(text: string, cache: JsonMembers | undefined): TextPart {
  return cache === undefined ? { kind: "text", text } : { kind: "text", text, cache };
}

function textsOnly(parts: readonly (TextPart | MediaPart)[], path: string): TextPart[] {
  return parts.map((part) => (part.kind === "text" ? part : refuse(`${path}.content`, "text, as all instructions are")));
}

function assistantParts(message: JsonMembers, path: string, ids: CallIds): Part[] {
  const parts: Part[] = thinkingParts(message, path);
  append(parts, readContent(withoutThinking(message), path));
  if (isMembers(message["audio"]) && parts.length === 0) {
    const words = "the sound of an earlier answer is known to the provider that made it alone. Send its transcript as content.";
    throw new RouterError("cannot_serve_this", `${path}.audio cannot be sent: ${words}`, { param: `${path}.audio` });
  }
  const refusal = message["refusal"];
  if (typeof refusal === "string" && refusal !== "") parts.push(textPart(refusal, undefined));
  const calls = chatList(message["tool_calls"], `${path}.tool_calls`);
  const given = new Set<string>();
  for (const [index, value] of calls.entries()) {
    const read = toolUse(value, `${path}.tool_calls[${index}]`);
    const isKnown = given.has(read.id);
    // A call that is given twice is refused by all providers.
    if (isKnown && isNamed(value)) continue;
    const own = isKnown ? `${read.id}_${index}` : read.id;
    given.add(own);
    parts.push({ ...read, id: ids.ofCall(own, read.name) });
  }
  const signed = signedText(parts, message, path);
  if (signed !== undefined) parts[signed.at] = signed.part;
  const old = chatMembers(message["function_call"], `${path}.function_call`);
  if (old !== undefined) {
    const name = chatText(old["name"], `${path}.function_call.name`) ?? "";
    parts.push({ kind: "tool_use", id: ids.ofCall(`call_${name}`, name), name, input: readArguments(old["arguments"]) });
  }
  return parts;
}

/**
 * The text that a message's own signatures are of: what is left of them without those of its calls. One of a call must not be sent twice, since
 * Gemini would count its thinking again. So where calls have lost theirs, none is taken for the text's.
 */
function signedText(
  parts: readonly Part[],
  message: JsonMembers,
  path: string,
): { readonly at: number; readonly part: TextPart } | undefined {
  const specific = chatMembers(message["provider_specific_fields"], `${path}.provider_specific_fields`);
  const calls = parts.filter((part) => part.kind === "tool_use");
  const ofCalls = new Set<JsonValue | undefined>(calls.map((call) => call.signature));
  if (calls.length > 0 && calls.every((call) => call.signature === undefined)) return undefined;
  const all = chatList(specific?.["thought_signatures"], `${path}.provider_specific_fields.thought_signatures`);
  const signature = all.findLast((one) => !ofCalls.has(one));
  const at = parts.findLastIndex(({ kind }) => kind === "text");
  const part = parts[at];
  if (typeof signature !== "string" || part?.kind !== "text") return undefined;
  return { at, part: { ...part, signature } };
}

const isThinking = (part: JsonValue): part is JsonMembers =>
  isMembers(part) && (part["type"] === "thinking" || part["type"] === "redacted_thinking");

/** Thinking may stand among the parts of the content as well. */
function withoutThinking(message: JsonMembers): JsonMembers {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  const parts = content as readonly JsonValue[];
  return parts.some(isThinking) ? { ...message, content: parts.filter((part) => !isThinking(part)) } : message;
}

/** What LiteLLM keeps of the thinking of Claude and of others. Reasoning without blocks is not sent back: no provider takes it as its own. */
function thinkingParts(message: JsonMembers, path: string): ThinkingPart[] {
  const parts: ThinkingPart[] = [];
  const { content } = message;
  const inContent = Array.isArray(content) ? (content as readonly JsonValue[]).filter(isThinking) : [];
  const blocks = chatList(message["thinking_blocks"], `${path}.thinking_blocks`);
  for (const [index, value] of (blocks.length === 0 ? inContent : blocks).entries()) {
    const block = chatMembers(value, `${path}.thinking_blocks[${index}]`) ?? {};
    const signature = typeof block["signature"] === "string" && block["signature"] !== "" ? block["signature"] : undefined;
    if (block["type"] === "redacted_thinking") {
      const redacted = chatText(block["data"], `${path}.thinking_blocks[${index}].data`) ?? "";
      parts.push({ kind: "thinking", text: "", signature, redacted });
    } else {
      const text = typeof block["thinking"] === "string" ? block["thinking"] : "";
      // Callers may send the pieces of a stream as they came: those of a text, and after them the signature by itself.
      const pieces = text === "" && signature !== undefined ? piecesBefore(parts) : [];
      parts.length -= pieces.length;
      parts.push({ kind: "thinking", text: pieces.map((piece) => piece.text).join("") + text, signature });
    }
  }
  return parts;
}

/** The unsigned texts at the end of what was read. */
function piecesBefore(parts: readonly ThinkingPart[]): readonly ThinkingPart[] {
  const begin = parts.findLastIndex(({ signature, redacted }) => signature !== undefined || redacted !== undefined);
  return parts.slice(begin + 1);
}

/** What separates a call's id from Gemini's proof of the thinking behind it. */
const signatureMark = "__thought__";

/** A call's id by itself, and Gemini's proof in it. */
function splitId(text: string): readonly [id: string, signature: string | undefined] {
  const at = text.indexOf(signatureMark);
  if (at < 0) return [text, undefined];
  const signature = text.slice(at + signatureMark.length);
  return [text.slice(0, at), signature === "" ? undefined : signature];
}

/** Whether a call has an id of its own. */
function isNamed(call: JsonValue): boolean {
  return isMembers(call) && typeof call["id"] === "string" && call["id"] !== "";
}

function toolUse(value: JsonValue, path: string): ToolUsePart {
  const call = chatMembers(value, path) ?? refuse(path, "an object");
  const definition = chatMembers(call["function"] ?? call["custom"], `${path}.function`) ?? {};
  const name = chatText(definition["name"], `${path}.function.name`) ?? "";
  if (name === "") refuse(`${path}.function.name`, "a text");
  const given = chatText(call["id"], `${path}.id`) ?? "";
  const [id, inId] = splitId(given === "" ? `call_${name}` : given);
  const specific = chatMembers(
    call["provider_specific_fields"] ?? definition["provider_specific_fields"],
    `${path}.provider_specific_fields`,
  );
  const told = specific?.["thought_signature"];
  // The input of OpenAI's custom tools is a text of any form.
  const freeText = isMembers(call["custom"]) ? definition["input"] : undefined;
  const signature = typeof told === "string" ? told : inId;
  const cache = chatMembers(call["cache_control"], `${path}.cache_control`);
  return {
    kind: "tool_use",
    id,
    name,
    input: typeof freeText === "string" ? { input: freeText } : readArguments(definition["arguments"] ?? definition["input"]),
    ...(signature === undefined ? {} : { signature }),
    ...(cache === undefined ? {} : { cache }),
  };
}

const noArguments: JsonMembers = {};

/** Models write arguments, so they may be no JSON; then a provider gets none rather than refusing the chat for good. */
function readArguments(value: JsonValue | undefined): JsonMembers {
  if (isMembers(value)) return value;
  if (typeof value !== "string" || value.trim() === "") return noArguments;
  try {
    const input = parseExact(value) as JsonValue;
    return isMembers(input) ? input : noArguments;
  } catch {
    return noArguments;
  }
}

function toolResult(message: JsonMembers, path: string, ids: CallIds): ToolResultPart {
  const given = chatText(message["name"], `${path}.name`);
  const told = chatText(message["tool_call_id"], `${path}.tool_call_id`) ?? "";
  const id = ids.ofResult(splitId(told === "" ? `call_${given ?? ""}` : told)[0]);
  const content = readContent(message, path);
  const specific = message["provider_specific_fields"];
  const marked = content.findLast((part) => part.cache !== undefined)?.cache;
  return {
    kind: "tool_result",
    id,
    name: ids.nameOf(id) ?? given,
    content: content.map(({ cache: _cache, ...part }) => part),
    ...(isMembers(specific) && specific["is_error"] === true ? { isError: true } : {}),
    ...(marked === undefined ? {} : { cache: marked }),
  };
}
