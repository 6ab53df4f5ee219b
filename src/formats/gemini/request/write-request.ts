import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { ChatWire, WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { cannotTake } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, TextPart, Turn } from "../../kit/chat/conversation.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import type { GeminiHost } from "./gemini-host.ts";
import { type GeminiModel, geminiModel } from "./gemini-model.ts";
import { inCamelCase, ownField, writeGenerationConfig } from "./generation-config.ts";
import { geminiToolNames } from "./tool-name-rule.ts";
import { writeContents } from "./write-contents.ts";
import { writeGeminiTools } from "./write-tools.ts";

/** Makes the writer of requests to hosts of one kind. */
export function createContentWriter(host: GeminiHost): Pick<ChatWire, "write"> {
  return { write: (request, context) => Buffer.from(JSON.stringify(bodyOf(request, context, host))) };
}

function bodyOf(request: ChatRequest, context: WriteContext, host: GeminiHost): JsonMembers {
  const model = geminiModel(context.model, context.target.rules);
  const names = new ToolNames(context.members, geminiToolNames);
  const { system, turns } = splitInstructions(request, model, context);
  const contents = writeContents(turns, { target: context.target, host, model, names });
  const { tools, calling } = writeGeminiTools(request, model, names, context);
  const generationConfig = writeGenerationConfig(request, model, context);
  const { toolConfig, ...own } = ownMembers(request.rest, host, context);
  const toolSettings = {
    ...(calling === undefined ? {} : { functionCallingConfig: calling }),
    ...(isMembers(toolConfig) ? toolConfig : {}),
  };
  return {
    contents,
    ...(system.length === 0 ? {} : { systemInstruction: { parts: system.map(({ text }) => ({ text })) } }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(Object.keys(toolSettings).length === 0 ? {} : { toolConfig: toolSettings }),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...own,
  };
}

interface Split {
  readonly system: readonly TextPart[];
  readonly turns: readonly Turn[];
}

/** All instructions go before the chat, wherever they stand in it; to a model without them they are the user's first words. */
function splitInstructions({ conversation }: ChatRequest, model: GeminiModel, context: WriteContext): Split {
  const late = conversation.turns.filter(({ role }) => role === "system");
  const turns = late.length === 0 ? conversation.turns : conversation.turns.filter(({ role }) => role !== "system");
  const system = [...conversation.system, ...late.flatMap(({ parts }) => parts.filter((part) => part.kind === "text"))];
  const last = turns.at(-1);
  if (last?.role === "assistant" && context.target.rules.fact(context.model, "supports_assistant_prefill") === false) {
    throw cannotTake(context.target, last.path, ": its model does not go on with an assistant's message at the end of a chat");
  }
  if (model.takesSystem || system.length === 0) return { system, turns };
  return { system: [], turns: [{ role: "user", parts: system, path: "messages[0]" }, ...turns] };
}

/** Parameters that have a place of their own in the request. */
const placed: ReadonlySet<string> = new Set([
  "audio",
  "frequency_penalty",
  "generationConfig",
  "generation_config",
  "logprobs",
  "modalities",
  "n",
  "presence_penalty",
  "seed",
  "service_tier",
  "top_k",
  "top_logprobs",
  "web_search_options",
]);

/** Members of Gemini's request that callers may give with underscores. What is not known goes as it is: Google names what it does not know. */
const requestFields: ReadonlySet<string> = new Set(["cachedContent", "labels", "safetySettings", "serviceTier", "toolConfig"]);

function ownMembers(rest: ChatRequest["rest"], host: GeminiHost, { adjusted }: WriteContext): JsonMembers {
  const own: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (placed.has(name) || ownField(name) !== undefined) continue;
    const camel = inCamelCase(name);
    own[requestFields.has(camel) ? camel : name] = value;
  }
  const tier = rest["service_tier"];
  if (typeof tier !== "string" || tier === "auto") return own;
  if (host.takesServiceTier) own["serviceTier"] = tier === "default" ? "standard" : tier.toLowerCase();
  else adjusted.add("service_tier");
  return own;
}
