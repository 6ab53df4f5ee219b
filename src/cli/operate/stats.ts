import { Command } from "commander";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { GetStatsResponseSchema, type CoursePoint, type Totals } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table, type Column } from "../render/table.ts";
import { counted, dollars, number, percent, span, sparkline } from "../render/format.ts";
import type { Understood } from "../kit/task.ts";
import { operatorCommand } from "./operator-command.ts";

interface Row {
  readonly name: string;
  readonly totals: Totals | undefined;
  readonly course: readonly CoursePoint[];
}

/** How many of the latest points of a course a table shows. */
const shownPoints = 30;

/** Makes the command `huntgroup stats`. */
export function statsCommand(understood: Understood): Command {
  const command = new Command("stats").description("counts since the server's start, by group, deployment and key");
  return operatorCommand(command, understood, () => async (session) => {
    const response = await session.client.getStats({});
    session.answer(GetStatsResponseSchema, response, () => {
      const { startedAt, time, version, groups, deployments, keys, queued, draining, pointSeconds } = response;
      const up = startedAt === undefined || time === undefined ? "" : `, up ${span(timestampMs(time) - timestampMs(startedAt))}`;
      const sections = [`huntgroup ${version}${up}, ${counted(queued, "call")} waiting for capacity${draining ? ", draining" : ""}\n`];
      const latest = `LAST ${span(Math.min(shownPoints, longest(groups)) * pointSeconds * 1_000)}`;
      const add = (title: string, rows: readonly Row[]): void => {
        if (rows.length > 0) sections.push(table(columns(title, latest), rows, session.page()));
      };
      add(
        "GROUP",
        groups.map(({ group, totals, course }) => ({ name: group, totals, course })),
      );
      add(
        "DEPLOYMENT",
        deployments.map(({ deploymentId, totals, course }) => ({ name: deploymentId, totals, course })),
      );
      add(
        "KEY",
        keys.map(({ key, totals }) => ({ name: key, totals, course: [] })),
      );
      return sections.join("\n");
    });
    return ok(undefined);
  });
}

function longest(all: readonly { readonly course: readonly CoursePoint[] }[]): number {
  return Math.max(0, ...all.map(({ course }) => course.length));
}

function columns(title: string, latest: string): readonly Column<Row>[] {
  return [
    { title, cell: ({ name }) => name, mayBeCut: true },
    { title: "REQUESTS", cell: ({ totals }) => number(totals?.requests ?? 0), alignRight: true },
    { title: "FAILED", cell: failedCell, alignRight: true },
    { title: "PROMPT TOKENS", cell: ({ totals }) => number(totals?.promptTokens ?? 0), alignRight: true, rank: 2 },
    { title: "OUTPUT TOKENS", cell: ({ totals }) => number(totals?.outputTokens ?? 0), alignRight: true, rank: 2 },
    { title: "COST", cell: ({ totals }) => dollars(totals?.costUsd ?? 0), alignRight: true, rank: 1 },
    { title: latest, cell: ({ course }) => sparkline(course.slice(-shownPoints).map(({ requests }) => requests)), rank: 3 },
  ];
}

function failedCell({ totals }: Row): { text: string; style?: "bad" } {
  const failures = totals?.failures ?? 0;
  if (failures === 0) return { text: "0" };
  return { text: `${number(failures)} (${percent(failures / Math.max(totals?.requests ?? 0, failures))})`, style: "bad" };
}
