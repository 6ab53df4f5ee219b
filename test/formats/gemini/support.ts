import type { JsonMembers, ProviderAdapter } from "../../../src/core/provider.ts";
import { gemini } from "../../../src/formats/gemini/index.ts";
import type { GeminiHost } from "../../../src/formats/gemini/request/gemini-host.ts";
import type { ChatRules } from "../../../src/formats/kit/chat/chat-rules.ts";
import { testHost, testRules } from "../kit/chat/support.ts";

export const aiStudio: GeminiHost = { takesUrls: false, takesServiceTier: true, embeddings: () => "batch", signsIds: true };

/** A deployment of Gemini's format. @param facts What is known of its model. */
export function geminiAdapter(
  facts: JsonMembers = {},
  { rules = {}, host = {} }: { readonly rules?: Partial<ChatRules>; readonly host?: Partial<GeminiHost> } = {},
): ProviderAdapter {
  return gemini.connect(testHost(), {
    rules: testRules(facts, rules),
    host: { ...aiStudio, ...host },
    takesPrefill: false,
    model: undefined,
  });
}

/** A stream of server-sent events. */
export function sse(chunks: readonly unknown[]): Buffer {
  return Buffer.from(chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\r\n\r\n`).join(""));
}
