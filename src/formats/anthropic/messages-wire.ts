import type { ChatWire } from "../kit/chat/chat-adapter.ts";
import { readRateLimits } from "../kit/rate-limits.ts";
import { readMessage } from "./reply/read-message.ts";
import { createMessageWriter, type MessagesHost } from "./request/write-request.ts";
import { MessageDecoder } from "./stream/message-decoder.ts";

const taken: ReadonlySet<string> = new Set([
  "max_completion_tokens",
  "max_tokens",
  "parallel_tool_calls",
  "reasoning_effort",
  "response_format",
  "service_tier",
  "stop",
  "temperature",
  "tool_choice",
  "tools",
  "top_p",
  "user",
  "web_search_options",
]);

/** How chats are said in Anthropic's Messages API, version 2023-06-01: https://docs.anthropic.com/en/api/messages */
export function createMessagesWire(host: MessagesHost): ChatWire {
  return {
    streamType: "text/event-stream",
    taken: () => taken,
    ...createMessageWriter(host),
    readReply: readMessage,
    readQuota: readRateLimits,
    createDecoder: (call, headers, target) => new MessageDecoder(call, headers, target),
  };
}
