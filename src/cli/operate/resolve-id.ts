import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { badUse, failure, type Failure } from "../kit/failure.ts";
import type { Session } from "../kit/session.ts";
import { listAllDeployments } from "./list-all-deployments.ts";

/** How many ids a message lists: enough to see what else there is. */
const mostListed = 8;

/** Finds a deployment's whole id by itself, or by a beginning that no other id has. */
export function resolveId(given: string, deployments: readonly Deployment[]): Result<string, Failure> {
  const ids = deployments.map(({ id }) => id);
  if (ids.includes(given)) return ok(given);
  const matches = ids.filter((id) => id.startsWith(given));
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return ok(only);
  if (matches.length > 1) return err(badUse(`several ids begin with "${given}": ${listed(matches)}`));
  return err(
    failure(`there is no deployment "${given}"${didYouMean(given, ids)}; there ${ids.length === 0 ? "are none" : `are ${listed(ids)}`}`),
  );
}

/** Does the same as {@link resolveId}, among the deployments of the server. */
export async function findId(session: Session, given: string): Promise<Result<string, Failure>> {
  return resolveId(given, (await listAllDeployments(session, undefined)).deployments);
}

function listed(ids: readonly string[]): string {
  const more = ids.length - mostListed;
  return `${ids.slice(0, mostListed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
