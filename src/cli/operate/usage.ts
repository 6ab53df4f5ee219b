import { Command, Option } from "commander";
import { GetUsageResponseSchema, UsageResolution, type UsageSeries } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { dollars, number, span, sparkline } from "../render/format.ts";
import { table, type Column } from "../render/table.ts";
import type { Understood } from "../kit/task.ts";
import { choiceOption, presentText, wholeNumber } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

const usualLimit = 20;
const largestLimit = 1_000_000;
/** How many of the latest points a table shows. */
const shownPoints = 36;

interface UsageFlags {
  readonly by: "key" | "model" | "both" | "none";
  readonly hours?: boolean;
  readonly ofKey?: string;
  readonly model?: string;
  readonly limit: number;
}

/** Makes the command `huntgroup usage`. */
export function usageCommand(understood: Understood): Command {
  const command = new Command("usage")
    .description("what was used and what it cost over time, by key and model")
    .addOption(choiceOption(new Option("--by <WHAT>", "what is counted apart"), ["key", "model", "both", "none"]).default("both"))
    .addOption(new Option("--hours", "the last three days by the hour; else the last hour by the minute"))
    .addOption(new Option("--of-key <NAME>", "only what this key used").argParser(presentText))
    .addOption(new Option("--model <GROUP>", "only what was used of this group").argParser(presentText))
    .addOption(
      new Option("--limit <N>", "how many rows at most, the dearest first; the rest is one more; 0 shows all")
        .argParser(wholeNumber(0, largestLimit))
        .default(usualLimit),
    );
  return operatorCommand(command, understood, ({ by, hours = false, ofKey, model, limit }: UsageFlags) => async (session) => {
    const byKey = by === "key" || by === "both";
    const byModel = by === "model" || by === "both";
    const resolution = hours ? UsageResolution.HOURS : UsageResolution.MINUTES;
    const response = await session.client.getUsage({ resolution, byKey, byModel, key: ofKey, model, limit });
    session.answer(GetUsageResponseSchema, response, () => {
      const { series, pointSeconds } = response;
      const latest = `LAST ${span(shownPoints * pointSeconds * 1_000)}`;
      return series.length === 0 ? "nothing was used\n" : table(columns(byKey, byModel, latest), series, session.page());
    });
    return ok(undefined);
  });
}

function columns(byKey: boolean, byModel: boolean, latest: string): readonly Column<UsageSeries>[] {
  return [
    ...(byKey ? [{ title: "KEY", cell: ({ key, rest }: UsageSeries) => (rest ? "(others)" : key || "(none)"), mayBeCut: true }] : []),
    ...(byModel
      ? [{ title: "MODEL", cell: ({ model, rest }: UsageSeries) => (rest ? "(others)" : model || "(none)"), mayBeCut: true }]
      : []),
    { title: "CALLS", cell: ({ totals }) => number(totals?.requests ?? 0), alignRight: true },
    { title: "FAILED", cell: ({ totals }) => number(totals?.failures ?? 0), alignRight: true },
    { title: "PROMPT TOKENS", cell: ({ totals }) => number(totals?.promptTokens ?? 0), alignRight: true, rank: 1 },
    { title: "OUTPUT TOKENS", cell: ({ totals }) => number(totals?.outputTokens ?? 0), alignRight: true, rank: 1 },
    { title: "COST", cell: ({ totals }) => dollars(totals?.costUsd ?? 0), alignRight: true },
    { title: latest, cell: ({ points }) => sparkline(points.slice(-shownPoints).map(tokens)), rank: 2 },
  ];
}

function tokens({ promptTokens, outputTokens }: { readonly promptTokens: number; readonly outputTokens: number }): number {
  return promptTokens + outputTokens;
}
