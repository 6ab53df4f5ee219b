import { ListDeploymentsResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { table } from "../render/table.ts";
import { deploymentColumns } from "../render/deployment-columns.ts";
import { listDeployments } from "./list-deployments.ts";
import { operatorSpec } from "./operator-spec.ts";
import { watchDeployments } from "./watch-deployments.ts";

export const deployments = operatorSpec({
  name: "deployments",
  usage: "[GROUP] [--watch]",
  summary: "every deployment: whether it serves, and if not, why",
  options: [{ name: "watch", help: "go on showing what changes, until Ctrl-C" }],
  notes: `--watch draws anew on a terminal; elsewhere it prints a line for each change (with --json, each message). When the connection is
lost it connects again and says so.`,
  parse(words) {
    const group = words.optionalArgument();
    if (words.flag("watch")) return (session) => watchDeployments(session, group);
    return async (session) => {
      const all = await listDeployments(session, group);
      session.answer(ListDeploymentsResponseSchema, all, () =>
        all.deployments.length === 0
          ? "no deployments\n"
          : table(deploymentColumns(session.io.clock.wallTime()), all.deployments, session.page()),
      );
      return ok(undefined);
    };
  },
});
