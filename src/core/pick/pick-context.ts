import type { Demand } from "./demand.ts";
import type { Group } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { AnswerKind } from "../flow/answer-lengths.ts";
import type { PickContext } from "../strategy.ts";

/**
 * What a group's strategy learns of a call. Its tokens are estimated by what the group's first deployment reported, and its answer by others
 * of its kind where these are known.
 * @param kind Of the group's `lengths`.
 */
export function pickContext(group: Group, demand: Demand, stream: boolean, kind: AnswerKind, ledger: Ledger): PickContext {
  const row = group.entries[0]?.row ?? 0;
  const { lengths } = group;
  const { maxOutputTokens, answers } = demand;
  return {
    now: demand.now,
    stream,
    promptTokens: ledger.estimatePromptTokens(row, demand.requestBytes),
    outputTokens:
      lengths === undefined
        ? ledger.estimateOutputTokens(row, maxOutputTokens, answers)
        : lengths.expectedRest(kind, 0, maxOutputTokens) * answers,
  };
}
