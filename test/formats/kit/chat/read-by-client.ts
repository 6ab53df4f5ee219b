import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";
import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import { Stream } from "openai/streaming";
import type { StreamEvent } from "../../../../src/core/provider.ts";

/** What OpenAI's own client makes of a stream. */
export function readByClient(events: readonly StreamEvent[]): Promise<ChatCompletion> {
  const body = new Response(Buffer.concat(events.map(({ bytes }) => bytes)));
  const chunks = Stream.fromSSEResponse<ChatCompletionChunk>(body, new AbortController());
  return ChatCompletionStream.fromReadableStream(chunks.toReadableStream()).finalChatCompletion();
}
