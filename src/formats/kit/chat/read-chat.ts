import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { parseExactOnce } from "../../../lib/json/latest-parse.ts";
import { openAiBody } from "../openai-body.ts";
import { isMembers, chatBoolean, chatList, chatMembers, chatNumber, chatText, refuse } from "./chat-fields.ts";
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from "./conversation.ts";
import { toConversation } from "./to-conversation.ts";

/** A body as parsed. Attempts at several deployments share it. */
const parsed = new WeakMap<JsonText, JsonMembers>();

/**
 * Parses a chat request in OpenAI's JSON. The members are shared by all attempts of its call, so they must not be changed.
 * @returns The members of its outermost object, or the caller's error.
 */
export function parseChat(body: JsonText): JsonMembers | RouterError {
  let members = parsed.get(body);
  if (members === undefined) {
    let value: unknown;
    try {
      value = parseExactOnce(body.bytes);
    } catch {
      return new RouterError("invalid_request", "The request is no valid JSON.");
    }
    if (!isMembers(value as JsonValue)) return new RouterError("invalid_request", "The request must be a JSON object.");
    parsed.set(body, (members = value as JsonMembers));
  }
  return members;
}

/**
 * Reads the members of a chat request: messages as a conversation, and each parameter by its kind.
 * @param members As parsed, with what a deployment adds.
 * @throws RouterError, the caller's, which names the member at fault.
 */
export function readChat(members: JsonMembers): ChatRequest {
  const {
    model: _model,
    stream: _stream,
    stream_options: _options,
    messages,
    tools,
    tool_choice: toolChoice,
    parallel_tool_calls: parallel,
    response_format: format,
    max_tokens: maxTokens,
    max_completion_tokens: maxCompletionTokens,
    stop,
    temperature,
    top_p: topP,
    reasoning_effort: effort,
    thinking,
    user,
    ...rest
  } = members;
  return {
    conversation: toConversation(chatList(messages, "messages")),
    tools: chatList(tools, "tools").map(readTool),
    toolChoice: readToolChoice(toolChoice),
    parallelToolCalls: chatBoolean(parallel, "parallel_tool_calls"),
    responseFormat: readResponseFormat(format),
    maxTokens: largest(chatNumber(maxTokens, "max_tokens"), chatNumber(maxCompletionTokens, "max_completion_tokens")),
    stop: readStop(stop),
    temperature: chatNumber(temperature, "temperature"),
    topP: chatNumber(topP, "top_p"),
    effort: chatText(effort, "reasoning_effort"),
    thinking: chatMembers(thinking, "thinking"),
    user: chatText(user, "user"),
    rest,
  };
}

function largest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : Math.max(one, other ?? one);
}

function readStop(value: JsonValue | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  return chatList(value, "stop").map((stop, index) => (typeof stop === "string" ? stop : refuse(`stop[${index}]`, "a text")));
}

function readTool(value: JsonValue, index: number): Tool {
  const path = `tools[${index}]`;
  const tool = chatMembers(value, path) ?? refuse(path, "an object");
  const definition = chatMembers(tool["function"], `${path}.function`);
  const [only] = Object.keys(tool);
  // LiteLLM's callers write Gemini's own tools without a type: `{googleSearch: {}}`.
  const type = chatText(tool["type"], `${path}.type`) ?? (definition === undefined && only !== undefined ? only : "function");
  if (type !== "function" || definition === undefined) {
    // Anthropic has a type of the same name, which is another thing.
    if (type === "custom" && isMembers(tool["custom"])) {
      const message = `\`${path}\` of type custom, whose input is a text of any form, has nothing like it there. Send a function.`;
      throw new RouterError("cannot_serve_this", message, { param: path });
    }
    // Tools that run at a provider are written in its own words, whatever else the request is written in.
    return type === "function" ? refuse(`${path}.function`, "an object with a name") : { kind: "hosted", type, tool };
  }
  const name = chatText(definition["name"], `${path}.function.name`) ?? "";
  if (name === "") refuse(`${path}.function.name`, "a text");
  const cache = chatMembers(tool["cache_control"] ?? definition["cache_control"], `${path}.cache_control`);
  return {
    kind: "function",
    name,
    description: chatText(definition["description"], `${path}.function.description`),
    parameters: chatMembers(definition["parameters"], `${path}.function.parameters`),
    strict: chatBoolean(definition["strict"], `${path}.function.strict`) ?? false,
    ...(cache === undefined ? {} : { cache }),
  };
}

function readToolChoice(value: JsonValue | undefined): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") {
    if (value === "any") return { kind: "required" };
    if (value === "auto" || value === "required" || value === "none") return { kind: value };
    return refuse("tool_choice", "auto, required, none or an object that names a function");
  }
  const choice = chatMembers(value, "tool_choice") ?? {};
  if (choice["type"] === "allowed_tools") {
    const message = "`tool_choice` of type allowed_tools has nothing like it there. Send the allowed tools alone as `tools`.";
    throw new RouterError("cannot_serve_this", message, { param: "tool_choice" });
  }
  const named =
    (chatMembers(choice["function"], "tool_choice.function") ?? chatMembers(choice["custom"], "tool_choice.custom"))?.["name"] ??
    choice["name"];
  const name = chatText(named, "tool_choice.function.name");
  if (name !== undefined) return { kind: "tool", name };
  const type = choice["type"];
  return type === "function" || type === undefined || typeof type !== "string"
    ? refuse("tool_choice.function.name", "a text")
    : readToolChoice(type);
}

/** Reads a `response_format`. @throws RouterError where it is none. */
export function readResponseFormat(value: JsonValue | undefined): ResponseFormat | undefined {
  const format = chatMembers(value, "response_format");
  if (format === undefined) return undefined;
  const type = chatText(format["type"], "response_format.type");
  if (type === undefined || type === "text") return { kind: "text" };
  if (type === "json_object" && format["response_schema"] === undefined) return { kind: "json" };
  if (type !== "json_schema" && type !== "json_object") return refuse("response_format.type", "text, json_object or json_schema");
  const path = "response_format.json_schema";
  const named = chatMembers(format["json_schema"], path) ?? {};
  const schema = chatMembers(named["schema"] ?? format["response_schema"] ?? format["schema"], `${path}.schema`);
  return {
    kind: "schema",
    name: chatText(named["name"], `${path}.name`) ?? "answer",
    schema: schema ?? refuse(`${path}.schema`, "an object"),
    strict: chatBoolean(named["strict"], `${path}.strict`) ?? false,
  };
}

const nothing: JsonMembers = {};

/** The members of a call's request, for who reads its reply. Empty for a request that could not be read: it has no reply. */
export function requestOf(call: Call): JsonMembers {
  const body = openAiBody(call);
  const members = body instanceof RouterError ? body : parseChat(body);
  return members instanceof RouterError ? nothing : members;
}
