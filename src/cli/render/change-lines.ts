import type { Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { printable } from "../../lib/display-width.ts";
import { eligibilityText } from "./eligibility-cell.ts";
import { number, percent } from "./format.ts";

/** What people watch for. Averages are left out: they move with every call. */
const fields: readonly (readonly [name: string, value: (deployment: Deployment) => string])[] = [
  ["status", ({ eligibility }) => eligibilityText(eligibility)],
  ["detail", ({ detail }) => detail],
  ["weight", ({ weight }) => number(weight)],
  ["target weight", ({ targetWeight }) => number(targetWeight)],
  ["order", ({ order }) => (order === 0 ? "" : number(order))],
  ["in flight", ({ inFlight }) => number(inFlight ?? 0)],
  ["failing", ({ failureRate }) => percent(failureRate ?? 0)],
  ["strategy", ({ strategy }) => strategy],
  ["address", ({ address }) => address],
];

/**
 * Says in one line what has changed of a deployment.
 * @param before Undefined when the deployment is new.
 * @returns The line, or nothing when nothing has changed.
 */
export function changeLines(before: Deployment | undefined, after: Deployment): readonly string[] {
  const parts: string[] = [];
  for (const [name, value] of fields) {
    const [old, now] = [before === undefined ? undefined : value(before), value(after)];
    if (old === now || (old === undefined && now === "")) continue;
    parts.push(old === undefined ? `${name} ${now}` : `${name} ${old === "" ? "none" : old} -> ${now === "" ? "none" : now}`);
  }
  return parts.length === 0 ? [] : [printable(`${after.id} (${after.group}) ${parts.join(", ")}`)];
}
