import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { type ReplyChoice, type ReplyToolCall, writeChatReply } from "../../kit/chat/chat-reply.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import type { GeminiHost } from "../request/gemini-host.ts";
import { readContentUsage } from "../usage/read-usage.ts";
import { readAnnotations } from "./annotations.ts";
import { geminiFinish, isBroken } from "./finish-reason.ts";
import { readLogprobs } from "./logprobs.ts";
import { imageJson, isSearched, partsOf, readPart, signatureOf, sourcesOf } from "./read-part.ts";
import { nameCall, type GeminiContext, geminiContext } from "./reply-context.ts";

/** A reply that is not what it should be, as the error that the attempt fails with. */
export function brokenReply({ host: { deploymentId } }: ChatTarget, what: string): RouterError {
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId });
}

/** Why a prompt was refused before it was answered; undefined where it was not. */
export function blockReason({ promptFeedback: feedback }: JsonMembers): string | undefined {
  const reason = isMembers(feedback) ? feedback["blockReason"] : undefined;
  return typeof reason === "string" && reason !== "BLOCKED_REASON_UNSPECIFIED" ? reason : undefined;
}

/** Makes the reader of whole replies of hosts of one kind. */
export function createContentReader(
  host: GeminiHost,
): (call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget) => DecodedReply | RouterError {
  return (call, headers, body, target) => {
    const reply = parsed(body);
    if (reply?.["error"] !== undefined) return classifyInlineError(target.host, reply, call);
    const candidates = Array.isArray(reply?.["candidates"]) ? (reply["candidates"] as readonly JsonValue[]).filter(isMembers) : [];
    const blocked = reply === undefined ? undefined : blockReason(reply);
    if (reply === undefined || (candidates.length === 0 && blocked === undefined)) return brokenReply(target, "a reply without an answer");
    const usage = readContentUsage(reply["usageMetadata"], candidates.some(isSearched));
    if (candidates.length === 0) return writeChatReply(call, createdAt(headers), [refused(blocked)], usage);
    const context = geminiContext(call, host, target);
    const choices = inOrder(candidates).map((candidate, choice) => choiceOf(candidate, choice, context));
    const brokenOne = candidates.map(({ finishReason }) => finishReason).find(isBroken);
    if (brokenOne !== undefined && choices.every(isEmpty)) return brokenReply(target, `an answer that its model got wrong (${brokenOne})`);
    return writeChatReply(call, createdAt(headers), choices, usage);
  };
}

function inOrder(candidates: readonly JsonMembers[]): readonly JsonMembers[] {
  return candidates.toSorted((one, other) => placeOf(one) - placeOf(other));
}

function placeOf({ index }: JsonMembers): number {
  return typeof index === "number" ? index : 0;
}

function isEmpty({ text, reasoning, toolCalls, more }: ReplyChoice): boolean {
  return (text ?? "") === "" && (reasoning ?? "") === "" && toolCalls.length === 0 && more === undefined;
}

function refused(reason: string | undefined): ReplyChoice {
  return {
    text: undefined,
    reasoning: undefined,
    thinkingBlocks: [],
    toolCalls: [],
    refusal: undefined,
    finishReason: "content_filter",
    nativeReason: reason,
  };
}

function choiceOf(candidate: JsonMembers, choice: number, context: GeminiContext): ReplyChoice {
  const texts: string[] = [];
  const thoughts: string[] = [];
  const toolCalls: ReplyToolCall[] = [];
  const signatures: string[] = [];
  const images: JsonMembers[] = [];
  const others: JsonMembers[] = [];
  let audio: JsonMembers | undefined;
  for (const part of partsOf(candidate)) {
    const signature = signatureOf(part);
    if (signature !== undefined) signatures.push(signature);
    const read = readPart(part);
    switch (read.kind) {
      case "text":
        texts.push(read.text);
        break;
      case "thought":
        thoughts.push(read.text);
        break;
      case "call": {
        const named = nameCall(read.call, signature, { choice, index: toolCalls.length }, context);
        toolCalls.push({ ...named, arguments: JSON.stringify(read.call["args"] ?? {}) });
        break;
      }
      case "image":
        images.push(imageJson(read, images.length));
        break;
      case "audio":
        audio = { id: `audio_${context.call.id}`, data: read.data, expires_at: 0, transcript: "" };
        break;
      default:
        others.push(read.part);
    }
  }
  const text = texts.length === 0 ? undefined : texts.join("");
  const grounding = candidate["groundingMetadata"];
  const annotations = isMembers(grounding) ? readAnnotations(grounding, text ?? "") : [];
  const specific = {
    ...(signatures.length === 0 ? {} : { thought_signatures: signatures }),
    ...(others.length === 0 ? {} : { parts: others }),
    ...sourcesOf(candidate),
  };
  const more = {
    ...(images.length === 0 ? {} : { images }),
    ...(audio === undefined ? {} : { audio }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(Object.keys(specific).length === 0 ? {} : { provider_specific_fields: specific }),
  };
  const { finishReason } = candidate;
  return {
    text,
    reasoning: thoughts.length === 0 ? undefined : thoughts.join(""),
    thinkingBlocks: thoughts.map((thinking) => ({ type: "thinking", thinking })),
    toolCalls,
    refusal: undefined,
    finishReason: geminiFinish(finishReason, toolCalls.length > 0),
    more: Object.keys(more).length === 0 ? undefined : more,
    logprobs: readLogprobs(candidate["logprobsResult"]),
    nativeReason: typeof finishReason === "string" ? finishReason : undefined,
  };
}

/** Some answer with a list that holds the reply or the error. */
function parsed(body: Buffer): JsonMembers | undefined {
  try {
    const value = parseExact(body.toString()) as JsonValue;
    const only: JsonValue | undefined = Array.isArray(value) && value.length === 1 ? (value as readonly JsonValue[])[0] : value;
    return isMembers(only) ? only : undefined;
  } catch {
    return undefined;
  }
}
