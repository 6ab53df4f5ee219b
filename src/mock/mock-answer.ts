import type { MockProfile } from "./mock-profile.ts";
import { blockTokens } from "../replica/replica-spec.ts";
import { cutText } from "../lib/cut-text.ts";

/** A request as the mock reads it: OpenAI's JSON, which was not checked. */
export type MockRequest = Readonly<Record<string, unknown>>;

/** An answer before it is written as a reply or a stream. */
export interface MockAnswer {
  readonly words: readonly string[];
  readonly finishReason: "stop" | "length";
  readonly promptTokens: number;
}

/** About what real tokenizers come to in English text. */
const charactersPerToken = 4;

/**
 * Makes a mock deployment's answer: its canned response, or a sentence that names the deployment, so that a caller sees how calls are spread.
 * One word counts as one token. The caller's cap cuts the answer short. An assistant message at the end of the conversation is the beginning
 * of the answer, which goes on behind it.
 */
export function composeAnswer(profile: MockProfile, request: MockRequest): MockAnswer {
  const begun = beginningOf(request);
  const prompt = promptText(begun === undefined ? request : { ...request, messages: (request["messages"] as unknown[]).slice(0, -1) });
  const all = profile.response === undefined ? generated(profile, String(request["model"]), prompt) : splitWords(profile.response);
  const words = begun === undefined ? all : all.slice(splitWords(begun).length);
  const cap = request["max_completion_tokens"] ?? request["max_tokens"];
  const cut = typeof cap === "number" && cap > 0 && cap < words.length;
  const promptTokens = countTokens(profile.replica === undefined ? prompt : countedPrompt(profile, request));
  return { words: cut ? words.slice(0, cap) : words, finishReason: cut ? "length" : "stop", promptTokens };
}

function beginningOf(request: MockRequest): string | undefined {
  const { messages } = request;
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined;
  const isBeginning = typeof last === "object" && last !== null && "role" in last && last.role === "assistant" && "content" in last;
  return isBeginning && typeof last.content === "string" ? last.content : undefined;
}

/** An estimate of a text's tokens, at least 1. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / charactersPerToken));
}

const blockCharacters = blockTokens * charactersPerToken;

/** The whole blocks of a prompt, as `ReplicaJob.blocks`: each number depends on all of the text up to the block's end. */
export function blocksOf(prompt: string): readonly number[] {
  const blocks: number[] = [];
  let hash = 0x811c9dc5;
  for (let at = 0; at + blockCharacters <= prompt.length; at += blockCharacters) {
    for (let place = at; place < at + blockCharacters; place++) hash = Math.imul(hash ^ prompt.charCodeAt(place), 0x01000193);
    blocks.push(hash);
  }
  return blocks;
}

/** What counts as the prompt of a request: all of its messages for a replica, which has to read them, else the last one. */
export function countedPrompt({ replica }: MockProfile, request: MockRequest): string {
  const { messages } = request;
  return replica === undefined || !Array.isArray(messages) ? promptText(request) : messages.map(contentOf).join("\n");
}

/** The last message or prompt of a request, as text. */
function promptText(request: MockRequest): string {
  const { messages, prompt, input } = request;
  return contentOf(Array.isArray(messages) ? messages.at(-1) : (prompt ?? input));
}

function contentOf(message: unknown): string {
  return textOf(typeof message === "object" && message !== null && "content" in message ? message.content : message);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(textOf).join(" ");
  if (typeof value === "object" && value !== null && "text" in value) return textOf(value.text);
  return "";
}

function generated(profile: MockProfile, model: string, prompt: string): string[] {
  const said = prompt.length > 200 ? `${cutText(prompt, 200)}…` : prompt;
  const sentence = splitWords(`This is ${model} on the mock deployment ${profile.deploymentId}. You said: ${said}`);
  const { outputTokens } = profile;
  if (outputTokens === undefined) return sentence;
  return Array.from({ length: outputTokens }, (_, index) => sentence[index] ?? ` word${index + 1}`);
}

/** Each word with the white space before it, so that the words joined are the text. */
function splitWords(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text];
}
