import { Command, Option } from "commander";
import { ListChangesResponseSchema, type Change } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table, type Column } from "../render/table.ts";
import { time } from "../render/format.ts";
import type { Understood } from "../kit/task.ts";
import { wholeNumber } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

const columns: readonly Column<Change>[] = [
  { title: "TIME", cell: ({ time: at }) => time(at) },
  { title: "WHO", cell: ({ who }) => who, mayBeCut: true },
  { title: "WHAT", cell: ({ what }) => what },
  { title: "BEFORE", cell: ({ before }) => before, mayBeCut: true },
  { title: "AFTER", cell: ({ after }) => after, mayBeCut: true },
];

const usualLimit = 20;
const largestLimit = 1_000_000;

/** Makes the command `huntgroup changes`. */
export function changesCommand(understood: Understood): Command {
  const limit = new Option("--limit <N>", "how many at most; 0 shows all that are kept");
  const command = new Command("changes")
    .description("the latest changes: who, what, before and after")
    .addOption(limit.argParser(wholeNumber(0, largestLimit)).default(usualLimit));
  return operatorCommand(command, understood, (flags: { readonly limit: number }) => async (session) => {
    const response = await session.client.listChanges({ limit: flags.limit });
    session.answer(ListChangesResponseSchema, response, () =>
      response.changes.length === 0 ? "no changes\n" : table(columns, response.changes, session.page()),
    );
    return ok(undefined);
  });
}
