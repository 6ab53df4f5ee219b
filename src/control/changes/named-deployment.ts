import type { LoadedConfig } from "../../config/load/load-config.ts";
import { RouterError } from "../../core/errors.ts";
import { shownName } from "../../lib/long-name.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { OperatedDeployment } from "../operator.ts";
import type { Present } from "./plan.ts";
import { unchanged } from "./refuse.ts";

/** Why a deployment cannot be steered. Undefined when it can: it is in the table, and not on its way out of it. */
export function whyNotSteered(id: string, config: LoadedConfig): RouterError | undefined {
  return config.source.deployments.some((deployment) => deployment.id === id) ? undefined : noDeployment(id, config);
}

/** The error for an id that none of the deployments in force has. */
export function noDeployment(id: string, { source, content }: LoadedConfig): RouterError {
  const left = source.invalid.some((invalid) => invalid.id === id);
  const known = [...content.digests.keys()];
  const why = left
    ? `The deployment "${id}" was left out as invalid`
    : `No deployment has the id "${shownName(id)}"${didYouMean(id, known)}`;
  return new RouterError("not_found", `${why}. ${unchanged}`);
}

/** A deployment in the words of the audit log. */
export function describeDeployment(id: string, { source }: LoadedConfig): string {
  const deployment = source.deployments.find((one) => one.id === id);
  return deployment === undefined ? `${id}: invalid` : `${id}: ${deployment.address} in ${deployment.group}`;
}

/** The deployment that a change was about, as it stands now. */
export function steeredDeployment(id: string, present: Present): OperatedDeployment {
  const status = present.deployments().find((deployment) => deployment.id === id);
  if (status === undefined) throw new Error(`the deployment ${id} is not in the table that was just made with it`);
  return status;
}
