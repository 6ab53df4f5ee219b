import { DeploymentHealth, Eligibility, EligibilitySchema, type Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { Style } from "./paint.ts";
import type { Cell } from "./table.ts";

/** Names an eligibility in words, such as `cooling down`. One that only a newer server knows is shown by its number. */
export function eligibilityText(eligibility: Eligibility): string {
  const name = EligibilitySchema.value[eligibility]?.localName;
  return eligibility === Eligibility.UNSPECIFIED || name === undefined
    ? `unknown (${eligibility})`
    : name.toLowerCase().replaceAll("_", " ");
}

/** Draws an eligibility in words, coloured by how much it needs a look. */
export function eligibilityCell(eligibility: Eligibility): Cell {
  return { text: eligibilityText(eligibility), style: styleOf(eligibility) };
}

/** Whether a deployment needs a look: it fails, cools down because it failed, or was left out as invalid. */
export function isSick({ eligibility, health }: Deployment): boolean {
  return (
    eligibility === Eligibility.COOLING_DOWN ||
    eligibility === Eligibility.INVALID ||
    health === DeploymentHealth.FAILING ||
    health === DeploymentHealth.NEVER_ANSWERED
  );
}

/** Whether a deployment takes calls, or would if the ones before it did not, and does not fail them. */
export function isHealthy(deployment: Deployment): boolean {
  return !isSick(deployment) && serving.has(deployment.eligibility);
}

const serving: ReadonlySet<Eligibility> = new Set([
  Eligibility.ELIGIBLE,
  Eligibility.BACKUP,
  Eligibility.LOWER_ORDER_PREFERRED,
  Eligibility.WARMING_UP,
]);

/** Draws the state of a deployment. One that may serve and fails is called by that. */
export function stateCell(deployment: Deployment): Cell {
  const cell = eligibilityCell(deployment.eligibility);
  const word = healthWords[deployment.health];
  if (word === undefined || saysIt.has(deployment.eligibility)) return cell;
  return { text: deployment.eligibility === Eligibility.ELIGIBLE ? word : `${cell.text}, ${word}`, style: "bad" };
}

/** States that say by themselves that something is wrong. */
const saysIt: ReadonlySet<Eligibility> = new Set([Eligibility.COOLING_DOWN, Eligibility.INVALID]);

const healthWords: Readonly<Record<number, string>> = {
  [DeploymentHealth.FAILING]: "failing",
  [DeploymentHealth.NEVER_ANSWERED]: "never answered",
};

function styleOf(eligibility: Eligibility): Style | undefined {
  switch (eligibility) {
    case Eligibility.ELIGIBLE:
      return "good";
    case Eligibility.INVALID:
    case Eligibility.BLOCKED:
      return "bad";
    case Eligibility.BACKUP:
    case Eligibility.LOWER_ORDER_PREFERRED:
      return "dim";
    default:
      return "warn";
  }
}
