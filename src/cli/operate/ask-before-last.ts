import { Option } from "commander";
import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { isHealthy } from "../render/eligibility-cell.ts";
import { badUse, failure, type Failure } from "../kit/failure.ts";
import type { Session } from "../kit/session.ts";

/** The option that answers before it is asked. */
export function yesOption(): Option {
  return new Option("--yes", "also when it is the last healthy one of its group");
}

/** Tells whether a deployment is the only one of its group that takes calls and does not fail them. */
function isLastHealthy(id: string, deployments: readonly Deployment[]): boolean {
  const group = deployments.find((one) => one.id === id)?.group;
  const healthy = deployments.filter((one) => one.group === group && isHealthy(one));
  return healthy.length === 1 && healthy[0]?.id === id;
}

/**
 * Asks before the last healthy deployment of a group goes out of use. Where there is no person to ask, it is refused.
 * @param yes Whether the answer was given already, by an option.
 */
export async function askBeforeLast(
  { io }: Session,
  id: string,
  deployments: readonly Deployment[],
  yes: boolean,
): Promise<Result<void, Failure>> {
  if (yes || !isLastHealthy(id, deployments)) return ok(undefined);
  const group = deployments.find((one) => one.id === id)?.group ?? "";
  const what = `${id} is the last healthy deployment of ${group}: its calls would wait, fall back or fail`;
  const answer = await io.confirm(`${what}. Go on?`);
  if (answer === true) return ok(undefined);
  return err(answer === undefined ? badUse(`${what}; say --yes to do it all the same`) : failure("nothing was changed"));
}
