import type { JsonMembers } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { cannotTake, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, Tool } from "../../kit/chat/conversation.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import { closedSchema, jsonTool, jsonToolName } from "../../kit/claude/json-tool.ts";
import type { ModelAbilities } from "../models/model-abilities.ts";
import type { AnswerPlan } from "./plan-answer.ts";
import { cachePoint } from "./write-messages.ts";
import { append } from "../../kit/append.ts";

export interface ConverseTools {
  /** Converse's `toolConfig`; undefined where the request has no tools. */
  readonly config: JsonMembers | undefined;
  /** Fields for the model itself. */
  readonly fields: JsonMembers;
}

/** Tools that Claude knows by their types, which Converse has no words for. */
const claudeTools = /^(?:computer|bash|text_editor|memory|tool_search_tool)_/;

/** Writes the tools of a request and how the model is to choose among them. */
export function writeConverseTools(
  request: ChatRequest,
  model: ModelAbilities,
  names: ToolNames,
  plan: AnswerPlan,
  context: WriteContext,
): ConverseTools {
  const tools: JsonMembers[] = [];
  const hosted: JsonMembers[] = [];
  // Converse can't be told to call none of its tools: then it gets none.
  const asked = request.toolChoice?.kind === "none" ? [] : request.tools;
  for (const [index, tool] of asked.entries()) {
    if (tool.kind === "function") append(tools, writeTool(tool, names, model));
    else if (model.claude !== undefined && claudeTools.test(tool.type)) hosted.push(tool.tool);
    else if (isMembers(tool.tool["systemTool"])) tools.push({ systemTool: tool.tool["systemTool"] });
    else throw cannotTake(context.target, `tools[${index}]`, ` of type ${JSON.stringify(tool.type.slice(0, 64))}`);
  }
  if (plan.wantsJsonTool && plan.format !== undefined) append(tools, writeTool(jsonTool(plan.format), names, model));
  if (request.rest["web_search_options"] !== undefined) tools.push({ systemTool: { name: "nova_grounding" } });
  const own = hosted.length === 0 ? {} : { tools: hosted };
  if (tools.length === 0) return { config: undefined, fields: own };
  const choice = chosen(request, model, names, plan, context);
  const config = { tools, ...(choice === undefined ? {} : { toolChoice: choice }) };
  return { config, fields: { ...own, ...parallelCalls(request, model, choice, context) } };
}

function writeTool(
  { name, description, parameters, strict, cache }: Extract<Tool, { kind: "function" }>,
  names: ToolNames,
  model: ModelAbilities,
): readonly JsonMembers[] {
  const isStrict = strict && model.takesStrictTools;
  const schema: JsonMembers = parameters === undefined ? { type: "object", properties: {} } : { ...parameters, type: "object" };
  const spec = {
    name: names.legal(name),
    ...(description === undefined || description === "" ? {} : { description }),
    inputSchema: { json: isStrict ? closedSchema(schema) : schema },
    ...(isStrict ? { strict } : {}),
  };
  return [{ toolSpec: spec }, ...(model.takesToolCachePoints ? cachePoint(cache, model) : [])];
}

function chosen(
  { toolChoice, tools }: ChatRequest,
  model: ModelAbilities,
  names: ToolNames,
  { wantsJsonTool, thinking }: AnswerPlan,
  context: WriteContext,
): JsonMembers | undefined {
  const isThinking = thinking?.isOn === true;
  const canForce = model.takesForcedTools && !isThinking;
  const kind = toolChoice?.kind ?? "auto";
  if (wantsJsonTool && (kind === "auto" || kind === "none")) {
    if (!canForce) return undefined;
    return tools.length === 0 || kind === "none" ? { tool: { name: jsonToolName } } : { any: {} };
  }
  // What is chosen from was left out, and what is left are the provider's own tools.
  if (toolChoice === undefined || kind === "none") return undefined;
  if (kind === "auto") return model.takesToolChoice ? { auto: {} } : undefined;
  if (canForce) return toolChoice.kind === "tool" ? { tool: { name: names.legal(toolChoice.name) } } : { any: {} };
  if (!isThinking && !mayDropParams(context.members, context.target.rules)) {
    throw cannotTake(context.target, "tool_choice", ": its model can't be made to call a tool");
  }
  context.adjusted.add("tool_choice");
  return model.takesToolChoice ? { auto: {} } : undefined;
}

/** One call at a time is asked for in Claude's own words, beside Converse's choice of a tool. */
function parallelCalls(
  { parallelToolCalls }: ChatRequest,
  model: ModelAbilities,
  choice: JsonMembers | undefined,
  context: WriteContext,
): JsonMembers {
  if (parallelToolCalls !== false) return {};
  if (model.takesSingleCalls) {
    return { tool_choice: { ...(choice === undefined ? { type: "auto" } : {}), disable_parallel_tool_use: true } };
  }
  if (!mayDropParams(context.members, context.target.rules)) throw cannotTake(context.target, "parallel_tool_calls");
  context.adjusted.add("parallel_tool_calls");
  return {};
}
