import { ListChangesResponseSchema, type Change } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table, type Column } from "../render/table.ts";
import { time } from "../render/format.ts";
import { operatorSpec } from "./operator-spec.ts";

const columns: readonly Column<Change>[] = [
  { title: "TIME", cell: ({ time: at }) => time(at) },
  { title: "WHO", cell: ({ who }) => who, mayBeCut: true },
  { title: "WHAT", cell: ({ what }) => what },
  { title: "BEFORE", cell: ({ before }) => before, mayBeCut: true },
  { title: "AFTER", cell: ({ after }) => after, mayBeCut: true },
];

const usualLimit = 20;
const largestLimit = 1_000_000;

export const changes = operatorSpec({
  name: "changes",
  usage: "[--limit N]",
  summary: "the latest changes: who, what, before and after",
  options: [{ name: "limit", value: "N", help: `how many at most, default ${usualLimit}; 0 shows all that are kept` }],
  parse(words) {
    const limit = words.wholeNumber("limit", 0, largestLimit) ?? usualLimit;
    return async (session) => {
      const response = await session.client.listChanges({ limit });
      session.answer(ListChangesResponseSchema, response, () =>
        response.changes.length === 0 ? "no changes\n" : table(columns, response.changes, session.page()),
      );
      return ok(undefined);
    };
  },
});
