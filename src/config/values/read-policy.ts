import { policyClasses, type Policy, type PolicyClass } from "../../core/policy-class.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { isNull, showNode, type ConfigNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { CallableNames } from "./callable-names.ts";
import { toNumber } from "../tree/scalar.ts";

/** What a policy counts. Each of its names is a class of failure followed by this. */
export type PolicySuffix = "Retries" | "AllowedFails";

/** The classes that a policy may name. LiteLLM has `DefaultRetries` alone for what is not named. */
export function policyNames(suffix: PolicySuffix): readonly (PolicyClass | "Default")[] {
  return suffix === "Retries" ? [...policyClasses, "Default"] : policyClasses;
}

/** Reads `{RateLimitErrorRetries: 3, …}`. @returns Undefined when there is none. */
export function readPolicy(node: ConfigNode | undefined, suffix: PolicySuffix, path: string, log: FindingLog): Policy | undefined {
  if (node === undefined || isNull(node)) return undefined;
  if (node.kind !== "map") {
    log.problem(node.at, path, `must be a map such as {RateLimitError${suffix}: 3}, not ${showNode(node)}`);
    return undefined;
  }
  const classes = new Map(policyNames(suffix).map((name) => [`${name}${suffix}`, name]));
  const policy: Partial<Record<PolicyClass | "Default", number>> = {};
  for (const { key, keyAt, value } of node.entries.values()) {
    const entryPath = `${path}.${key}`;
    const policyClass = classes.get(key);
    if (policyClass === undefined) {
      const known = [...classes.keys()];
      const message = `is no class of failure, and is ignored${didYouMean(key, known)}; there are ${known.join(", ")}`;
      log.warning(keyAt, entryPath, message);
      continue;
    }
    if (isNull(value)) continue;
    const count = toNumber(value);
    if (count !== undefined && Number.isSafeInteger(count) && count >= 0) policy[policyClass] = count;
    else log.problem(value.at, entryPath, `must be a whole number ≥ 0, not ${showNode(value)}`);
  }
  return policy;
}

/** Reads a retry policy for each of several groups. */
export function readGroupPolicies(node: ConfigNode, path: string, names: CallableNames, log: FindingLog): ReadonlyMap<string, Policy> {
  const policies = new Map<string, Policy>();
  if (node.kind !== "map") {
    log.problem(node.at, path, `must be a map from a group to its retry policy, not ${showNode(node)}`);
    return policies;
  }
  for (const { key, keyAt, value } of node.entries.values()) {
    const policy = readPolicy(value, "Retries", `${path}.${key}`, log);
    if (policy === undefined) continue;
    if (!names.isGroup(key)) log.warning(keyAt, `${path}.${key}`, `${names.reasonAgainst(key)}, so this policy is never used`);
    policies.set(key, policy);
  }
  return policies;
}
