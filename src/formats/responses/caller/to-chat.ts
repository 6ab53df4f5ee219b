import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { noteParse, parseExactOnce } from "../../../lib/json/latest-parse.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { noChatForm } from "./no-chat-form.ts";
import { itemsToMessages } from "./chat-messages.ts";
import { toolsToChat } from "./chat-tools.ts";
import { notKept } from "./bridged-ids.ts";

/**
 * Says a request of Responses in OpenAI's chat JSON. What has no word there and changes the answer is refused, so that another deployment is
 * asked; what tells a provider how to keep or cut a conversation is left out.
 * @returns `cannot_serve_this`, or `invalid_request` for a request that is none; both name the member.
 */
export function responsesToChat(text: JsonText, model: string, stream: boolean): JsonText | RouterError {
  try {
    const chat = chatOf(parseExactOnce(text.bytes) as JsonMembers, model, stream);
    const json = JSON.stringify(chat);
    const bytes = Buffer.from(json);
    // Translated further in this turn, as a rule.
    noteParse(bytes, json, chat);
    return { bytes, members: scanMembers(bytes) };
  } catch (error) {
    if (error instanceof RouterError) return error;
    throw error;
  }
}

function chatOf(members: JsonMembers, model: string, stream: boolean): JsonMembers {
  const {
    model: _model,
    stream: _stream,
    stream_options: _options,
    instructions,
    input,
    max_output_tokens: most,
    tools,
    tool_choice: choice,
    parallel_tool_calls: parallel,
    reasoning,
    text,
    top_logprobs: logprobs,
    include,
    ...others
  } = members;
  const format = chatMembers(text, "text");
  const effort = chatMembers(reasoning, "reasoning")?.["effort"];
  const wantsLogprobs = chatList(include, "include").includes("message.output_text.logprobs");
  const topLogprobs = typeof logprobs === "number" && logprobs > 0 ? logprobs : undefined;
  return {
    model,
    messages: itemsToMessages(instructions, input),
    ...(most === undefined || most === null ? {} : { max_tokens: most }),
    ...toolsToChat(chatList(tools, "tools"), choice, parallel),
    ...(typeof effort === "string" ? { reasoning_effort: effort } : {}),
    ...responseFormatOf(chatMembers(format?.["format"], "text.format")),
    ...(typeof format?.["verbosity"] === "string" ? { verbosity: format["verbosity"] } : {}),
    ...(wantsLogprobs || topLogprobs !== undefined ? { logprobs: true } : {}),
    ...(topLogprobs === undefined ? {} : { top_logprobs: topLogprobs }),
    ...othersOf(others, model),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

function responseFormatOf(format: JsonMembers | undefined): JsonMembers {
  switch (format?.["type"]) {
    case undefined:
    case "text":
      return {};
    case "json_object":
      return { response_format: { type: "json_object" } };
    case "json_schema": {
      const { type: _type, ...schema } = format ?? {};
      return { response_format: { type: "json_schema", json_schema: schema } };
    }
    default:
      return refuse("text.format.type", "text, json_object or json_schema");
  }
}

/** What tells a provider how to keep, cut or follow a conversation, or how often its own tools may run, and changes nothing of what is asked. */
const hints: ReadonlySet<string> = new Set([
  "store",
  "truncation",
  "context_management",
  "max_tool_calls",
  "client_metadata",
  "background_options",
  "prompt_cache_options",
]);

/** What has no word in a chat and is not to be passed over. */
const unsayable: ReadonlySet<string> = new Set(["prompt", "moderation", "access_programs"]);

/** Members that both formats have by one name (`temperature`), those of the router, and any that are yet to come go on as they are. */
function othersOf(others: JsonMembers, model: string): JsonMembers {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(others)) {
    if (value === null || hints.has(name)) continue;
    if (name === "previous_response_id" || name === "conversation") throw notKept(model, name);
    if (name === "background") {
      if (value === true) throw noChatForm(name);
      continue;
    }
    if (unsayable.has(name)) throw noChatForm(name);
    if (name === "metadata" && isMembers(value) && Object.keys(value).length === 0) continue;
    kept[name] = name === "user" ? (chatText(value, name) ?? "") : value;
  }
  return kept;
}
