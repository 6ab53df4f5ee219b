import { Command, Option } from "commander";
import { ListDeploymentsResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok, type Result } from "../../lib/result.ts";
import { table } from "../render/table.ts";
import { isSick } from "../render/eligibility-cell.ts";
import { deploymentColumns } from "../render/deployment-columns.ts";
import { listAllDeployments } from "./list-all-deployments.ts";
import type { Failure } from "../kit/failure.ts";
import type { Session } from "../kit/session.ts";
import type { Understood } from "../kit/task.ts";
import { operatorCommand } from "./operator-command.ts";
import { showWatch } from "./show-watch.ts";

const notes = `
--watch draws anew on a terminal; elsewhere it prints a line for each change (with --json, each message). When the connection is
lost it connects again and says so.`;

/** Makes the command `huntgroup deployments [GROUP]`. */
export function deploymentsCommand(understood: Understood): Command {
  const command = new Command("deployments")
    .description("every deployment: whether it serves, and if not, why")
    .argument("[GROUP]")
    .addOption(new Option("--sick", "only those that fail, cool down or are left out as invalid"))
    .addOption(
      new Option("--sort <ORDER>", "configured, or sick: what needs a look first").choices(["configured", "sick"]).default("configured"),
    )
    .addOption(new Option("--watch", "go on showing what changes, until Ctrl-C"))
    .addHelpText("after", notes);
  return operatorCommand(command, understood, (group: string | undefined, flags: DeploymentsFlags) => {
    if (flags.watch === true && (flags.sick === true || flags.sort !== "configured")) command.error("--watch shows all as configured.");
    return flags.watch === true ? (session) => showWatch(session, group) : (session) => showDeployments(session, group, flags);
  });
}

interface DeploymentsFlags {
  readonly watch?: boolean;
  readonly sick?: boolean;
  readonly sort: "configured" | "sick";
}

async function showDeployments(
  session: Session,
  group: string | undefined,
  { sick = false, sort }: DeploymentsFlags,
): Promise<Result<void, Failure>> {
  const all = await listAllDeployments(session, group);
  const [bad, well] = [all.deployments.filter(isSick), all.deployments.filter((one) => !isSick(one))];
  if (sick) all.deployments = bad;
  else if (sort === "sick") all.deployments = [...bad, ...well];
  session.answer(ListDeploymentsResponseSchema, all, () =>
    all.deployments.length === 0
      ? `no ${sick ? "sick " : ""}deployments\n`
      : table(deploymentColumns(session.io.clock.wallTime()), all.deployments, session.page()),
  );
  return ok(undefined);
}
