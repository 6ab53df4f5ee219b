import type { JsonMembers } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { cannotTake, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, Tool } from "../../kit/chat/conversation.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import { type BetaHost, runsTool } from "../../kit/claude/betas.ts";
import type { ClaudeModel } from "../../kit/claude/claude-model.ts";
import { jsonTool, jsonToolName } from "../../kit/claude/json-tool.ts";

export interface WrittenTools {
  readonly tools: readonly JsonMembers[];
  /** Anthropic's `tool_choice`. */
  readonly choice: JsonMembers | undefined;
}

/**
 * Writes the tools of a request and how the model is to choose among them.
 * @param isThinking Whether the request has the model think: then it can't be made to call a tool.
 * @param wantsJsonTool Whether the answer is to come as the input of a tool.
 * @param host As `MessagesHost.betas`.
 */
export function writeTools(
  request: ChatRequest,
  model: ClaudeModel,
  names: ToolNames,
  {
    isThinking,
    wantsJsonTool,
    host,
  }: { readonly isThinking: boolean; readonly wantsJsonTool: boolean; readonly host: BetaHost | undefined },
  context: WriteContext,
): WrittenTools {
  // Anthropic's own have a type; Gemini's, which LiteLLM's callers may send, have none.
  const foreign = request.tools.findIndex((tool) => tool.kind === "hosted" && tool.tool["type"] === undefined);
  if (foreign !== -1) throw cannotTake(context.target, `tools[${foreign}]`, ": it is of another provider's kind");
  const missing = request.tools.findIndex((tool) => tool.kind === "hosted" && !runsTool(tool.type, host));
  if (missing !== -1) throw cannotTake(context.target, `tools[${missing}]`, ": its host does not run it");
  const own = request.tools.length > 0 ? request.tools : namedInHistory(request);
  const tools = own.map((tool) => writeTool(tool, names, model));
  if (wantsJsonTool && request.responseFormat !== undefined) tools.push(writeTool(jsonTool(request.responseFormat), names, model));
  const web = webSearch(request);
  if (web !== undefined) tools.push(web);
  if (tools.length === 0) return { tools, choice: undefined };
  const choice = chosen(request, model, names, { isThinking, wantsJsonTool }, context);
  const { parallelToolCalls } = request;
  if (parallelToolCalls === undefined || choice?.["type"] === "none") return { tools, choice };
  // Calls side by side are what is so without it.
  if (parallelToolCalls && choice === undefined) return { tools, choice };
  return { tools, choice: { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: !parallelToolCalls } };
}

function writeTool(tool: Tool, names: ToolNames, { takesSchema }: ClaudeModel): JsonMembers {
  if (tool.kind === "hosted") return tool.tool;
  const { name, description, parameters, strict, cache } = tool;
  return {
    name: names.legal(name),
    input_schema: parameters === undefined ? { type: "object", properties: {} } : { ...parameters, type: "object" },
    type: "custom",
    ...(description === undefined ? {} : { description }),
    ...(strict && takesSchema ? { strict } : {}),
    ...(cache === undefined ? {} : { cache_control: cache }),
  };
}

/** Calls in the history must be of tools that the request has. Where it has none, those that were called stand for themselves. */
function namedInHistory({ conversation }: ChatRequest): readonly Tool[] {
  const names = new Set<string>();
  for (const { parts } of conversation.turns) {
    for (const part of parts) {
      if (part.kind === "tool_use") names.add(part.name);
      else if (part.kind === "tool_result" && part.name !== undefined) names.add(part.name);
    }
  }
  return [...names].map((name) => ({ kind: "function", name, description: undefined, parameters: undefined, strict: false }));
}

function chosen(
  request: ChatRequest,
  model: ClaudeModel,
  names: ToolNames,
  { isThinking, wantsJsonTool }: { readonly isThinking: boolean; readonly wantsJsonTool: boolean },
  context: WriteContext,
): JsonMembers | undefined {
  const { toolChoice, tools } = request;
  const canForce = model.takesForcedTools && !isThinking;
  // None of the tools in the history may be called again.
  if (tools.length === 0 && !wantsJsonTool) return request.rest["web_search_options"] === undefined ? { type: "none" } : undefined;
  if (wantsJsonTool && (toolChoice === undefined || toolChoice.kind === "auto" || toolChoice.kind === "none")) {
    if (!canForce) return undefined;
    return tools.length === 0 || toolChoice?.kind === "none" ? { type: "tool", name: jsonToolName } : { type: "any" };
  }
  if (toolChoice === undefined) return undefined;
  switch (toolChoice.kind) {
    case "auto":
    case "none":
      return { type: toolChoice.kind };
    default: {
      if (canForce) return toolChoice.kind === "tool" ? { type: "tool", name: names.legal(toolChoice.name) } : { type: "any" };
      if (!isThinking && !mayDropParams(context.members, context.target.rules)) {
        throw cannotTake(context.target, "tool_choice", ": its model can't be made to call a tool");
      }
      context.adjusted.add("tool_choice");
      return { type: "auto" };
    }
  }
}

/** How often the model may search, by OpenAI's size of the search's context. */
const searches: Readonly<Record<string, number>> = { low: 1, medium: 5, high: 10 };

function webSearch({ rest }: ChatRequest): JsonMembers | undefined {
  const options = rest["web_search_options"];
  if (typeof options !== "object" || options === null || Array.isArray(options)) return undefined;
  const { search_context_size: size, user_location: location } = options as JsonMembers;
  const approximate =
    typeof location === "object" && location !== null && !Array.isArray(location) ? (location as JsonMembers)["approximate"] : undefined;
  const uses = searches[typeof size === "string" ? size : "medium"];
  return {
    type: "web_search_20250305",
    name: "web_search",
    ...(uses === undefined ? {} : { max_uses: uses }),
    ...(typeof approximate === "object" && approximate !== null && !Array.isArray(approximate)
      ? { user_location: { ...(approximate as JsonMembers), type: "approximate" } }
      : {}),
  };
}
