import type { Demand } from "./demand.ts";
import type { Group } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { AnswerKind } from "../flow/answer-lengths.ts";
import type { PromptPrefix } from "../flow/prefix-memory.ts";
import type { PickContext } from "../strategy.ts";

/** What of a call is told to its group's strategy. */
export interface PickedCall {
  readonly stream: boolean;
  /** Of the group's `lengths`. */
  readonly kind: AnswerKind;
  /** Omit it where the beginning of its prompt is not known. */
  readonly prefix?: PromptPrefix | undefined;
}

/**
 * What a group's strategy learns of a call. Its tokens are estimated by what the group's first deployment reported, and its answer by others
 * of its kind where these are known.
 */
export function pickContext(group: Group, demand: Demand, { stream, kind, prefix }: PickedCall, ledger: Ledger): PickContext {
  const row = group.entries[0]?.row ?? 0;
  const { lengths } = group;
  const { now, maxOutputTokens, answers } = demand;
  const promptTokens = ledger.estimatePromptTokens(row, demand.requestBytes);
  const outputTokens =
    lengths === undefined
      ? ledger.estimateOutputTokens(row, maxOutputTokens, answers)
      : lengths.expectedRest(kind, 0, maxOutputTokens) * answers;
  if (prefix === undefined || prefix.isShort) return { now, stream, promptTokens, outputTokens };
  const cachedTokens = (on: number): number => ledger.estimatePromptTokens(row, prefix.trustedBytesOn(on, now));
  return { now, stream, promptTokens, outputTokens, cachedTokens };
}
