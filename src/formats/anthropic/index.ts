import type { DeploymentHost, Format } from "../../core/format.ts";
import { ChatAdapter } from "../kit/chat/chat-adapter.ts";
import type { ChatRules } from "../kit/chat/chat-rules.ts";
import { anthropicCaller } from "./caller/caller.ts";
import { createMessagesWire } from "./messages-wire.ts";
import { type NativeSide, TwoFormatAdapter } from "../kit/native/two-format-adapter.ts";
import { NativeMessages } from "./native/native-messages.ts";
import type { NativeKind } from "./native/native-host.ts";
import type { MessagesHost } from "./request/write-request.ts";

/** What differs between the deployments that speak it. */
export interface AnthropicQuirks {
  readonly rules: ChatRules;
  readonly host: MessagesHost;
  /** Whether its models go on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /** The model as the provider knows it, where it is the same for all calls. */
  readonly model: string | undefined;
  /** Where requests that are Messages already are treated in another way than `host` says. Omit it for the same. */
  readonly native?: Partial<NativeKind> | undefined;
}

/** How a deployment that is spoken to in another format serves calls that are Messages already. */
export function nativeMessages(host: DeploymentHost, kind: NativeKind): NativeSide {
  return new NativeMessages({ ...kind, host });
}

/** Anthropic's Messages: https://docs.anthropic.com/en/api/messages */
export const anthropic = {
  name: anthropicCaller.format,
  caller: anthropicCaller,
  connect: (host, { rules, host: kind, takesPrefill, model, native }) =>
    new TwoFormatAdapter(
      new ChatAdapter({ host, rules, model }, createMessagesWire(kind), takesPrefill),
      new NativeMessages({ ...kind, ...native, host }),
    ),
} satisfies Format<AnthropicQuirks>;
