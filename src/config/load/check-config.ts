import type { StrategyChoice } from "../../core/table-source.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { idleBesideLimits } from "../../core/table/weights.ts";
import type { JsonValue } from "../../core/provider.ts";
import { sha256 } from "../../lib/secret.ts";
import type { ExplicitId } from "../deployments/deployment-ids.ts";
import type { DeploymentsRead, FailedDeployment } from "../deployments/read-deployments.ts";
import { mayRefer } from "../environment/expand-references.ts";
import type { ConfigOverlay, OverlayPart } from "../overlay/config-overlay.ts";
import { settingsSections } from "../settings/place-settings.ts";
import { isNull, type MapNode, type Place } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { SourceFile } from "../tree/source-file.ts";

/** Checks of a configuration as a whole, and of parts of it that do not fit together. */

/**
 * Refuses a caller's key that has the master key's secret, and warns where there are callers' keys and no master key.
 * @param other What else lets callers in, where there are no keys.
 */
export function checkMasterKey(
  masterKey: string | undefined,
  keys: readonly KeyRecord[],
  root: MapNode,
  other: { readonly at: Place; readonly path: string } | undefined,
  log: FindingLog,
): void {
  const entry = root.entries.get("keys");
  const at = keys.length > 0 ? entry?.keyAt : other?.at;
  const key = keys.length > 0 ? "keys" : (other?.path ?? "");
  if (masterKey === undefined) {
    const message = "there is no general_settings.master_key, so the methods for operators are closed to everybody";
    if (at !== undefined) log.warning(at, key, message);
    return;
  }
  const digest = sha256(masterKey);
  const index = keys.findIndex((one) => one.sha256 === digest);
  if (entry !== undefined && index !== -1) {
    log.problem(entry.keyAt, `keys[${index}].sha256`, "is the master key's: who calls with it could operate the server too");
  }
}

/** Warns of budgets that count nothing, because deployments have no known price. */
export function warnOfUnknownPrices(keys: readonly KeyRecord[], deployments: readonly Deployment[], root: MapNode, log: FindingLog): void {
  const entry = root.entries.get("keys");
  const budgeted = keys.find((key) => key.maxBudget !== undefined);
  const unpriced = deployments.filter((one) => !hasPrices(one));
  const [first] = unpriced;
  if (entry === undefined || budgeted === undefined || first === undefined) return;
  const which = unpriced.length === 1 ? `${first.address} has` : `${unpriced.length} deployments (${first.address} among them) have`;
  const message = `${which} no known price, so calls to them count for no max_budget; give input_cost_per_token and output_cost_per_token`;
  log.warning(entry.keyAt, "keys", message);
}

/** Warns of deployments that get nothing while their siblings can serve, because these alone say how much they take. */
export function warnOfIdleDeployments(
  { deployments, entries }: DeploymentsRead,
  strategyOf: (group: string) => StrategyChoice,
  log: FindingLog,
): void {
  for (const [group, members] of Map.groupBy(deployments, (one) => one.group)) {
    const found = strategyOf(group).limitsAreShares === true ? idleBesideLimits(members) : undefined;
    for (const one of found?.idle ?? []) {
      const at = entries.get(one.id)?.at;
      const message = `names no ${found?.limit}, and a sibling in group ${group} does: as in LiteLLM, it serves only while no such sibling can; give it an ${found?.limit} or a weight`;
      if (at !== undefined) log.sharedWarning(`idle in ${group}`, at, `model_list (${one.address})`, message);
    }
  }
}

/** Warns of `general_settings:` with only comments below it, which is null. */
export function warnOfNullSections(root: MapNode, log: FindingLog): void {
  for (const name of [...settingsSections, "environment_variables"]) {
    const entry = root.entries.get(name);
    if (entry !== undefined && isNull(entry.value)) log.warning(entry.keyAt, name, "is empty; the line can be left out");
  }
}

export function warnOfNoDeployments(root: MapNode, read: DeploymentsRead, log: FindingLog): void {
  if (read.deployments.length > 0 || read.failed.length > 0) return;
  const entry = root.entries.get("model_list");
  const message = "holds no deployment, so every call will be answered with model_not_found";
  if (entry === undefined) log.warning(root.at, "model_list", `is missing: the configuration ${message}`);
  else if (isNull(entry.value) || entry.value.kind === "list") log.warning(entry.keyAt, "model_list", message);
}

/** Warns of a deployment whose id is a group's name: a call by that name reaches the group. */
export function warnOfHiddenIds(ids: ReadonlyMap<string, ExplicitId>, groups: ReadonlySet<string>, log: FindingLog): void {
  for (const [id, { at, key, group }] of ids) {
    if (id === group || !groups.has(id)) continue;
    log.warning(at, key, `is hidden by the group ${id}: calls for this name go to the group, not to this deployment of ${group}`);
  }
}

/** Which deployments with something wrong in them are left out, and which refuse the configuration. */
interface Leniency {
  /** What was said for all of them. Undefined when nothing was. */
  readonly skip: boolean | undefined;
  /** Whether there is no other deployment. */
  readonly isEmpty: boolean;
  /** Where nothing was said, the faults that are borne. Undefined for all of them. */
  readonly knownFaults?: ReadonlySet<string> | undefined;
}

/** Reports what is wrong inside deployments: as warnings where such deployments are left out, otherwise as problems, with the way out named. */
export function reportFailed(failed: readonly FailedDeployment[], leniency: Leniency, log: FindingLog): void {
  const problems = failed
    .flatMap((one) => one.problems.map((problem) => ({ one, problem })))
    .toSorted((one, other) => one.problem.at.start - other.problem.at.start);
  const last = problems.findLast(({ one }) => !isLeftOut(one, leniency))?.problem;
  const told = new Set<string>();
  for (const { one, problem } of problems) {
    if (isLeftOut(one, leniency)) {
      log.warning(problem.at, problem.key, `DEPLOYMENT LEFT OUT${one.group === "" ? "" : ` of ${one.group}`}: ${problem.message}`);
      continue;
    }
    const detail = problem.detail === undefined || told.has(problem.detail) ? "" : `; ${problem.detail}`;
    if (problem.detail !== undefined) told.add(problem.detail);
    log.problem(problem.at, problem.key, `${problem.message}${detail}${problem === last ? wayOut(leniency) : ""}`);
  }
}

/** An entry that was added at run time is never left out unasked: whoever adds it wants to hear of it. */
function isLeftOut(failed: FailedDeployment, { skip, knownFaults }: Leniency): boolean {
  return skip ?? (!failed.isAdded && (knownFaults === undefined || knownFaults.has(faultOf(failed))));
}

function wayOut({ skip, isEmpty, knownFaults }: Leniency): string {
  if (isEmpty) return " (no deployment would be left)";
  if (skip === false) return " (to start without such deployments: --skip-invalid, or router_settings.ignore_invalid_deployments: true)";
  return knownFaults === undefined ? "" : " (the configuration in force does not have this fault, so it stays in force)";
}

/** What is wrong with a deployment, wherever its entry stands by now: the same for the same fault of the same deployment. */
export function faultOf({ group, address, problems }: FailedDeployment): string {
  return JSON.stringify([group, address, problems.map(({ key, message }) => [key.replace(/^model_list\[\d+\]/, ""), message])]);
}

export function reasonOf(failed: FailedDeployment): string {
  return failed.problems.map(({ key, message }) => `${key}: ${message}`).join("; ");
}

/**
 * Takes out the changes of aliases and strategies that name variables of the environment or files, and reports them: a message about a name
 * that leads nowhere would show the value. Entries are judged one by one, when they are read.
 */
export function admittedChanges(overlay: ConfigOverlay, log: FindingLog): ConfigOverlay {
  return overlay.filter((part) => {
    const fault = changeFault(part);
    if (fault === undefined) return true;
    const { place, path, text, message } = fault;
    log.problem({ file: new SourceFile(place, text), start: 0, end: 0 }, path, message);
    return false;
  });
}

function changeFault(part: OverlayPart) {
  if (part.kind !== "alias" && part.kind !== "strategy") return undefined;
  const isAlias = part.kind === "alias";
  const path = isAlias ? "router_settings.model_group_alias" : "router_settings.routing_groups";
  const value: JsonValue = isAlias ? [part.alias, part.targets] : [part.group, part.strategy, part.args];
  const text = JSON.stringify(value);
  if (mayRefer(text)) {
    return {
      place: part.place,
      path,
      text,
      message: "must not name variables of the environment: at run time only entries of deployments may",
    };
  }
  if (isAlias || !/[/\\]|\.[cm]?[jt]s$/.test(part.strategy)) return undefined;
  return { place: part.place, path, text, message: "must not name a file: a strategy of your own is named in the configuration file" };
}

function hasPrices({ inputCostPerToken, outputCostPerToken, units, pricesOf }: Deployment): boolean {
  return [inputCostPerToken, outputCostPerToken, units, pricesOf].some((one) => one !== undefined);
}
