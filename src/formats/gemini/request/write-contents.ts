import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { RouterError } from "../../../core/errors.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import type { MediaPart, Part, TextPart, ToolResultPart, ToolUsePart, Turn } from "../../kit/chat/conversation.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import type { GeminiHost } from "./gemini-host.ts";
import type { GeminiModel } from "./gemini-model.ts";
import { writeMedia } from "./write-media.ts";
import { append } from "../../kit/append.ts";

/** What a conversation's parts are written by. */
export interface ContentRules {
  readonly target: ChatTarget;
  readonly host: GeminiHost;
  readonly model: GeminiModel;
  readonly names: ToolNames;
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: JsonMembers[];
}

/** What Google takes in place of a proof, for calls that another provider's model made: base64 of `skip_thought_signature_validator`. */
const unknownSignature = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";
const blank = { text: " " };

/**
 * Writes a conversation's turns as Gemini's `contents`, which alternate and begin with the user's.
 * @param turns Without instructions: those have a place of their own.
 * @throws RouterError that names a result of a tool whose call is missing.
 */
export function writeContents(turns: readonly Turn[], rules: ContentRules): JsonMembers[] {
  const contents: Content[] = [];
  /** The calls of the model's last turn. */
  let calls: readonly ToolUsePart[] = [];
  for (const turn of turns) {
    const isModel = turn.role === "assistant";
    const parts = isModel ? modelParts(turn.parts, rules) : userParts(turn, calls, rules);
    if (isModel) calls = turn.parts.filter((part) => part.kind === "tool_use");
    if (parts.length === 0) continue;
    const role = isModel ? "model" : "user";
    const last = contents.at(-1);
    if (last?.role === role) append(last.parts, parts);
    else contents.push({ role, parts });
  }
  if (contents[0]?.role !== "user") contents.unshift({ role: "user", parts: [blank] });
  return contents.map(({ role, parts }) => ({ role, parts }));
}

function modelParts(parts: readonly Part[], rules: ContentRules): JsonMembers[] {
  const written: JsonMembers[] = [];
  let hasCall = false;
  for (const part of parts) {
    switch (part.kind) {
      case "text":
        written.push(part.signature === undefined ? { text: part.text } : { text: part.text, thoughtSignature: part.signature });
        break;
      case "thinking":
        // What is signed is of another provider: Gemini signs answers and calls.
        if (part.signature === undefined && part.redacted === undefined && part.text !== "")
          written.push({ text: part.text, thought: true });
        break;
      case "tool_use":
        written.push(callPart(part, !hasCall, rules));
        hasCall = true;
        break;
      case "tool_result":
        break;
      default:
        written.push(writeMedia(part, rules.target, rules.host));
    }
  }
  return written;
}

/** @param isFirst Of several calls at once, the first one carries the proof. */
function callPart({ id, name, input, signature }: ToolUsePart, isFirst: boolean, { model, names }: ContentRules): JsonMembers {
  const proof = signature ?? (model.hasCallIds && isFirst ? unknownSignature : undefined);
  return {
    functionCall: { ...(model.hasCallIds ? { id } : {}), name: names.legal(name), args: input },
    ...(proof === undefined ? {} : { thoughtSignature: proof }),
  };
}

function userParts({ parts, path }: Turn, calls: readonly ToolUsePart[], rules: ContentRules): JsonMembers[] {
  const results = parts.filter((part) => part.kind === "tool_result");
  const beside: MediaPart[] = [];
  const written = results.length === 0 ? [] : resultParts(results, path, { calls, beside }, rules);
  for (const part of beside) written.push(mediaPart(part, rules));
  let hasText = results.length > 0;
  for (const part of parts) {
    if (part.kind === "text") {
      hasText = true;
      written.push({ text: part.text });
    } else if (isMedia(part)) written.push(mediaPart(part, rules));
  }
  // Media without a word beside them are refused.
  if (!hasText) written.push(blank);
  return written;
}

interface Calls {
  /** Those that are answered. */
  readonly calls: readonly ToolUsePart[];
  /** Gets what results hold that must stand beside them. */
  readonly beside: MediaPart[];
}

/** Results of tools, in the order of their calls: older models know them by their place. */
function resultParts(results: readonly ToolResultPart[], path: string, { calls, beside }: Calls, rules: ContentRules): JsonMembers[] {
  const place = new Map(calls.map(({ id }, index) => [id, index]));
  for (const { id } of results) {
    if (place.has(id)) continue;
    const message = `${path} answers a call (${id.slice(0, 128)}) that the assistant's message before it does not make.`;
    throw new RouterError("invalid_request", message, { param: path });
  }
  const inOrder = results.toSorted((one, other) => (place.get(one.id) ?? 0) - (place.get(other.id) ?? 0));
  return inOrder.map((result) => resultPart(result, calls[place.get(result.id) ?? 0], beside, rules));
}

function mediaPart(part: MediaPart, { target, host }: ContentRules): JsonMembers {
  return writeMedia(part, target, host);
}

function isMedia(part: Part): part is MediaPart {
  return part.kind === "image" || part.kind === "document" || part.kind === "audio" || part.kind === "video";
}

/** @param beside Gets what a result holds that must stand beside it. */
function resultPart(result: ToolResultPart, call: ToolUsePart | undefined, beside: MediaPart[], rules: ContentRules): JsonMembers {
  const { model, names, target, host } = rules;
  const media = result.content.filter((part) => part.kind !== "text");
  const texts = result.content.filter((part) => part.kind === "text");
  const inside = model.hasCallIds ? media.filter(({ source }) => source.kind === "data") : [];
  append(
    beside,
    media.filter((part) => !inside.includes(part)),
  );
  return {
    functionResponse: {
      ...(model.hasCallIds ? { id: result.id } : {}),
      name: names.legal(call?.name ?? result.name ?? ""),
      response: responseOf(texts),
      ...(inside.length === 0 ? {} : { parts: inside.map((part) => writeMedia(part, target, host)) }),
    },
  };
}

/** A result that is a JSON object is given as it is, any other as `content`. */
function responseOf(texts: readonly TextPart[]): JsonMembers {
  const text = texts.map((part) => part.text).join("\n");
  if (text.trimStart().startsWith("{")) {
    try {
      const value = parseExact(text) as JsonValue;
      if (isMembers(value)) return value;
    } catch {
      // It only looks like one.
    }
  }
  return { content: text };
}
