import type { ChatWire } from "../kit/chat/chat-adapter.ts";
import { FramedDecoder, type FramedReader, parsedEvent } from "../kit/chat/framed-decoder.ts";
import { eventStreamType } from "../kit/event-stream/frame-decoder.ts";
import { readRateLimits } from "../kit/rate-limits.ts";
import { readMessage } from "./reply/read-message.ts";
import { takenByAnthropic } from "./request/taken-parameters.ts";
import { createMessageWriter, type MessagesHost } from "./request/write-request.ts";
import { MessageDecoder } from "./stream/message-decoder.ts";
import { MessageTranslator } from "./stream/message-translator.ts";

/** InvokeModel runs no searches in the web. */
const takenByInvoke: ReadonlySet<string> = new Set([...takenByAnthropic].filter((name) => name !== "web_search_options"));

/** How chats are said in Anthropic's Messages API, version 2023-06-01: https://docs.anthropic.com/en/api/messages */
export function createMessagesWire(host: MessagesHost): ChatWire {
  return {
    streamType: host.framesEvents === true ? eventStreamType : "text/event-stream",
    taken: () => (host.betas === "bedrock-invoke" ? takenByInvoke : takenByAnthropic),
    ...createMessageWriter(host),
    readReply: readMessage,
    readQuota: readRateLimits,
    createDecoder: (call, headers, target) =>
      host.framesEvents === true
        ? new FramedDecoder(call, target, framedReader(new MessageTranslator(call, headers, target)))
        : new MessageDecoder(call, headers, target),
  };
}

/** Each message of AWS's framing holds one of Anthropic's events in base64. */
function framedReader(reader: MessageTranslator): FramedReader {
  return {
    get heard() {
      return reader.heard;
    },
    read(name, { bytes }, emit) {
      // What else AWS may come to send is none of the answer.
      if (name !== "chunk") return undefined;
      const event = typeof bytes === "string" ? parsedEvent(Buffer.from(bytes, "base64")) : undefined;
      if (event === undefined) return "a message that holds no event";
      reader.read(event, emit);
      return undefined;
    },
  };
}
