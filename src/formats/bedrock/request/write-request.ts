import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { ChatWire, WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { checkedTurns } from "../../kit/chat/checked-turns.ts";
import type { ChatRequest } from "../../kit/chat/conversation.ts";
import { ToolNames } from "../../kit/chat/tool-names.ts";
import { withoutBlanks } from "../../kit/chat/without-blanks.ts";
import { withFewMarks } from "../../kit/claude/few-marks.ts";
import { closedSchema } from "../../kit/claude/json-tool.ts";
import { planSampling, planStops, type Sampling } from "../../kit/claude/sampling.ts";
import { type ModelAbilities, modelAbilities } from "../models/model-abilities.ts";
import { bedrockToolNames } from "../models/tool-name-rule.ts";
import { modelFields } from "./model-fields.ts";
import { type AnswerPlan, planAnswer } from "./plan-answer.ts";
import { withTextBesideDocuments } from "./write-media.ts";
import { writeConverseMessages, writeSystem } from "./write-messages.ts";
import { writeConverseTools } from "./write-tools.ts";

/** Writes Converse's requests. */
export const converseWriter: Pick<ChatWire, "write"> = {
  write: (request, context) => Buffer.from(JSON.stringify(bodyOf(request, context))),
};

/** OpenAI's tiers of service that Bedrock has. `auto` is what is so without it. */
const serviceTiers: ReadonlySet<JsonValue> = new Set(["default", "flex", "priority", "reserved"]);

function bodyOf(asked: ChatRequest, context: WriteContext): JsonMembers {
  const { members, target, adjusted } = context;
  const model = modelAbilities(context.model, target.rules);
  const whole = { ...asked, conversation: withoutBlanks(asked.conversation) };
  const request = model.takesCachePoints ? withFewMarks(whole, model.takesToolCachePoints, adjusted) : whole;
  const names = new ToolNames(members, bedrockToolNames);
  const plan = planAnswer(request, model, context);
  const { config: toolConfig, fields } = writeConverseTools(request, model, names, plan, context);
  const sampling = planSampling(request, model, plan.thinking?.isOn === true, context);
  const turns = checkedTurns(request.conversation, model.takesPrefill, target);
  const rules = { target, names, model, hasTools: toolConfig !== undefined };
  const messages = withTextBesideDocuments(writeConverseMessages(turns, rules), turns, target);
  const system = writeSystem(request.conversation.system, model);
  const { own, rest } = ownMembers(request, context);
  const inferenceConfig = inferenceOf(request, model, plan, sampling, context);
  const { additionalModelRequestFields: given, ...others } = rest;
  const additional = {
    ...modelFields(request, others, model, { plan, sampling }, context),
    ...fields,
    ...(isMembers(given) ? given : {}),
  };
  return {
    messages,
    ...(system.length === 0 ? {} : { system }),
    ...(Object.keys(inferenceConfig).length === 0 ? {} : { inferenceConfig }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
    ...(plan.schema === undefined ? {} : { outputConfig: textFormat(plan, model) }),
    ...(Object.keys(additional).length === 0 ? {} : { additionalModelRequestFields: additional }),
    // Converse itself does not tell how much of an answer was thought.
    ...(plan.thinking?.isOn === true ? { additionalModelResponseFieldPaths: ["/usage/output_tokens_details"] } : {}),
    ...own,
  };
}

/** Converse's own members by LiteLLM's names, which are the same, apart from those that are meant for the model. */
function ownMembers(
  { rest }: ChatRequest,
  { call, adjusted }: WriteContext,
): { readonly own: JsonMembers; readonly rest: Readonly<Record<string, JsonValue>> } {
  const {
    web_search_options: _search,
    service_tier: tier,
    guardrailConfig: guardrail,
    performanceConfig,
    requestMetadata,
    serviceTier,
    promptVariables,
    additionalModelResponseFieldPaths: paths,
    ...others
  } = rest;
  if (tier !== undefined && tier !== "auto" && !serviceTiers.has(tier)) adjusted.add("service_tier");
  const asked = serviceTier ?? (tier !== undefined && serviceTiers.has(tier) ? { type: tier } : undefined);
  const own: Record<string, JsonValue | undefined> = {
    guardrailConfig: isMembers(guardrail) && !call.stream ? withoutStreaming(guardrail) : guardrail,
    performanceConfig,
    requestMetadata,
    serviceTier: asked,
    promptVariables,
    additionalModelResponseFieldPaths: paths,
  };
  const told = Object.entries(own).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return { own: Object.fromEntries(told), rest: others };
}

/** How a guardrail goes about a stream is no part of a request for a whole reply. */
function withoutStreaming({ streamProcessingMode: _mode, ...guardrail }: JsonMembers): JsonMembers {
  return guardrail;
}

/** What OpenAI's models on Bedrock give at least. */
const smallestCap = 16;
/** What is left for the answer where a model thinks within a budget and nobody says how long the answer may be. */
const answerTokens = 4096;

function inferenceOf(
  { maxTokens, stop }: ChatRequest,
  model: ModelAbilities,
  { thinking }: AnswerPlan,
  { temperature, topP }: Sampling,
  context: WriteContext,
): JsonMembers {
  const { adjusted } = context;
  const asked = maxTokens === undefined ? undefined : Math.max(Math.round(maxTokens), model.family === "gpt" ? smallestCap : 1);
  const budget = thinking?.budget ?? 0;
  let most = asked;
  // What is thought counts as part of the answer, and a budget must be below the cap.
  if (budget > 0 && (asked === undefined || asked <= budget)) {
    most = asked === undefined ? Math.max(model.claude?.maxOutputTokens ?? 0, budget + answerTokens) : budget + asked;
  }
  if (maxTokens !== undefined && most !== maxTokens) adjusted.add("max_tokens");
  const stops = model.claude === undefined ? stop.filter((one) => one !== "") : planStops(stop, context);
  return {
    ...(most === undefined ? {} : { maxTokens: most }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(stops.length === 0 ? {} : { stopSequences: stops }),
  };
}

/** Converse wants a schema as a text within its JSON. */
function textFormat({ schema = {}, format }: AnswerPlan, { claude }: ModelAbilities): JsonMembers {
  const name = format?.kind === "schema" ? format.name.replaceAll(/[^a-zA-Z0-9_-]/g, "_").slice(0, 64) : "answer";
  const text = JSON.stringify(claude === undefined ? schema : closedSchema(schema));
  return { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: text, name: name === "" ? "answer" : name } } } };
}
