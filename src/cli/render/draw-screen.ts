import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { cutToWidth, printable } from "../../lib/display-width.ts";
import { table, type TablePage } from "./table.ts";
import { deploymentColumns } from "./deployment-columns.ts";

const home = "\u001B[H";
const eraseLine = "\u001B[K";
const eraseBelow = "\u001B[J";

/** What a screenful shows. */
export interface Screen {
  /** The first line. */
  readonly about: string;
  readonly deployments: readonly Deployment[];
  readonly page: TablePage;
  /** Lines of the terminal. Undefined when there is no terminal: everything is drawn. */
  readonly height: number | undefined;
  /** Now, in milliseconds since the Unix epoch. */
  readonly wallTimeMs: number;
}

/** Draws a screenful over the one before, without a flicker. Deployments beyond the last line are counted. */
export function drawScreen({ about, deployments, page, height = Infinity, wallTimeMs }: Screen): string {
  const rows = table(deploymentColumns(wallTimeMs), deployments, page).trimEnd().split("\n");
  const head = cutToWidth(printable(about), page.width ?? Infinity);
  // One line for the head, and one that stays empty so that nothing scrolls.
  const room = Math.max(height - 2, 2);
  const shown = rows.length <= room ? rows : [...rows.slice(0, room - 1), `… ${rows.length - room + 1} more`];
  return `${home}${[head, ...shown].map((line) => `${line}${eraseLine}\n`).join("")}${eraseBelow}`;
}
