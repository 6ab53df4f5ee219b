import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatList, chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { noChatForm } from "./no-chat-form.ts";
import { chatToolName } from "./tool-names.ts";
import { append } from "../../kit/append.ts";

/** Says the tools of a request, and how the model is to choose among them, as members of OpenAI's chat. */
export function toolsToChat(tools: readonly JsonValue[], choice: JsonValue | undefined, parallel: JsonValue | undefined): JsonMembers {
  const functions: JsonMembers[] = [];
  let search: JsonMembers | undefined;
  for (const [index, value] of tools.entries()) {
    const path = `tools[${index}]`;
    const tool = chatMembers(value, path) ?? refuse(path, "an object");
    const type = chatText(tool["type"], `${path}.type`) ?? "function";
    if (type.startsWith("web_search")) search = searchOptions(tool, path);
    else append(functions, functionsOf(tool, type, path));
  }
  // Hosts refuse a choice among no tools.
  const chosen = functions.length === 0 ? {} : { tools: functions, ...choiceOf(choice, functions) };
  return {
    ...chosen,
    ...(functions.length > 0 && typeof parallel === "boolean" ? { parallel_tool_calls: parallel } : {}),
    ...(search === undefined ? {} : { web_search_options: search }),
  };
}

function functionsOf(tool: JsonMembers, type: string, path: string, namespace?: string): JsonMembers[] {
  const name = chatText(tool["name"], `${path}.name`) ?? "";
  const description = chatText(tool["description"], `${path}.description`);
  if ((type === "function" || type === "custom" || type === "namespace") && name === "") refuse(`${path}.name`, "a text");
  switch (type) {
    case "function":
      return [functionOf(chatToolName(name, namespace), description, tool, path)];
    case "custom":
      return [customOf(chatToolName(name, namespace), description, tool)];
    case "namespace":
      return chatList(tool["tools"], `${path}.tools`).flatMap((value, index) => {
        const one = `${path}.tools[${index}]`;
        const inner = chatMembers(value, one) ?? refuse(one, "an object");
        return functionsOf(inner, chatText(inner["type"], `${one}.type`) ?? "function", one, name);
      });
    // It finds tools that are shown later. In a chat all are shown from the start.
    case "tool_search":
      return [];
    default:
      throw noChatForm(path, `to a deployment that does not run ${JSON.stringify(type.slice(0, 64))}`);
  }
}

function functionOf(name: string, description: string | undefined, { parameters, strict }: JsonMembers, path: string): JsonMembers {
  return {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: chatMembers(parameters, `${path}.parameters`) ?? { type: "object", properties: {} },
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
  };
}

/** A tool that takes a text, as a function with one text. The grammar that it is to follow is told, since it cannot be set. */
function customOf(name: string, description: string | undefined, { format }: JsonMembers): JsonMembers {
  const grammar = isMembers(format) && typeof format["definition"] === "string" ? format["definition"] : undefined;
  const syntax = isMembers(format) && typeof format["syntax"] === "string" ? format["syntax"] : "given";
  const told = [description, ...(grammar === undefined ? [] : [`Its content must follow this ${syntax} grammar:\n${grammar}`])];
  const text = told.filter((one) => one !== undefined).join("\n\n");
  return {
    type: "function",
    function: {
      name,
      ...(text === "" ? {} : { description: text }),
      parameters: { type: "object", properties: { content: { type: "string" } }, required: ["content"], additionalProperties: false },
    },
  };
}

/** Some clients write them as objects of a type. */
const choices: Readonly<Record<string, string>> = { auto: "auto", none: "none", required: "required", any: "required", tool: "required" };

function choiceOf(choice: JsonValue | undefined, functions: readonly JsonMembers[]): JsonMembers {
  if (choice === undefined || choice === null) return {};
  const type = isMembers(choice) ? choice["type"] : choice;
  const simple = typeof type === "string" && Object.hasOwn(choices, type) ? choices[type] : undefined;
  if (simple !== undefined) return { tool_choice: simple };
  if (!isMembers(choice)) return refuse("tool_choice", "auto, none, required or an object");
  switch (type) {
    case "function":
    case "custom":
      return { tool_choice: { type: "function", function: { name: known(choice["name"], "tool_choice.name", functions) } } };
    case "allowed_tools":
      return allowed(choice, functions);
    // One that runs at the provider can't be asked for by name.
    default:
      throw noChatForm("tool_choice");
  }
}

/** Of all tools only some may be called: the others are not shown. */
function allowed(choice: JsonMembers, functions: readonly JsonMembers[]): JsonMembers {
  const names = new Set(
    chatList(choice["tools"], "tool_choice.tools").map((tool, index) =>
      known(isMembers(tool) ? tool["name"] : undefined, `tool_choice.tools[${index}].name`, functions),
    ),
  );
  const tools = functions.filter((one) => names.has(nameOf(one) ?? ""));
  return { tools, tool_choice: choice["mode"] === "required" ? "required" : "auto" };
}

function known(value: JsonValue | undefined, path: string, functions: readonly JsonMembers[]): string {
  const name = chatText(value, path);
  return name !== undefined && functions.some((one) => nameOf(one) === name) ? name : refuse(path, "the name of one of `tools`");
}

function nameOf({ function: definition }: JsonMembers): string | undefined {
  return isMembers(definition) && typeof definition["name"] === "string" ? definition["name"] : undefined;
}

/** OpenAI's options of a search in the web. A chat has no lists of places that may be searched. */
function searchOptions(tool: JsonMembers, path: string): JsonMembers {
  const { search_context_size: size, user_location: location, filters } = tool;
  const domains = isMembers(filters) ? filters["allowed_domains"] : undefined;
  if (Array.isArray(domains) && domains.length > 0) throw noChatForm(`${path}.filters`);
  const { type: _type, ...approximate } = isMembers(location) ? location : {};
  return {
    ...(typeof size === "string" ? { search_context_size: size } : {}),
    ...(isMembers(location) ? { user_location: { type: "approximate", approximate } } : {}),
  };
}
