import type { JsonValue } from "../../../core/provider.ts";
import { cannotTake, mayDropParams } from "../chat/chat-rules.ts";
import type { ChatRequest } from "../chat/conversation.ts";
import type { WriteContext } from "../chat/chat-adapter.ts";
import type { ClaudeModel } from "./claude-model.ts";

/** How a Claude model is to choose its words. Undefined is left to the model. */
export interface Sampling {
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: JsonValue | undefined;
}

/**
 * Reads the parameters of sampling for a Claude model. Models of late take none but a temperature of 1, which is what is so without it; while
 * a model thinks, it takes none either.
 * @param isThinking Whether the request has the model think.
 */
export function planSampling(
  request: ChatRequest,
  model: Pick<ClaudeModel, "takesSampling">,
  isThinking: boolean,
  context: WriteContext,
): Sampling {
  const { temperature, topP, rest } = request;
  const topK = rest["top_k"];
  if (model.takesSampling && !isThinking) {
    // OpenAI's scale goes up to 2.
    if (temperature === undefined || temperature <= 1) return { temperature, topP, topK };
    if (!mayDropParams(context.members, context.target.rules)) {
      throw cannotTake(context.target, "temperature", " above 1, where its model's scale ends");
    }
    context.adjusted.add("temperature");
    return { temperature: undefined, topP, topK };
  }
  const asked: (readonly [string, JsonValue | undefined])[] = [
    ["temperature", temperature === 1 ? undefined : temperature],
    ["top_p", topP],
    ["top_k", topK],
  ];
  for (const [name, value] of asked) {
    if (value === undefined) continue;
    if (!model.takesSampling && !mayDropParams(context.members, context.target.rules)) {
      throw cannotTake(context.target, name, `: its model takes only its own choice of words`);
    }
    context.adjusted.add(name);
  }
  return { temperature: temperature === 1 ? 1 : undefined, topP: undefined, topK: undefined };
}

/** The texts that end an answer, but for empty ones, which end none. Claude refuses those of nothing but space, such as a line's end. */
export function planStops(stop: readonly string[], { members, target, adjusted }: WriteContext): readonly string[] {
  const kept = stop.filter((text) => text.trim() !== "");
  if (kept.length === stop.filter((text) => text !== "").length) return kept;
  if (!mayDropParams(members, target.rules)) throw cannotTake(target, "stop", ": its model does not stop at mere space");
  adjusted.add("stop");
  return kept;
}
