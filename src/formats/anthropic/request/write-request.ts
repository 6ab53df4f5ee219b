import type { JsonMembers } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatWire, WriteContext } from "../../kit/chat/chat-adapter.ts";
import { checkedTurns } from "../../kit/chat/checked-turns.ts";
import type { ChatRequest } from "../../kit/chat/conversation.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import { withoutBlanks } from "../../kit/chat/without-blanks.ts";
import { askedBetas, type BetaHost, isForHeader, keptBetas, withoutBetaFields } from "../../kit/claude/betas.ts";
import { type ClaudeModel, claudeModel } from "../../kit/claude/claude-model.ts";
import { withFewMarks } from "../../kit/claude/few-marks.ts";
import { closedSchema, nativeSchema } from "../../kit/claude/json-tool.ts";
import { planSampling, planStops } from "../../kit/claude/sampling.ts";
import { planThinking, type Thinking, thinkingAfter } from "../../kit/claude/thinking.ts";
import { writeMessages, writeText } from "./write-messages.ts";
import { anthropicToolNames } from "./tool-name-rule.ts";
import { writeTools } from "./write-tools.ts";

/** How hosts of the Messages API differ. */
export interface MessagesHost {
  /** The version that stands in the body, in place of the header and of the model (Vertex AI, Bedrock). Omit it for Anthropic's own way. */
  readonly bodyVersion?: string | undefined;
  /** Whether the host fetches addresses of images and documents. */
  readonly takesUrls: boolean;
  /** Whose betas it takes: others it refuses, with the fields that belong to them. Omit it for Anthropic's own. */
  readonly betas?: BetaHost | undefined;
  /** Whether its path alone says that a reply is streamed, which then comes in AWS's framing (Bedrock). Omit it for no. */
  readonly framesEvents?: boolean | undefined;
}

/** Where neither the request nor what is known of the model says how long an answer may be. LiteLLM's number. */
const defaultMaxTokens = 128_000;

const webSearchBeta = "web-search-2025-03-05";

/** Makes the writer of requests to hosts of one kind. */
export function createMessageWriter(host: MessagesHost): Pick<ChatWire, "write" | "headers"> {
  const write: ChatWire["write"] = (request, context) => Buffer.from(JSON.stringify(bodyOf(request, context, host)));
  if (host.betas === "vertex") return { write, headers: (request, context) => betaHeader(request, betasOf(request, context, host)) };
  if (host.bodyVersion !== undefined) return { write };
  return {
    write,
    headers(request, context): Readonly<Record<string, string>> {
      const betas = betasOf(request, context, host);
      return betas.length === 0 ? {} : { "anthropic-beta": betas.join(",") };
    },
  };
}

/** Vertex AI wants two kinds of betas in the header: those that it takes there alone, and the one of the search in the web. */
function betaHeader({ rest, tools }: ChatRequest, betas: readonly string[]): Readonly<Record<string, string>> {
  const searches =
    rest["web_search_options"] !== undefined || tools.some((tool) => tool.kind === "hosted" && tool.type.startsWith("web_search_"));
  const names = [...betas.filter((name) => isForHeader(name, "vertex")), ...(searches ? [webSearchBeta] : [])];
  return names.length === 0 ? {} : { "anthropic-beta": names.join(",") };
}

/** The betas of a request that its host takes. */
function betasOf({ tools, rest }: ChatRequest, { target, adjusted }: WriteContext, host: MessagesHost): readonly string[] {
  const asked = askedBetas(tools, rest["anthropic_beta"], target.host.headers["anthropic-beta"]);
  const kept = keptBetas(asked, host.betas);
  if (rest["anthropic_beta"] !== undefined && kept.length < asked.length) adjusted.add("anthropic_beta");
  return kept;
}

function bodyOf(asked: ChatRequest, context: WriteContext, host: MessagesHost): JsonMembers {
  const request = withFewMarks({ ...asked, conversation: withoutBlanks(asked.conversation) }, true, context.adjusted);
  const { members, target, call } = context;
  const model = claudeModel(context.model, target.rules);
  const names = new ToolNames(members, anthropicToolNames);
  const format = request.responseFormat?.kind === "text" ? undefined : request.responseFormat;
  const schema = nativeSchema(format, model);
  const thinking = thinkingAfter(request.conversation, planThinking(request, model, context), context);
  const wantsJsonTool = format !== undefined && schema === undefined;
  const { tools, choice } = writeTools(request, model, names, { isThinking: thinking.isOn, wantsJsonTool, host: host.betas }, context);
  const sampling = planSampling(request, model, thinking.isOn, context);
  const stops = planStops(request.stop, context);
  const system = request.conversation.system.map(writeText);
  const turns = checkedTurns(request.conversation, model.takesPrefill, target);
  const messages = writeMessages(turns, { target, names, takesUrls: host.takesUrls, takesLateSystem: model.takesLateSystem });
  const { top_k: _topK, web_search_options: _search, service_tier: tier, output_config: given, ...rest } = request.rest;
  const outputConfig = {
    ...(isMembers(given) ? given : {}),
    ...(thinking.effort === undefined ? {} : { effort: thinking.effort }),
    ...(schema === undefined ? {} : { format: { type: "json_schema", schema: closedSchema(schema) } }),
  };
  const fields = { ...rest, ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }) };
  return {
    ...fieldsFor(fields, betasOf(request, context, host), host),
    ...(host.bodyVersion === undefined ? { model: context.model } : { anthropic_version: host.bodyVersion }),
    messages,
    ...(system.length === 0 ? {} : { system }),
    max_tokens: maxTokensOf(request, model, thinking, context),
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...(sampling.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling.topK === undefined ? {} : { top_k: sampling.topK }),
    ...(tools.length === 0 ? {} : { tools }),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...userOf(request, context),
    ...(tier === undefined || host.bodyVersion !== undefined ? {} : { service_tier: tier === "auto" ? "auto" : "standard_only" }),
    ...(call.stream && host.framesEvents !== true ? { stream: true } : {}),
  };
}

/** Puts betas into the body where they stand there, and takes out the fields that need others. */
function fieldsFor({ anthropic_beta: _asked, ...fields }: JsonMembers, betas: readonly string[], host: MessagesHost): JsonMembers {
  const own = host.betas === undefined ? fields : withoutBetaFields(fields, betas);
  const inBody = host.bodyVersion === undefined ? [] : betas.filter((name) => !isForHeader(name, host.betas));
  return inBody.length === 0 ? own : { ...own, anthropic_beta: inBody };
}

/** The cap on the answer, above what may be thought: that counts as part of the answer. */
function maxTokensOf({ maxTokens }: ChatRequest, { maxOutputTokens }: ClaudeModel, { budget }: Thinking, context: WriteContext): number {
  const asked = maxTokens === undefined ? undefined : Math.max(Math.round(maxTokens), 1);
  const most = asked ?? maxOutputTokens ?? defaultMaxTokens;
  if (budget < most) return most;
  if (asked !== undefined) context.adjusted.add("max_tokens");
  return budget + most;
}

/** Addresses and telephone numbers of people are refused upstream, and are nothing that a provider needs. */
const personal = /@|^\+?[\d\s().-]{7,}$/;

function userOf({ user }: ChatRequest, context: WriteContext): JsonMembers {
  if (user === undefined || user === "") return {};
  if (!personal.test(user)) return { metadata: { user_id: user } };
  context.adjusted.add("user");
  return {};
}
