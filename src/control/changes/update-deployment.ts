import { err } from "../../lib/result.ts";
import type { EditedDeployment } from "../operator.ts";
import { editedEntry, planEntry } from "./edited-entry.ts";
import { describeDeployment, noDeployment } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";

interface UpdateRequest {
  readonly deploymentId: string;
  /** An entry of `model_list` as JSON. */
  readonly entry: object;
}

/** Gives a deployment another entry. It keeps its id, and with it its history. */
export function planUpdateDeployment(present: Present, { deploymentId, entry }: UpdateRequest): Planned<EditedDeployment> {
  const { config } = present;
  if (!config.content.digests.has(deploymentId)) return err(noDeployment(deploymentId, config));
  const edited = editedEntry(entry, present.isKept, deploymentId);
  return edited.ok ? planEntry(present, edited.value, describeDeployment(deploymentId, config)) : edited;
}
