import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { cannotTake, isNoEffort } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest } from "../../kit/chat/conversation.ts";
import { askedBetas, keptBetas, withoutBetaFields } from "../../kit/claude/betas.ts";
import type { Sampling } from "../../kit/claude/sampling.ts";
import type { ModelFamily } from "../models/model-family.ts";
import type { ModelAbilities } from "../models/model-abilities.ts";
import type { AnswerPlan } from "./plan-answer.ts";

/**
 * What a request has for the model itself, which Converse passes on as it is (`additionalModelRequestFields`): thinking and effort in the words of
 * each family, Claude's betas, and all members that nobody else knows.
 * @param given Members of the request that are none of Converse's own.
 */
export function modelFields(
  request: ChatRequest,
  given: Readonly<Record<string, JsonValue>>,
  model: ModelAbilities,
  { plan, sampling }: { readonly plan: AnswerPlan; readonly sampling: Sampling },
  context: WriteContext,
): JsonMembers {
  const { top_k: _topK, output_config: output, anthropic_beta: betas, ...rest } = given;
  if (model.claude === undefined || plan.thinking === undefined) {
    return { ...rest, ...otherTopK(sampling.topK, model.family), ...otherEffort(request.effort, model.family, context) };
  }
  const { thinking, effort } = plan.thinking;
  const config = { ...(isMembers(output) ? output : {}), ...(effort === undefined ? {} : { effort }) };
  const asked = askedBetas(request.tools, betas, context.target.host.headers["anthropic-beta"]);
  const kept = keptBetas(asked, "bedrock-converse");
  if (betas !== undefined && kept.length < asked.length) context.adjusted.add("anthropic_beta");
  const fields = withoutBetaFields({ ...rest, ...(thinking === undefined ? {} : { thinking }) }, kept);
  return {
    ...fields,
    ...(sampling.topK === undefined ? {} : { top_k: sampling.topK }),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
    ...(kept.length === 0 ? {} : { anthropic_beta: kept }),
  };
}

function otherTopK(topK: JsonValue | undefined, family: ModelFamily): JsonMembers {
  if (topK === undefined) return {};
  return family === "nova" || family === "nova-2" ? { inferenceConfig: { topK } } : { top_k: topK };
}

/** Nova's efforts by OpenAI's. */
const novaEfforts: Readonly<Record<string, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

function otherEffort(effort: string | undefined, family: ModelFamily, { target, adjusted, model }: WriteContext): JsonMembers {
  if (effort === undefined) return {};
  // Which is so by itself where a model cannot think.
  if (isNoEffort(effort) && family === "other" && target.rules.fact(model, "supports_reasoning") !== true) return {};
  switch (family) {
    case "nova-2": {
      if (isNoEffort(effort)) return { reasoningConfig: { type: "disabled" } };
      const maxReasoningEffort = novaEfforts[effort];
      if (maxReasoningEffort === undefined) throw cannotTake(target, "reasoning_effort", ` of ${JSON.stringify(effort.slice(0, 64))}`);
      if (maxReasoningEffort !== effort) adjusted.add("reasoning_effort");
      return { reasoningConfig: { type: "enabled", maxReasoningEffort } };
    }
    case "gpt":
      return { reasoning: { effort } };
    default:
      return { reasoning_effort: effort };
  }
}
