import { Command, Option } from "commander";
import {
  ListCallsResponseSchema,
  type ListCallsResponse,
  type RecentAttempt,
  type RecentCall,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { dollars, number, time } from "../render/format.ts";
import { table, type Cell, type Column } from "../render/table.ts";
import type { Understood } from "../kit/task.ts";
import { presentText, wholeNumber } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

const usualLimit = 20;
const largestLimit = 1_000_000;

const columns: readonly Column<RecentCall>[] = [
  { title: "ENDED", cell: ({ endedAt }) => time(endedAt) },
  { title: "MODEL", cell: ({ model }) => model, mayBeCut: true },
  { title: "KEY", cell: ({ key }) => key, mayBeCut: true, rank: 2 },
  { title: "OUTCOME", cell: outcomeCell },
  { title: "ATTEMPTS", cell: attemptsCell, mayBeCut: true },
  { title: "FIRST MS", cell: ({ firstContentMs }) => number(firstContentMs), alignRight: true, rank: 1 },
  { title: "MS", cell: ({ totalMs }) => number(totalMs), alignRight: true },
  { title: "WAITED", cell: ({ queuedMs }) => (queuedMs === 0 ? "" : number(queuedMs)), alignRight: true, rank: 4 },
  { title: "IN", cell: ({ promptTokens }) => number(promptTokens), alignRight: true, rank: 1 },
  {
    title: "OUT",
    cell: ({ outputTokens, tokensEstimated }) => `${tokensEstimated ? "~" : ""}${number(outputTokens)}`,
    alignRight: true,
    rank: 1,
  },
  { title: "COST", cell: ({ costUsd }) => (costUsd === undefined ? "" : dollars(costUsd)), alignRight: true, rank: 1 },
  { title: "ADJUSTED", cell: ({ adjusted }) => adjusted.join(","), mayBeCut: true, rank: 4 },
  { title: "PROTOCOL", cell: ({ protocol, stream }) => `${protocol}${stream ? ", stream" : ""}`, rank: 3 },
  { title: "ID", cell: ({ callId }) => callId, rank: 5 },
];

const notes = `
ATTEMPTS lists each attempt's deployment, in the order in which they ended: what went wrong there, the status it answered with, and the
milliseconds it took. ADJUSTED names the parameters that went out otherwise than asked for, or not at all. Calls are kept in memory, as many as general_settings.recent_calls says, without prompts and answers.`;

interface CallsFlags {
  readonly limit: number;
  readonly model?: string;
  readonly deployment?: string;
  readonly ofKey?: string;
  readonly failed?: boolean;
}

/** Makes the command `huntgroup calls`. */
export function callsCommand(understood: Understood): Command {
  const command = new Command("calls")
    .description("the latest calls, newest first, with their attempts")
    .addOption(
      new Option("--limit <N>", "how many at most; 0 shows all that are kept").argParser(wholeNumber(0, largestLimit)).default(usualLimit),
    )
    .addOption(new Option("--model <NAME>", "only those that asked for this name, or that this group answered").argParser(presentText))
    .addOption(new Option("--deployment <ID>", "only those with an attempt there").argParser(presentText))
    .addOption(new Option("--of-key <NAME>", "only those by this key").argParser(presentText))
    .addOption(new Option("--failed", "only those that failed, or had an attempt that did"))
    .addHelpText("after", notes);
  return operatorCommand(command, understood, (flags: CallsFlags) => async (session) => {
    const { limit, model = "", deployment = "", ofKey = "", failed = false } = flags;
    const response = await session.client.listCalls({ limit, model, deploymentId: deployment, key: ofKey, failedOnly: failed });
    session.answer(ListCallsResponseSchema, response, () => shown(response, () => table(columns, response.calls, session.page())));
    return ok(undefined);
  });
}

function shown({ calls, capacity }: ListCallsResponse, drawn: () => string): string {
  if (calls.length > 0) return drawn();
  return capacity === 0 ? "no calls are kept: general_settings.recent_calls is 0\n" : "no calls\n";
}

function outcomeCell({ errorCode }: RecentCall): Cell {
  return errorCode === "" ? { text: "success", style: "good" } : { text: errorCode, style: "bad" };
}

function attemptsCell({ attempts }: RecentCall): string {
  return attempts.map(attemptText).join(" > ");
}

function attemptText({ deploymentId, outcome, ms, status }: RecentAttempt): string {
  const why = outcome === "success" ? "" : ` ${outcome}${status === undefined ? "" : ` ${status}`}`;
  return `${deploymentId}${why} ${number(ms)}ms`;
}
