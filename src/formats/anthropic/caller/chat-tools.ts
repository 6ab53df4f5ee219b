import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatMembers, chatText, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotSay } from "./cannot-say.ts";
import { shortName } from "./short-name.ts";

/** Says Anthropic's tools, and how the model is to choose among them, as members of OpenAI's chat. */
export function toChatTools(tools: readonly JsonValue[], choice: JsonMembers | undefined): JsonMembers {
  const functions: JsonMembers[] = [];
  let search: JsonMembers | undefined;
  for (const [index, value] of tools.entries()) {
    const path = `tools[${index}]`;
    const tool = chatMembers(value, path) ?? refuse(path, "an object");
    const type = chatText(tool["type"], `${path}.type`) ?? "custom";
    if (type === "custom") functions.push(functionOf(tool, path));
    else if (type.startsWith("web_search_")) search = searchOptions(tool, path);
    // It finds tools that are shown later. In a chat all are shown from the start.
    else if (!type.startsWith("tool_search_tool_"))
      throw cannotSay(path, `to a deployment that does not run ${JSON.stringify(type.slice(0, 64))}`);
  }
  return {
    ...(functions.length === 0 ? {} : { tools: functions, ...choiceOf(choice, functions) }),
    ...(search === undefined ? {} : { web_search_options: search }),
  };
}

function functionOf(tool: JsonMembers, path: string): JsonMembers {
  const name = chatText(tool["name"], `${path}.name`) ?? "";
  if (name === "") refuse(`${path}.name`, "a text");
  const { description, input_schema: schema, strict, cache_control: mark, input_examples: examples } = tool;
  const told = describedBy(chatText(description, `${path}.description`), examples);
  return {
    type: "function",
    function: {
      name: shortName(name),
      ...(told === undefined ? {} : { description: told }),
      parameters: chatMembers(schema, `${path}.input_schema`) ?? { type: "object", properties: {} },
      ...(typeof strict === "boolean" ? { strict } : {}),
    },
    ...(isMembers(mark) ? { cache_control: mark } : {}),
  };
}

/** Examples of a tool's input have no place of their own in a chat. */
function describedBy(description: string | undefined, examples: JsonValue | undefined): string | undefined {
  if (!Array.isArray(examples) || examples.length === 0) return description;
  const told = `Examples of its input: ${JSON.stringify(examples)}`;
  return description === undefined ? told : `${description}\n\n${told}`;
}

function choiceOf(choice: JsonMembers | undefined, functions: readonly JsonMembers[]): JsonMembers {
  if (choice === undefined) return {};
  const parallel = choice["disable_parallel_tool_use"] === true ? { parallel_tool_calls: false } : {};
  switch (choice["type"]) {
    case "auto":
      return { tool_choice: "auto", ...parallel };
    case "any":
      return { tool_choice: "required", ...parallel };
    case "none":
      return { tool_choice: "none" };
    case "tool": {
      const name = shortName(chatText(choice["name"], "tool_choice.name") ?? refuse("tool_choice.name", "a text"));
      // One that runs at the provider can't be asked for by name.
      if (!functions.some((tool) => isMembers(tool["function"]) && tool["function"]["name"] === name)) throw cannotSay("tool_choice");
      return { tool_choice: { type: "function", function: { name } }, ...parallel };
    }
    default:
      return refuse("tool_choice.type", "auto, any, none or tool");
  }
}

/** OpenAI's options of a search in the web. It has no lists of places that may be searched. */
function searchOptions(tool: JsonMembers, path: string): JsonMembers {
  for (const name of ["allowed_domains", "blocked_domains"]) {
    const domains = tool[name];
    if (Array.isArray(domains) && domains.length > 0) throw cannotSay(`${path}.${name}`);
  }
  const { max_uses: uses, user_location: location } = tool;
  const size = typeof uses !== "number" ? undefined : uses <= 1 ? "low" : uses <= 5 ? "medium" : "high";
  const { type: _type, ...approximate } = isMembers(location) ? location : {};
  return {
    ...(size === undefined ? {} : { search_context_size: size }),
    ...(isMembers(location) ? { user_location: { type: "approximate", approximate } } : {}),
  };
}
