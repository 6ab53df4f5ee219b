import type { JsonMembers } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { cannotTake, isNoEffort, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest } from "../../kit/chat/conversation.ts";
import type { GeminiModel } from "./gemini-model.ts";

/** LiteLLM's budgets by OpenAI's effort, for models that take a budget. */
const budgets: Readonly<Record<string, number>> = { low: 1024, medium: 2048, high: 4096 };
const minimalBudgets: Readonly<Record<GeminiModel["size"], number>> = { pro: 128, flash: 1, "flash-lite": 512 };
const largestBudgets: Readonly<Record<GeminiModel["size"], number>> = { pro: 32_768, flash: 24_576, "flash-lite": 24_576 };

/**
 * Writes Gemini's `thinkingConfig` from `thinking`, which is more exact, else from `reasoning_effort`.
 * @returns Undefined where the model thinks as it does by itself, and keeps it to itself.
 */
export function thinkingConfigOf({ thinking, effort }: ChatRequest, model: GeminiModel, context: WriteContext): JsonMembers | undefined {
  if (thinking === undefined && effort === undefined) return undefined;
  const name = thinking === undefined ? "reasoning_effort" : "thinking";
  const isOff = thinking === undefined ? isNoEffort(effort) : thinking["type"] === "disabled";
  if (model.thinking === "none") {
    if (isOff) return undefined;
    if (!mayDropParams(context.members, context.target.rules)) throw cannotTake(context.target, name, ": its model does not think");
    context.adjusted.add(name);
    return undefined;
  }
  if (isOff) return leastThinking(model, name, context);
  if (thinking !== undefined) return asGiven(thinking, effort, model, context);
  return { ...byEffort(effort ?? "", model, context), includeThoughts: true };
}

/** Some models cannot but think: then it is as little as may be. */
function leastThinking(model: GeminiModel, name: string, context: WriteContext): JsonMembers {
  if (model.thinking === "budget" && model.size !== "pro") return { thinkingBudget: 0, includeThoughts: false };
  context.adjusted.add(name);
  if (model.thinking === "budget") return { thinkingBudget: minimalBudgets.pro, includeThoughts: false };
  return { thinkingLevel: model.takesMinimal ? "minimal" : "low", includeThoughts: false };
}

function byEffort(effort: string, model: GeminiModel, context: WriteContext): JsonMembers {
  if (model.thinking === "level") return { thinkingLevel: levelOf(effort, model, context) };
  return { thinkingBudget: budgetFor(effort, model) ?? refuseEffort(effort, context) };
}

function budgetFor(effort: string, { size }: GeminiModel): number | undefined {
  switch (effort) {
    case "minimal":
      return minimalBudgets[size];
    case "xhigh":
    case "max":
      return largestBudgets[size];
    default:
      return budgets[effort];
  }
}

/**
 * Tells of a deployment whose own parameters let its model think as long as its answers may be: thoughts count as part of an answer, of which
 * nothing may be left then.
 * @param defaults What its requests have where the caller says nothing.
 */
export function thinkingNote(defaults: JsonMembers, model: GeminiModel): string | undefined {
  const { max_tokens: one, max_completion_tokens: other, thinking, reasoning_effort: effort } = defaults;
  const caps = [one, other].filter((cap) => typeof cap === "number");
  if (model.thinking !== "budget" || caps.length === 0) return undefined;
  const asked = typeof effort === "string" ? budgetFor(effort, model) : undefined;
  const budget = isMembers(thinking) ? thinking["budget_tokens"] : asked;
  const most = Math.max(...caps);
  if (typeof budget !== "number" || budget < most) return undefined;
  return `max_tokens ${most} leaves no room for an answer beside up to ${budget} tokens of thinking`;
}

function levelOf(effort: string, model: GeminiModel, context: WriteContext): string {
  const changed = (level: string): string => {
    context.adjusted.add("reasoning_effort");
    return level;
  };
  switch (effort) {
    case "minimal":
      return model.takesMinimal ? effort : changed("low");
    case "medium":
      return model.takesMedium ? effort : changed("high");
    case "xhigh":
      return model.takesXhigh ? effort : changed("high");
    case "max":
      return changed(model.takesXhigh ? "xhigh" : "high");
    case "low":
    case "high":
      return effort;
    default:
      return refuseEffort(effort, context);
  }
}

function refuseEffort(effort: string, { target }: WriteContext): never {
  throw cannotTake(target, "reasoning_effort", ` of ${JSON.stringify(effort.slice(0, 64))}`);
}

/** Anthropic's `thinking`. A budget says nothing to a model that takes a level: an effort beside it does. */
function asGiven(thinking: JsonMembers, effort: string | undefined, model: GeminiModel, context: WriteContext): JsonMembers {
  const { budget_tokens: tokens } = thinking;
  const budget = typeof tokens === "number" && tokens >= 0 ? Math.floor(tokens) : undefined;
  if (model.thinking === "level") {
    if (budget !== undefined) context.adjusted.add("thinking");
    return { ...(effort === undefined || effort === "none" ? {} : byEffort(effort, model, context)), includeThoughts: true };
  }
  return { ...(budget === undefined ? {} : { thinkingBudget: budget }), includeThoughts: budget !== 0 };
}
