import type { JsonMembers, JsonValue } from "../../../core/provider.ts";

/**
 * A chat's messages as providers other than OpenAI want them: the instructions apart, and turns that alternate. `toConversation` makes it of
 * OpenAI's messages; each format writes it in its own words.
 *
 * @example What becomes of a system message, a question, a call of a tool, its result and a second question:
 *
 *     {
 *       system: [{ kind: "text", text: "be short" }],
 *       turns: [
 *         { role: "user", parts: [{ kind: "text", text: "How warm is it?" }] },
 *         { role: "assistant", parts: [{ kind: "tool_use", id: "call_1", name: "weather", input: { city: "Bern" } }] },
 *         { role: "user", parts: [{ kind: "tool_result", id: "call_1", name: "weather", content: [{ kind: "text", text: "4 C" }] }, { kind: "text", text: "and now?" }] },
 *       ],
 *     }
 */
export interface Conversation {
  /** The messages of roles `system` and `developer` that the chat begins with. */
  readonly system: readonly TextPart[];
  /** Turns of `user` and `assistant` alternate. A `system` turn in between is an instruction that came later. */
  readonly turns: readonly Turn[];
}

export interface Turn {
  readonly role: "user" | "assistant" | "system";
  /** Never empty. In a user's turn, results of tools come first. In each of an assistant's messages, thinking comes first and calls of tools last. */
  readonly parts: readonly Part[];
  /** Where the first message of the turn stands in the request: `messages[3]`, for errors. */
  readonly path: string;
}

export type Part = TextPart | MediaPart | ThinkingPart | ToolUsePart | ToolResultPart;

/** `{type: "ephemeral", ttl?: "5m" | "1h"}`: what comes before and with this part is worth caching (LiteLLM's `cache_control`). */
export type CacheMark = JsonMembers;

export interface TextPart {
  readonly kind: "text";
  /** Never empty. */
  readonly text: string;
  /** Gemini's proof of the thinking behind an answer, from the message's `provider_specific_fields.thought_signatures`. */
  readonly signature?: string | undefined;
  readonly cache?: CacheMark | undefined;
}

/** An image, a document, a sound or a film. */
export interface MediaPart {
  readonly kind: "image" | "document" | "audio" | "video";
  readonly source: MediaSource;
  /** A document's name, as the caller gave it. */
  readonly name?: string | undefined;
  /** How closely an image is looked at: `low`, `high`, `auto`. */
  readonly detail?: string | undefined;
  readonly cache?: CacheMark | undefined;
  /** Where it stands in the request, for errors: `messages[0].content[1]`. */
  readonly path: string;
}

export type MediaSource =
  /** `data` is base64. `mediaType` is what the caller says it is, in lower case; undefined where it does not say. */
  | { readonly kind: "data"; readonly mediaType: string | undefined; readonly data: string }
  | { readonly kind: "url"; readonly mediaType: string | undefined; readonly url: string }
  /** A file that was uploaded to the provider before. */
  | { readonly kind: "file"; readonly mediaType: string | undefined; readonly id: string };

/** What a model thought before it answered, as it is to be sent back to it (LiteLLM's `thinking_blocks`). */
export interface ThinkingPart {
  readonly kind: "thinking";
  /** Empty where the provider keeps it to itself. */
  readonly text: string;
  /** What proves to the provider that it wrote this. Undefined where it came without. */
  readonly signature: string | undefined;
  /** What stands for thinking that may not be seen (`redacted_thinking`). */
  readonly redacted?: string | undefined;
}

export interface ToolUsePart {
  readonly kind: "tool_use";
  readonly id: string;
  readonly name: string;
  /** The arguments, parsed. `{}` for none, and for what is no JSON object. */
  readonly input: JsonMembers;
  /** Gemini's proof of the thinking behind a call, from `provider_specific_fields.thought_signature` or the id (`…__thought__SIGNATURE`). */
  readonly signature?: string | undefined;
  readonly cache?: CacheMark | undefined;
}

export interface ToolResultPart {
  readonly kind: "tool_result";
  /** Of the call that it answers. */
  readonly id: string;
  /** Of the tool; undefined where the chat holds no such call. */
  readonly name: string | undefined;
  readonly content: readonly (TextPart | MediaPart)[];
  /** Whether the tool failed, where the caller's format can say so. Its text says so too. Omit it for no. */
  readonly isError?: boolean | undefined;
  readonly cache?: CacheMark | undefined;
}

/** One of a request's `tools`. */
export type Tool =
  | {
      readonly kind: "function";
      readonly name: string;
      readonly description: string | undefined;
      /** A JSON schema; undefined for a function without parameters. */
      readonly parameters: JsonMembers | undefined;
      readonly strict: boolean;
      readonly cache?: CacheMark | undefined;
    }
  /** A tool that runs at the provider, in the provider's own words. `type` is its `type`, or the name of its first member where it has none. */
  | { readonly kind: "hosted"; readonly type: string; readonly tool: JsonMembers };

/** A request's `tool_choice`. */
export type ToolChoice = { readonly kind: "auto" | "required" | "none" } | { readonly kind: "tool"; readonly name: string };

/** A request's `response_format`. */
export type ResponseFormat =
  | { readonly kind: "text" | "json" }
  | { readonly kind: "schema"; readonly name: string; readonly schema: JsonMembers; readonly strict: boolean };

/** A chat request, its parameters by their kind. Undefined is what the request does not say. */
export interface ChatRequest {
  readonly conversation: Conversation;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelToolCalls: boolean | undefined;
  readonly responseFormat: ResponseFormat | undefined;
  /** The larger of `max_completion_tokens` and `max_tokens`. */
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  /** OpenAI's `reasoning_effort`. */
  readonly effort: string | undefined;
  /** Anthropic's `thinking`, which LiteLLM takes for every model that thinks. */
  readonly thinking: JsonMembers | undefined;
  readonly user: string | undefined;
  /** All other members of the request as they came, those that no format knows included: `n`, `seed`, `top_k`, … */
  readonly rest: Readonly<Record<string, JsonValue>>;
}
