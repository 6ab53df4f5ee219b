import type { ChatWire } from "../kit/chat/chat-adapter.ts";
import { createEmbeddingsWire } from "./embeddings/embeddings-wire.ts";
import { createContentReader } from "./reply/read-content.ts";
import type { GeminiHost } from "./request/gemini-host.ts";
import { takenByGemini } from "./request/taken-parameters.ts";
import { createContentWriter } from "./request/write-request.ts";
import { ContentDecoder } from "./stream/content-decoder.ts";

/** How chats are said in Gemini's generateContent: https://ai.google.dev/api/generate-content */
export function createContentWire(host: GeminiHost): ChatWire {
  return {
    streamType: "text/event-stream",
    taken: () => takenByGemini,
    ...createContentWriter(host),
    readReply: createContentReader(host),
    createDecoder: (call, headers, target) => new ContentDecoder(call, headers, target, host),
    embeddings: createEmbeddingsWire(host),
  };
}
