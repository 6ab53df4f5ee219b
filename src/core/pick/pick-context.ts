import type { Demand } from "./demand.ts";
import type { Group } from "../table/group.ts";
import type { Ledger } from "../state/ledger.ts";
import type { PickContext } from "../strategy.ts";

/** What a group's strategy learns of a call. Its tokens are estimated by what the group's first deployment reported. */
export function pickContext(group: Group, demand: Demand, stream: boolean, ledger: Ledger): PickContext {
  const row = group.entries[0]?.row ?? 0;
  return {
    now: demand.now,
    stream,
    promptTokens: ledger.estimatePromptTokens(row, demand.requestBytes),
    outputTokens: ledger.estimateOutputTokens(row, demand.maxOutputTokens, demand.answers),
  };
}
