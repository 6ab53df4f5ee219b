import { RouterError } from "../../core/errors.ts";
import { err } from "../../lib/result.ts";
import type { EditedDeployment } from "../operator.ts";
import { editedEntry, planEntry } from "./edited-entry.ts";
import type { Planned, Present } from "./plan.ts";
import { unchanged } from "./refuse.ts";

/** Adds a deployment. @param entry An entry of `model_list` as JSON. */
export function planAddDeployment(present: Present, entry: object): Planned<EditedDeployment> {
  const edited = editedEntry(entry, present.isKept, undefined);
  if (!edited.ok) return edited;
  const { id } = edited.value;
  if (present.config.content.digests.has(id)) {
    return err(new RouterError("already_exists", `A deployment has the id "${id}" already. ${unchanged}`));
  }
  return planEntry(present, edited.value, "none");
}
