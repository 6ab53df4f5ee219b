import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { scanMembers } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { noteParse, parseExactOnce } from "../../../lib/json/latest-parse.ts";
import { sha256 } from "../../../lib/secret.ts";
import { chatList, chatMembers, chatText, isMembers } from "../../kit/chat/chat-fields.ts";
import { toChatMessages } from "./chat-messages.ts";
import { effortOf, responseFormatOf } from "./chat-output.ts";
import { toChatTools } from "./chat-tools.ts";
import { cannotSay } from "./cannot-say.ts";

/**
 * Says a request of the Messages API in OpenAI's chat JSON. What has no word there and changes the answer is refused, so that another
 * deployment is asked; hints that only Anthropic's own hosts can heed are left out.
 * @returns `cannot_serve_this`, or `invalid_request` for a request that is none; both name the member.
 */
export function toChat(text: JsonText, model: string, stream: boolean): JsonText | RouterError {
  try {
    const members = parseExactOnce(text.bytes) as JsonMembers;
    const chat = chatOf(members, model, stream);
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
    system,
    messages,
    max_tokens: maxTokens,
    stop_sequences: stop,
    tools,
    tool_choice: choice,
    thinking,
    output_config: config,
    output_format: format,
    metadata,
    service_tier: tier,
    cache_control: mark,
    ...others
  } = members;
  const output = chatMembers(config, "output_config");
  const effort = effortOf(chatMembers(thinking, "thinking"), output?.["effort"]);
  const user = isMembers(metadata) ? metadata["user_id"] : undefined;
  return {
    model,
    messages: toChatMessages(system, chatList(messages, "messages")),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stop === undefined || stop === null || chatList(stop, "stop_sequences").length === 0 ? {} : { stop }),
    ...toChatTools(chatList(tools, "tools"), chatMembers(choice, "tool_choice")),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...responseFormatOf(chatMembers(output?.["format"] ?? format, "output_config.format")),
    ...(typeof user === "string" && user !== "" ? { user: user.length <= longestUser ? user : sha256(user) } : {}),
    ...(tier === undefined || tier === null ? {} : { service_tier: chatText(tier, "service_tier") === "auto" ? "auto" : "default" }),
    // All up to the last message is worth caching.
    ...(isMembers(mark) ? { cache_control_injection_points: [{ location: "message", index: -1, control: mark }] } : {}),
    ...othersOf(others),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

/** OpenAI takes no longer one. What is longer stays as much of a name by its digest. */
const longestUser = 64;

/** What tells Anthropic's hosts how to keep, speed up or follow a request, and changes nothing of what is asked. */
const hints: ReadonlySet<string> = new Set([
  "context_management",
  "diagnostics",
  "speed",
  "user_profile_id",
  "workspace_id",
  "betas",
  "safeguards",
]);

/** What has no word in a chat and is not to be passed over. */
const unsayable: ReadonlySet<string> = new Set(["mcp_servers", "container", "inference_geo"]);

/** Members that both formats have by one name (`temperature`), those of the router, and any that are yet to come go on as they are. */
function othersOf(others: JsonMembers): JsonMembers {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(others)) {
    if (value === null || hints.has(name)) continue;
    if (unsayable.has(name)) {
      if (Array.isArray(value) && value.length === 0) continue;
      throw cannotSay(name);
    }
    kept[name] = value;
  }
  return kept;
}
