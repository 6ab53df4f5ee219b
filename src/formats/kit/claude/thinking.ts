import type { JsonMembers } from "../../../core/provider.ts";
import { cannotTake, isNoEffort, mayDropParams } from "../chat/chat-rules.ts";
import type { ChatRequest, Conversation, Part, Turn } from "../chat/conversation.ts";
import type { WriteContext } from "../chat/chat-adapter.ts";
import type { ClaudeModel } from "./claude-model.ts";

/** How a request has a Claude model think. */
export interface Thinking {
  /** Anthropic's `thinking`; undefined where the model does as it does by itself. */
  readonly thinking: JsonMembers | undefined;
  /** Anthropic's `output_config.effort`. */
  readonly effort: string | undefined;
  /** Tokens that are thought at most, of those of the answer; 0 where no such number is given. */
  readonly budget: number;
  /** Whether the model will think because of this request. */
  readonly isOn: boolean;
}

/** Fewer than these no model takes as a budget. */
const smallestBudget = 1024;
/** LiteLLM's budgets by OpenAI's effort, for models that take a budget. */
const budgets: Readonly<Record<string, number>> = { minimal: 1024, low: 1024, medium: 2048, high: 4096, xhigh: 8192, max: 16_384 };

const none: Thinking = { thinking: undefined, effort: undefined, budget: 0, isOn: false };

/** Reads `thinking` and `reasoning_effort` for a Claude model, of the generation with budgets or of that with efforts. */
export function planThinking(request: ChatRequest, model: ClaudeModel, context: WriteContext): Thinking {
  const { thinking, effort } = request;
  if (thinking === undefined && effort === undefined) return none;
  if (!model.canThink) {
    const name = thinking === undefined ? "reasoning_effort" : "thinking";
    if (isNoEffort(effort) || thinking?.["type"] === "disabled") return none;
    if (!mayDropParams(context.members, context.target.rules)) throw cannotTake(context.target, name, ": its model does not think");
    context.adjusted.add(name);
    return none;
  }
  const plan = thinking === undefined ? byEffort(effort ?? "", model, context) : asGiven(thinking, request, model, context);
  return thinking === undefined || effort === undefined || !model.thinksAdaptively
    ? plan
    : { ...plan, effort: knownEffort(effort, model, context) };
}

function byEffort(effort: string, model: ClaudeModel, context: WriteContext): Thinking {
  if (isNoEffort(effort)) {
    if (!model.thinksAdaptively) return none;
    if (!model.alwaysThinks) return { ...none, thinking: { type: "disabled" } };
    context.adjusted.add("reasoning_effort");
    return { ...none, effort: "low" };
  }
  if (model.thinksAdaptively) {
    const thinking = { type: "adaptive", display: "summarized" };
    return { thinking, effort: knownEffort(effort, model, context), budget: 0, isOn: true };
  }
  const budget = budgets[effort];
  if (budget === undefined) throw cannotTake(context.target, "reasoning_effort", ` of ${JSON.stringify(effort)}`);
  return enabled(budget);
}

function knownEffort(effort: string, model: ClaudeModel, context: WriteContext): string {
  if (model.efforts.has(effort)) return effort;
  if (!(effort in budgets)) throw cannotTake(context.target, "reasoning_effort", ` of ${JSON.stringify(effort)}`);
  context.adjusted.add("reasoning_effort");
  if (effort === "minimal") return "low";
  return effort === "max" && model.efforts.has("xhigh") ? "xhigh" : "high";
}

function asGiven(thinking: JsonMembers, request: ChatRequest, model: ClaudeModel, context: WriteContext): Thinking {
  const { type, budget_tokens: tokens } = thinking;
  const budget = typeof tokens === "number" ? tokens : undefined;
  switch (type) {
    case "disabled":
      if (!model.alwaysThinks) return { ...none, thinking };
      context.adjusted.add("thinking");
      return none;
    case "adaptive": {
      if (model.thinksAdaptively) return { thinking, effort: undefined, budget: 0, isOn: true };
      context.adjusted.add("thinking");
      const room = (request.maxTokens ?? Number.POSITIVE_INFINITY) - 1;
      return room < smallestBudget ? none : enabled(Math.min(budgets["medium"] ?? smallestBudget, room));
    }
    case "enabled":
      if (!model.thinksAdaptively) {
        const most = Math.max(budget ?? smallestBudget, smallestBudget);
        if (most !== budget) context.adjusted.add("thinking");
        return { ...enabled(most), thinking: { ...thinking, budget_tokens: most } };
      }
      context.adjusted.add("thinking");
      return { thinking: { type: "adaptive", display: "summarized" }, effort: effortOf(budget), budget: 0, isOn: true };
    default:
      return { thinking, effort: undefined, budget: budget ?? 0, isOn: true };
  }
}

function enabled(budget: number): Thinking {
  return { thinking: { type: "enabled", budget_tokens: budget }, effort: undefined, budget, isOn: true };
}

/** The effort that comes nearest to a budget. */
function effortOf(budget: number | undefined): string {
  if (budget === undefined || budget >= 4096) return "high";
  return budget >= 2048 ? "medium" : "low";
}

/**
 * A model that is told to think wants the thinking with which it began what it is still at: calling tools, whose results it is now given, or the
 * message that it is to go on with. Where there is none (another model began), it answers without thinking.
 */
export function thinkingAfter({ turns }: Conversation, thinking: Thinking, context: WriteContext): Thinking {
  if (thinking.budget === 0) return thinking;
  const opening = openingOf(turns);
  if (opening === undefined || beginsWithThinking(opening)) return thinking;
  context.adjusted.add(context.members["thinking"] === undefined ? "reasoning_effort" : "thinking");
  return none;
}

/** The assistant's turn that began what is not at its end yet; undefined where the user has the word. */
function openingOf(turns: readonly Turn[]): Turn | undefined {
  let opening: Turn | undefined;
  // Of what stands between two turns of the assistant: instructions may be the user's words there.
  let isAnswered = false;
  let hasResults = false;
  for (const turn of turns.toReversed()) {
    const { role, parts } = turn;
    if (role !== "assistant") {
      isAnswered = true;
      hasResults ||= parts.some(({ kind }) => kind === "tool_result");
      continue;
    }
    // What holds nothing but space is not sent.
    if (parts.every((part) => part.kind === "text" && part.text.trim() === "")) continue;
    if (isAnswered && !hasResults) break;
    opening = turn;
    isAnswered = false;
    hasResults = false;
  }
  return opening;
}

function beginsWithThinking({ parts }: Turn): boolean {
  return parts.find(isSent)?.kind === "thinking";
}

function isSent(part: Part): boolean {
  return part.kind !== "thinking" || (part.signature ?? part.redacted) !== undefined;
}
