import { keyEndpointNames } from "../../core/keys/endpoint-access.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import { literalSecrets } from "./literal-secrets.ts";
import type { KeySpec } from "../operator.ts";

const nameShape = /^[\w.@:/-]{1,100}$/;
const durationShape = /^[1-9]\d{0,5}(s|m|h|d|mo)$/;
const longestMetadata = 16_384;

/** @param now Milliseconds since the Unix epoch. @returns Everything that is wrong with what an operator says of a new key. */
export function checkKeySpec(spec: KeySpec, now: number): readonly string[] {
  const problems: string[] = [];
  const need = (fits: boolean, message: string): void => void (fits || problems.push(message));
  need(nameShape.test(spec.name), `name is ${JSON.stringify(spec.name)}; it must be 1 to 100 letters, digits and _ . @ : / -`);
  for (const key of ["rpm", "tpm", "maxParallelRequests"] as const) {
    const value = spec[key];
    need(value === undefined || (Number.isSafeInteger(value) && value >= 1), `${spelled(key)} is ${value}; it must be a whole number ≥ 1`);
  }
  const { maxBudget, budgetDuration, priority, expiresAt } = spec;
  need(maxBudget === undefined || (Number.isFinite(maxBudget) && maxBudget >= 0), `max_budget is ${maxBudget}; it must be a number ≥ 0`);
  need(
    budgetDuration === undefined || durationShape.test(budgetDuration),
    `budget_duration is ${JSON.stringify(budgetDuration)}; it must be a duration such as 30s, 10m, 24h, 7d or 1mo`,
  );
  need(budgetDuration === undefined || maxBudget !== undefined, "budget_duration is set without a max_budget");
  need(priority === undefined || Number.isSafeInteger(priority), `priority is ${priority}; it must be a whole number`);
  need(expiresAt === undefined || (Number.isFinite(expiresAt) && expiresAt > now), "expires is in the past");
  for (const key of ["models", "tags"] as const) need(!spec[key].includes(""), `${key} holds an empty name`);
  const unknown = spec.endpoints?.find((name) => !keyEndpointNames.includes(name));
  need(unknown === undefined, `endpoints holds ${JSON.stringify(unknown)}; there are ${keyEndpointNames.join(", ")}`);
  need(JSON.stringify(spec.metadata).length <= longestMetadata, `metadata is larger than ${longestMetadata} bytes`);
  problems.push(
    ...literalSecrets(spec.metadata as JsonObject, "metadata").map((path) => `${path} looks like a secret, which is kept nowhere`),
  );
  return problems;
}

function spelled(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
