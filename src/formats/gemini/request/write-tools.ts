import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { cannotTake, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, Tool } from "../../kit/chat/conversation.ts";
import type { ToolNames } from "../../kit/chat/tool-names.ts";
import type { GeminiModel } from "./gemini-model.ts";
import { plainJsonSchema, writeSchema } from "./write-schema.ts";

export interface GeminiTools {
  readonly tools: readonly JsonMembers[];
  /** Gemini's `functionCallingConfig`. */
  readonly calling: JsonMembers | undefined;
}

type FunctionTool = Extract<Tool, { readonly kind: "function" }>;

/** Writes the tools of a request and how the model is to choose among them. */
export function writeGeminiTools(request: ChatRequest, model: GeminiModel, names: ToolNames, context: WriteContext): GeminiTools {
  const functions = request.tools.filter((tool) => tool.kind === "function");
  const declarations = functions.map((tool) => declare(tool, request.tools.indexOf(tool), { model, names, context }));
  const hosted = request.tools.flatMap((tool, index) => (tool.kind === "hosted" ? [hostedTool(tool, index, context)] : []));
  const tools = [...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]), ...hosted];
  if (request.rest["web_search_options"] !== undefined && !hosted.some((tool) => "googleSearch" in tool)) {
    if (declarations.length === 0) tools.push({ googleSearch: {} });
    else dropOrRefuse("web_search_options", ": its models search or call functions, and not both", context);
  }
  if (declarations.length === 0) return { tools, calling: undefined };
  if (request.parallelToolCalls === false && declarations.length > 1) {
    dropOrRefuse("parallel_tool_calls", ": its models call as many tools at once as they see fit", context);
  }
  return { tools, calling: callingConfig(request, functions, names) };
}

function dropOrRefuse(param: string, why: string, { members, target, adjusted }: WriteContext): void {
  if (!mayDropParams(members, target.rules)) throw cannotTake(target, param, why);
  adjusted.add(param);
}

interface Writer {
  readonly model: GeminiModel;
  readonly names: ToolNames;
  readonly context: WriteContext;
}

function declare({ name, description, parameters }: FunctionTool, index: number, { model, names, context }: Writer): JsonMembers {
  const declaration = { name: names.legal(name), ...(description === undefined ? {} : { description }) };
  if (parameters === undefined) return declaration;
  const { schema, isLossy, isCut } = writeSchema(parameters);
  if (isLossy && model.takesJsonSchema) return { ...declaration, parametersJsonSchema: plainJsonSchema(parameters) };
  if (isCut) refuse(`tools[${index}].function.parameters`, "a smaller schema");
  if (isLossy) context.adjusted.add("tools");
  // A function without parameters has no schema: Google refuses one that names no properties.
  return "properties" in schema ? { ...declaration, parameters: schema } : declaration;
}

/** Gemini's own tools, by the names that its API and LiteLLM's callers have for them. */
const geminiTools: Readonly<Record<string, string>> = {
  googlesearch: "googleSearch",
  googlesearchretrieval: "googleSearchRetrieval",
  websearch: "googleSearch",
  websearchpreview: "googleSearch",
  enterprisewebsearch: "enterpriseWebSearch",
  urlcontext: "urlContext",
  codeexecution: "codeExecution",
  codeinterpreter: "codeExecution",
  googlemaps: "googleMaps",
  computeruse: "computerUse",
  filesearch: "fileSearch",
  retrieval: "retrieval",
};

/** A tool that runs at Google. Others' dated names (`web_search_20250305`) stand for Google's own. */
function hostedTool({ type, tool }: Extract<Tool, { readonly kind: "hosted" }>, index: number, context: WriteContext): JsonMembers {
  if (type === "functionDeclarations" || type === "function_declarations") return tool;
  const name =
    geminiTools[
      type
        .toLowerCase()
        .replace(/_\d{8}$/, "")
        .replaceAll("_", "")
    ];
  if (name === undefined) throw cannotTake(context.target, `tools[${index}]`, ` of type ${JSON.stringify(type.slice(0, 64))}`);
  const own = tool[type] ?? tool[name];
  return { [name]: isMembers(own) ? own : {} };
}

const modes: Readonly<Record<string, string>> = { auto: "AUTO", required: "ANY", none: "NONE" };

function callingConfig({ toolChoice }: ChatRequest, functions: readonly FunctionTool[], names: ToolNames): JsonMembers | undefined {
  if (toolChoice?.kind === "tool") return { mode: "ANY", allowedFunctionNames: [names.legal(toolChoice.name)] };
  const isStrict = functions.some(({ strict }) => strict);
  // Arguments are held to the schema where a call is forced, and in this mode.
  if (isStrict && (toolChoice === undefined || toolChoice.kind === "auto")) return { mode: "VALIDATED" };
  const mode: JsonValue | undefined = toolChoice === undefined ? undefined : modes[toolChoice.kind];
  return mode === undefined ? undefined : { mode };
}
