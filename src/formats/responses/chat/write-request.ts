import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { chatList, chatMembers, chatNumber, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotTake } from "../../kit/chat/chat-rules.ts";
import { writeInput } from "./write-input.ts";

/** Parameters that chat and Responses have by the same name. */
const same = [
  "metadata",
  "parallel_tool_calls",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
  "temperature",
  "top_logprobs",
  "top_p",
  "user",
] as const;

/** OpenAI's parameters of chats that Responses can carry. */
export const takenByResponses: ReadonlySet<string> = new Set([
  ...same,
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "reasoning_effort",
  "response_format",
  "store",
  "tool_choice",
  "tools",
  "verbosity",
  "web_search_options",
]);

/** What stands in a request in another place than chat has it. All else goes out by the name that it came by: the provider's own. */
const placed: ReadonlySet<string> = new Set([
  ...takenByResponses,
  "model",
  "messages",
  "stream",
  "stream_options",
  "reasoning",
  "reasoning_summary",
  "include",
  "text",
]);

/** OpenAI refuses less. */
const leastOutputTokens = 16;

/** Writes a chat as a request of Responses. @throws RouterError where it cannot be said in them. */
export function writeRequest(context: WriteContext): JsonMembers {
  const { members, call, model } = context;
  const tools = toolsOf(members);
  const cap = capOf(context);
  return {
    ...Object.fromEntries(Object.entries(members).filter(([name]) => !placed.has(name))),
    ...Object.fromEntries(same.flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]]))),
    model,
    input: writeInput(chatList(members["messages"], "messages"), context.target),
    // Chats are kept where their caller says so; responses, where it does not say no.
    store: members["store"] ?? false,
    ...(call.stream ? { stream: true } : {}),
    ...(cap === undefined ? {} : { max_output_tokens: cap }),
    ...(tools.length === 0 ? {} : { tools }),
    ...filled("tool_choice", tools.length === 0 ? undefined : toolChoiceOf(members["tool_choice"])),
    ...filled("reasoning", reasoningOf(members)),
    ...filled("text", textOf(members, context)),
    ...filled("include", includeOf(members)),
  };
}

function filled(name: string, value: JsonValue | undefined): JsonMembers {
  return value === undefined ? {} : { [name]: value };
}

function capOf({ members, adjusted }: WriteContext): number | undefined {
  const name = members["max_completion_tokens"] === undefined ? "max_tokens" : "max_completion_tokens";
  const asked = chatNumber(members[name], name);
  if (asked === undefined || asked >= leastOutputTokens) return asked;
  adjusted.add(name);
  return leastOutputTokens;
}

/** Summaries are made for those alone who ask: OpenAI makes some accounts none. */
function reasoningOf(members: JsonMembers): JsonMembers | undefined {
  const effort = chatText(members["reasoning_effort"], "reasoning_effort");
  const summary = chatText(members["reasoning_summary"], "reasoning_summary");
  const reasoning = { ...chatMembers(members["reasoning"], "reasoning"), ...filled("effort", effort), ...filled("summary", summary) };
  return Object.keys(reasoning).length === 0 ? undefined : reasoning;
}

function textOf(members: JsonMembers, { target }: WriteContext): JsonMembers | undefined {
  const format = chatMembers(members["response_format"], "response_format");
  const text = { ...chatMembers(members["text"], "text"), ...filled("verbosity", members["verbosity"]) };
  if (format === undefined) return Object.keys(text).length === 0 ? undefined : text;
  switch (format["type"]) {
    case "text":
    case "json_object":
      return { ...text, format };
    case "json_schema":
      return { ...text, format: { type: "json_schema", ...chatMembers(format["json_schema"], "response_format.json_schema") } };
    default:
      throw cannotTake(target, "response_format");
  }
}

function includeOf(members: JsonMembers): readonly JsonValue[] | undefined {
  const given = chatList(members["include"], "include");
  const asks = members["logprobs"] === true && !given.includes(logprobs);
  const include = asks ? [...given, logprobs] : given;
  return include.length === 0 ? undefined : include;
}

const logprobs = "message.output_text.logprobs";

function toolsOf(members: JsonMembers): readonly JsonMembers[] {
  const tools = chatList(members["tools"], "tools").map((tool, index) => toolOf(tool, `tools[${index}]`));
  const search = chatMembers(members["web_search_options"], "web_search_options");
  return search === undefined ? tools : [...tools, searchTool(search)];
}

/** Chat's tools stand a level deeper, and are not strict where nothing is said, as those of Responses are. */
function toolOf(tool: JsonValue, path: string): JsonMembers {
  if (!isMembers(tool)) refuse(path, "an object");
  const { function: own } = tool;
  // What is no function runs at the provider, and is written as Responses have it.
  return isMembers(own)
    ? { type: "function", ...own, parameters: own["parameters"] ?? noParameters, strict: own["strict"] ?? false }
    : tool;
}

const noParameters: JsonMembers = { type: "object", properties: {} };

function searchTool({ user_location: location, ...options }: JsonMembers): JsonMembers {
  const approximate = isMembers(location) && isMembers(location["approximate"]) ? location["approximate"] : undefined;
  const place = approximate === undefined ? location : { type: "approximate", ...approximate };
  return { type: "web_search", ...options, ...filled("user_location", place) };
}

function toolChoiceOf(choice: JsonValue | undefined): JsonValue | undefined {
  if (!isMembers(choice)) return choice;
  const { type, function: own, allowed_tools: allowed } = choice;
  if (isMembers(own)) return { type: "function", ...own };
  if (!isMembers(allowed)) return choice;
  const tools = chatList(allowed["tools"], "tool_choice.allowed_tools.tools");
  return { type: type ?? "allowed_tools", ...allowed, tools: tools.map((tool) => toolChoiceOf(tool) ?? null) };
}
