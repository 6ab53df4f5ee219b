import type { Format } from "../../core/format.ts";
import { ChatAdapter } from "../kit/chat/chat-adapter.ts";
import type { ChatRules } from "../kit/chat/chat-rules.ts";
import { createMessagesWire } from "./messages-wire.ts";
import type { MessagesHost } from "./request/write-request.ts";

/** What differs between the deployments that speak it. */
export interface AnthropicQuirks {
  readonly rules: ChatRules;
  readonly host: MessagesHost;
  /** Whether its models go on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /** The model as the provider knows it, where it is the same for all calls. */
  readonly model: string | undefined;
}

/** Anthropic's Messages: https://docs.anthropic.com/en/api/messages */
export const anthropic = {
  name: "anthropic",
  connect: (host, { rules, host: kind, takesPrefill, model }) =>
    new ChatAdapter({ host, rules, model }, createMessagesWire(kind), takesPrefill),
} satisfies Format<AnthropicQuirks>;
