import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { badUse, failure, type Failure } from "../kit/failure.ts";
import type { Session } from "../kit/session.ts";
import { listDeployments } from "./list-deployments.ts";

/** Enough to see what else there is. */
const mostListed = 8;

/** A deployment's whole id from itself or from a beginning that no other id has. */
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

/** The same, asking the server for what there is. */
export async function findId(session: Session, given: string): Promise<Result<string, Failure>> {
  return resolveId(given, (await listDeployments(session, undefined)).deployments);
}

function listed(ids: readonly string[]): string {
  const more = ids.length - mostListed;
  return `${ids.slice(0, mostListed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
