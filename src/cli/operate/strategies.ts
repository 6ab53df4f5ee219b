import { Command } from "commander";
import { ListStrategiesResponseSchema, type ChangeEstimate, type ShadowStrategy } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import type { Understood } from "../kit/task.ts";
import { presentText } from "../kit/values.ts";
import { number, percent } from "../render/format.ts";
import { table, type Column } from "../render/table.ts";
import { operatorCommand } from "./operator-command.ts";

interface Row {
  readonly group: string;
  readonly strategy: string;
  /** Undefined where nothing is compared with the strategy in use. */
  readonly shadow: ShadowStrategy | undefined;
}

/** Makes the command `huntgroup strategies`. */
export function strategiesCommand(understood: Understood): Command {
  const command = new Command("strategies")
    .description("how each group is routed, and what the strategies in router_settings.shadow_strategies would have changed")
    .argument("[GROUP]", "only this one", presentText);
  return operatorCommand(command, understood, (group: string | undefined) => async (session) => {
    const response = await session.client.listStrategies({ group: group ?? "" });
    session.answer(ListStrategiesResponseSchema, response, () => {
      const { groups } = response;
      const rows = groups.flatMap((one): readonly Row[] => {
        const row = { group: one.group, strategy: one.strategy };
        return one.shadows.length === 0 ? [{ ...row, shadow: undefined }] : one.shadows.map((shadow) => ({ ...row, shadow }));
      });
      const hints = groups.flatMap((one) => one.advice.map((sentence) => `hint: ${one.group} ${sentence}\n`));
      const text = rows.length === 0 ? "no groups\n" : table(columns, rows, session.page());
      return hints.length === 0 ? text : `${text}\n${hints.join("")}`;
    });
    return ok(undefined);
  });
}

const columns: readonly Column<Row>[] = [
  { title: "GROUP", cell: ({ group }) => group, mayBeCut: true },
  { title: "STRATEGY", cell: ({ strategy }) => strategy },
  {
    title: "SHADOW",
    cell: ({ shadow }) => (shadow === undefined ? "-" : { text: shadow.strategy, ...(shadow.failed && { style: "bad" }) }),
  },
  { title: "SAMPLES", cell: ({ shadow }) => (shadow === undefined ? "" : number(shadow.samples)), alignRight: true },
  { title: "AGREES", cell: agreement, alignRight: true },
  { title: "FIRST ANSWER", cell: ({ shadow }) => changed(shadow?.answerMs, milliseconds), alignRight: true },
  { title: "PRICE OF 1,000 CALLS", cell: ({ shadow }) => changed(shadow?.costUsd, thousandCalls), alignRight: true, rank: 1 },
];

function agreement({ shadow }: Row): string {
  if (shadow === undefined) return "";
  if (shadow.failed) return "failed";
  return shadow.samples === 0 ? "-" : percent(shadow.agreed / shadow.samples);
}

/** A mean with twice its standard error: the range in which it lies 19 times of 20, as far as chance goes. */
function changed(estimate: ChangeEstimate | undefined, format: (value: number) => string): string {
  if (estimate === undefined) return "";
  const { mean, standardError } = estimate;
  return `${mean > 0 ? "+" : mean < 0 ? "-" : ""}${format(Math.abs(mean))} ± ${format(2 * standardError)}`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function thousandCalls(usd: number): string {
  return `$${(usd * 1_000).toFixed(usd * 1_000 < 1 ? 4 : 2)}`;
}
