import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotTake, type ChatTarget } from "../../kit/chat/chat-rules.ts";

/**
 * Writes a chat's messages as items. What a model thought before is not among them: chats carry no proof of it.
 * @throws RouterError that names what is no message, or what items cannot say.
 */
export function writeInput(messages: readonly JsonValue[], target: ChatTarget): readonly JsonMembers[] {
  const customIds = new Set(messages.flatMap(customCallIds));
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`;
    if (!isMembers(message)) refuse(path, "an object");
    switch (message["role"]) {
      case "assistant":
        return assistantItems(message, path);
      case "tool":
        return [toolOutput(message, path, { target, customIds })];
      case "function":
        return [{ type: "function_call_output", call_id: legacyId(message["name"]), output: outputOf(message, path, target) }];
      case "user":
      case "system":
      case "developer":
        return [{ type: "message", role: message["role"], content: contentOf(message["content"], `${path}.content`, target) }];
      default:
        return refuse(`${path}.role`, "system, developer, user, assistant or tool");
    }
  });
}

/** A call of before tools had ids is known by its name. */
function legacyId(name: JsonValue | undefined): string {
  return `call_${typeof name === "string" ? name : ""}`;
}

function assistantItems(message: JsonMembers, path: string): readonly JsonMembers[] {
  const content = assistantContent(message, path);
  const items: JsonMembers[] = content.length === 0 ? [] : [{ type: "message", role: "assistant", content }];
  const { function_call: legacy } = message;
  if (isMembers(legacy)) {
    items.push({
      type: "function_call",
      call_id: legacyId(legacy["name"]),
      name: legacy["name"] ?? "",
      arguments: legacy["arguments"] ?? "",
    });
  }
  for (const [index, call] of chatList(message["tool_calls"], `${path}.tool_calls`).entries()) {
    if (!isMembers(call)) refuse(`${path}.tool_calls[${index}]`, "an object");
    const { id, function: own, custom } = call;
    if (isMembers(own))
      items.push({ type: "function_call", call_id: id ?? "", name: own["name"] ?? "", arguments: own["arguments"] ?? "" });
    else if (isMembers(custom)) items.push({ type: "custom_tool_call", call_id: id ?? "", ...custom });
    else refuse(`${path}.tool_calls[${index}]`, "a call of a function or of a custom tool");
  }
  return items;
}

function assistantContent({ content, refusal }: JsonMembers, path: string): readonly JsonMembers[] {
  const parts: JsonMembers[] = [];
  if (typeof content === "string") {
    if (content !== "") parts.push({ type: "output_text", text: content });
  } else {
    for (const part of chatList(content, `${path}.content`)) {
      if (!isMembers(part)) refuse(`${path}.content`, "a text or a list of parts");
      if (part["type"] === "refusal") parts.push({ type: "refusal", refusal: part["refusal"] ?? "" });
      else if (part["type"] === "text") parts.push({ type: "output_text", text: part["text"] ?? "" });
    }
  }
  const refused = chatText(refusal, `${path}.refusal`);
  return refused === undefined ? parts : [...parts, { type: "refusal", refusal: refused }];
}

/** The ids of a message's calls of custom tools, whose results have a type of their own. */
function customCallIds(message: JsonValue): readonly JsonValue[] {
  const calls = isMembers(message) ? message["tool_calls"] : undefined;
  if (!Array.isArray(calls)) return [];
  return (calls as readonly JsonValue[]).flatMap((call) => (isMembers(call) && isMembers(call["custom"]) ? [call["id"] ?? ""] : []));
}

interface OutputContext {
  readonly target: ChatTarget;
  readonly customIds: ReadonlySet<JsonValue>;
}

function toolOutput(message: JsonMembers, path: string, { target, customIds }: OutputContext): JsonMembers {
  const callId = chatText(message["tool_call_id"], `${path}.tool_call_id`) ?? refuse(`${path}.tool_call_id`, "the id of a call");
  const type = customIds.has(callId) ? "custom_tool_call_output" : "function_call_output";
  return { type, call_id: callId, output: outputOf(message, path, target) };
}

function outputOf({ content }: JsonMembers, path: string, target: ChatTarget): JsonValue {
  return typeof content === "string" || content === undefined || content === null
    ? (content ?? "")
    : contentOf(content, `${path}.content`, target);
}

function contentOf(content: JsonValue | undefined, path: string, target: ChatTarget): readonly JsonMembers[] {
  if (typeof content === "string") return [{ type: "input_text", text: content }];
  return chatList(content, path).map((part, index) => partOf(part, `${path}[${index}]`, target));
}

function partOf(part: JsonValue, path: string, target: ChatTarget): JsonMembers {
  if (!isMembers(part)) refuse(path, "an object");
  switch (part["type"]) {
    case "text":
      return { type: "input_text", text: part["text"] ?? "" };
    case "image_url": {
      const { image_url: image } = part;
      if (typeof image === "string") return { type: "input_image", image_url: image };
      if (!isMembers(image)) return refuse(`${path}.image_url`, "an object");
      const { url = "", detail = "auto" } = image;
      return { type: "input_image", image_url: url, detail };
    }
    case "file":
      return isMembers(part["file"]) ? { type: "input_file", ...part["file"] } : refuse(`${path}.file`, "an object");
    case "input_audio":
      return part;
    default:
      throw cannotTake(target, path);
  }
}
