import type { HostBehaviour } from "../../support/faulty-host.ts";
import { chatChunk, chatEvents, sse } from "../../support/openai-replies.ts";
import type { Mode } from "./dimensions.ts";

/** What the deployment says that is asked first, as far as it gets. */
export const firstWords = ["Ring", " one", " line", " first."];
/** What the one says that steps in: not a word in common, so that a mixture shows. */
export const spareWords = ["Another", " picks", " up."];
/** What each whole answer reports as used, prompt and output together. */
export const usedTokens = 13;

/** 40 MB of text, in the pieces in which it is streamed. */
const longPiece = "0123456789abcdef".repeat(4_096);
const longPieces = 640;
export const longText = longPiece.repeat(longPieces);

/** A whole answer. @param gapMs Before each piece of a stream; a unary reply takes as long in one. */
export function healthy(words: readonly string[], mode: Mode, gapMs = 0): HostBehaviour {
  const pieces = wholeStream(words);
  if (mode === "stream") return { kind: "stream", pieces, gapMs };
  return { kind: "answer", body: completion(words.join("")), afterMs: gapMs * pieces.length };
}

/** The events of a stream with its usage, to the last. */
export function wholeStream(words: readonly string[]): string[] {
  return chatEvents(words, true);
}

/** A whole unary reply. */
export function completion(content: string): string {
  return JSON.stringify({
    id: "reply-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "host-model",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: usedTokens },
  });
}

/** The beginning of a stream: the role, and so many words. */
export function begun(words: number): string[] {
  return [roleEvent, ...firstWords.slice(0, words).map((content) => sse(chatChunk({ content })))];
}

/** Names the role and says nothing. */
export const roleEvent = sse(chatChunk({ role: "assistant", content: "" }));

/** A long stream, made while it is sent. */
export const longStream: Iterable<string> = {
  *[Symbol.iterator]() {
    const [role = "", word = "", ...end] = wholeStream([longPiece]);
    yield role;
    for (let piece = 0; piece < longPieces; piece++) yield word;
    yield* end;
  },
};

/** A refusal as OpenAI's API writes it. */
export function refusal(status: number, headers: Readonly<Record<string, string>> = {}): HostBehaviour {
  const error = { message: `The host says ${status}.`, type: null, param: null, code: null };
  return { kind: "answer", status, headers, body: JSON.stringify({ error }) };
}
