import type { Format } from "../../core/format.ts";
import { ChatAdapter, type ChatWire } from "../kit/chat/chat-adapter.ts";
import type { ChatRules } from "../kit/chat/chat-rules.ts";
import type { GeminiHost } from "./request/gemini-host.ts";
import { geminiModel } from "./request/gemini-model.ts";
import { thinkingNote } from "./request/thinking.ts";
import { createEmbeddingsWire } from "./embeddings/embeddings-wire.ts";
import { createContentReader } from "./reply/read-content.ts";
import { takenByGemini } from "./request/taken-parameters.ts";
import { createContentWriter } from "./request/write-request.ts";
import { ContentDecoder } from "./stream/content-decoder.ts";

/** What differs between the deployments that speak it. */
export interface GeminiQuirks {
  readonly rules: ChatRules;
  readonly host: GeminiHost;
  /** Whether its models go on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /** The model as the provider knows it, where it is the same for all calls. */
  readonly model: string | undefined;
}

/** Gemini's generateContent, at AI Studio and Vertex AI: https://ai.google.dev/api/generate-content */
export const gemini = {
  name: "gemini",
  connect(host, { rules, host: kind, takesPrefill, model }) {
    const note = model === undefined ? undefined : thinkingNote(host.defaults, geminiModel(model, rules));
    const noted = note === undefined ? host : { ...host, notes: [...(host.notes ?? []), note] };
    return new ChatAdapter({ host: noted, rules, model }, createContentWire(kind), takesPrefill);
  },
} satisfies Format<GeminiQuirks>;

/** How chats are said to hosts of one kind. */
function createContentWire(host: GeminiHost): ChatWire {
  return {
    streamType: "text/event-stream",
    taken: () => takenByGemini,
    ...createContentWriter(host),
    readReply: createContentReader(host),
    createDecoder: (call, headers, target) => new ContentDecoder(call, headers, target, host),
    embeddings: createEmbeddingsWire(host),
  };
}
