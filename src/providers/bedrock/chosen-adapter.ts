import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type {
  DecodedReply,
  FailedRequest,
  FetchedCredentials,
  JsonMembers,
  JsonValue,
  ProviderAdapter,
  Quota,
  StreamDecoder,
  StreamEvent,
} from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import type { ChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { parseChat } from "../../formats/kit/chat/read-chat.ts";
import { openAiBody } from "../../formats/kit/openai-body.ts";

/** What Converse alone has, by its own names and by Anthropic's. */
const ofConverse = [
  "additionalModelRequestFields",
  "guardrailConfig",
  "outputConfig",
  "performanceConfig",
  "requestMetadata",
  "serviceTier",
  "thinking",
  "top_k",
];

/**
 * Whether Bedrock's API in OpenAI's format refuses a chat, or takes it and does something else, where Converse does what is asked: schemas that
 * are not kept, tools with reasoning.
 * @param model The name that what is known of the model goes by.
 */
export function needsConverse(members: JsonMembers, model: string, rules: ChatRules): boolean {
  const is = (flag: string): boolean => rules.fact(model, `supports_bedrock_runtime_chat_completions_${flag}`) === true;
  const isSet = (name: string): boolean => members[name] !== undefined && members[name] !== null;
  if (ofConverse.some(isSet)) return true;
  const format = formatOf(members["response_format"]);
  if (format !== undefined && format !== "text" && !(format === "json_schema" && is("response_format"))) return true;
  if (!isSet("tools") && !isSet("functions")) return false;
  return members["reasoning_effort"] !== "none" && !is("tools_with_reasoning");
}

function formatOf(format: JsonValue | undefined): JsonValue | undefined {
  return isMembers(format) ? format["type"] : undefined;
}

/** Sends each chat by that of two adapters of one deployment which can have it done: in OpenAI's format, or by Converse. */
export class ChosenAdapter implements ProviderAdapter {
  /** Neither goes on with another's answer: models of these kinds take no prefill. */
  readonly continuation = undefined;
  readonly notes: readonly string[] | undefined;
  readonly origin: string | undefined;
  readonly credentials: FetchedCredentials | undefined;
  readonly canAskUsage: boolean | undefined;
  readonly #plain: ProviderAdapter;
  readonly #converse: ProviderAdapter;
  readonly #needsConverse: (members: JsonMembers) => boolean;

  constructor(plain: ProviderAdapter, converse: ProviderAdapter, needs: (members: JsonMembers) => boolean) {
    this.#plain = plain;
    this.#converse = converse;
    this.#needsConverse = needs;
    this.notes = plain.notes;
    this.origin = plain.origin;
    this.credentials = plain.credentials;
    this.canAskUsage = plain.canAskUsage;
  }

  replyFormat(call: Call): string {
    return this.#of(call).replyFormat(call);
  }

  encode(call: Call, upstreamModel: string, asksUsage?: boolean): UpstreamRequest | RouterError {
    return this.#of(call).encode(call, upstreamModel, asksUsage);
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    return this.#of(call).decodeReply(call, headers, body);
  }

  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage?: boolean): StreamDecoder | RouterError {
    return this.#of(call).decodeStream(call, headers, hidesUsage);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    return this.#plain.decodeError(status, headers, body, request);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return this.#plain.readQuota(headers, wallTime);
  }

  readText(event: StreamEvent): string | undefined {
    return this.#plain.readText(event);
  }

  /** The same for each question about a call: its body is parsed once. */
  #of(call: Call): ProviderAdapter {
    if (call.endpoint !== "chat") return this.#plain;
    const body = openAiBody(call);
    const members = body instanceof RouterError ? body : parseChat(body);
    return members instanceof RouterError || !this.#needsConverse(members) ? this.#plain : this.#converse;
  }
}
