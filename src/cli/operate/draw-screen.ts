import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { cutToWidth, printable } from "../../lib/display-width.ts";
import type { CliIo } from "../kit/io.ts";
import { table, type Page } from "../kit/table.ts";
import { deploymentColumns } from "./deployment-columns.ts";

const home = "\u001B[H";
const eraseLine = "\u001B[K";
const eraseBelow = "\u001B[J";

/** A screenful, drawn over the one before without a flicker; what is beyond the last row is counted. */
export function drawScreen(about: string, deployments: readonly Deployment[], page: Page, io: CliIo): string {
  const terminal = io.terminal();
  const rows = table(deploymentColumns(io.clock.wallTime()), deployments, page).trimEnd().split("\n");
  const head = cutToWidth(printable(about), terminal?.columns ?? Infinity);
  // One for the head, one that stays empty so that nothing scrolls.
  const room = Math.max((terminal?.rows ?? Infinity) - 2, 2);
  const shown = rows.length <= room ? rows : [...rows.slice(0, room - 1), `… ${rows.length - room + 1} more`];
  return `${home}${[head, ...shown].map((line) => `${line}${eraseLine}\n`).join("")}${eraseBelow}`;
}
