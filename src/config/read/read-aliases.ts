import type { ModelAlias } from "../../core/table-source.ts";
import { createWildcard, isWildcard } from "../../core/table/wildcard.ts";
import type { ConfigNode, MapEntry, MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toBoolean } from "../tree/scalar.ts";
import { didYouMean } from "../../lib/suggest.ts";

const path = "router_settings.model_group_alias";

/** What an alias may stand for. */
export interface KnownNames {
  /** Groups, wildcard patterns included, of all deployments, the invalid ones too. */
  readonly groups: ReadonlySet<string>;
  /** Groups whose deployments all belong to other environments. */
  readonly elsewhere: ReadonlySet<string>;
  /** The ids that deployments were given. */
  readonly ids: ReadonlyMap<string, unknown>;
  /** Whether these are all the names. False when an included file, which may hold more, could not be read. */
  readonly complete: boolean;
}

interface Draft {
  readonly entry: MapEntry;
  readonly targets: readonly { readonly name: string; readonly node: ConfigNode }[];
  readonly hidden: boolean;
}

/** Reads `model_group_alias` in its three forms. An alias of an alias leads to the groups at the end of the trail. */
export function readAliases(section: MapNode | undefined, names: KnownNames, log: FindingLog): readonly ModelAlias[] {
  const drafts = new Map<string, Draft>();
  for (const entry of section?.entries.values() ?? []) {
    const draft = readDraft(entry, log);
    if (draft !== undefined) drafts.set(entry.key, draft);
  }
  return [...drafts.values()].flatMap((draft) => {
    const alias = draft.entry.key;
    const entryPath = `${path}.${alias}`;
    if (draft.targets.length === 1 && draft.targets[0]?.name === alias && names.groups.has(alias)) {
      log.warning(draft.entry.keyAt, entryPath, "stands for itself; it can be left out");
      return [];
    }
    if (names.groups.has(alias)) {
      log.warning(draft.entry.keyAt, entryPath, `hides the group ${alias}: calls for this name go to the alias's targets`);
    } else if (names.ids.has(alias)) {
      log.warning(
        draft.entry.keyAt,
        entryPath,
        `is hidden by the deployment whose model_info.id is ${alias}: calls for this name go to it`,
      );
    }
    const targets = follow(draft, [alias], drafts, names, log);
    return targets.length === 0 ? [] : [{ alias, targets: [...new Set(targets)], hidden: draft.hidden }];
  });
}

function readDraft(entry: MapEntry, log: FindingLog): Draft | undefined {
  const { value } = entry;
  const entryPath = `${path}.${entry.key}`;
  const refuse = (node: ConfigNode) => {
    log.problem(node.at, entryPath, "must be a group's name, a list of groups, or {model: group, hidden: true}");
    return undefined;
  };
  if (value.kind === "scalar") {
    if (value.origin === "unresolved") return undefined;
    return value.value === null ? refuse(value) : { entry, targets: [{ name: value.text, node: value }], hidden: false };
  }
  if (value.kind === "list") {
    const targets = targetsOf(value);
    return targets === undefined ? refuse(value) : { entry, targets, hidden: false };
  }
  const targets = targetsOf(value.entries.get("model")?.value);
  if (targets === undefined) return refuse(value);
  const hiddenNode = value.entries.get("hidden")?.value;
  const hidden = hiddenNode === undefined ? false : toBoolean(hiddenNode);
  if (hidden === undefined && hiddenNode !== undefined) log.problem(hiddenNode.at, `${entryPath}.hidden`, "must be true or false");
  for (const extra of value.entries.values()) {
    if (extra.key === "model" || extra.key === "hidden") continue;
    const message = `is not known here, and is ignored${didYouMean(extra.key, ["model", "hidden"])}`;
    log.warning(extra.keyAt, `${entryPath}.${extra.key}`, message);
  }
  return { entry, targets, hidden: hidden ?? false };
}

/** @returns Undefined when the value is neither a name nor a list of names. */
function targetsOf(node: ConfigNode | undefined): Draft["targets"] | undefined {
  if (node === undefined || node.kind === "map") return undefined;
  const items = node.kind === "list" ? node.items : [node];
  const targets = items.flatMap((item) => (item.kind === "scalar" && item.value !== null ? [{ name: item.text, node: item }] : []));
  return targets.length === items.length && targets.length > 0 ? targets : undefined;
}

/**
 * Follows an alias to groups.
 * @param trail The aliases followed so far. One that is met again goes in a circle.
 */
function follow(
  draft: Draft,
  trail: readonly string[],
  drafts: ReadonlyMap<string, Draft>,
  names: KnownNames,
  log: FindingLog,
): readonly string[] {
  return draft.targets.flatMap(({ name, node }) => {
    const entryPath = `${path}.${trail[0] ?? ""}`;
    if (names.groups.has(name)) return [name];
    if (trail.includes(name)) {
      log.problem(node.at, entryPath, `goes in a circle: ${[...trail, name].join(" → ")}`);
      return [];
    }
    const next = drafts.get(name);
    if (next !== undefined) return follow(next, [...trail, name], drafts, names, log);
    const only = draft.targets.length === 1;
    if (only && [...names.groups].some((group) => isWildcard(group) && createWildcard(group).match(name) !== undefined)) return [name];
    if (names.elsewhere.has(name)) {
      log.warning(node.at, entryPath, `the deployments of ${name} belong to other environments, so the alias is left out`);
      return [];
    }
    if (!names.complete) return [];
    const groups = [...names.groups].filter((group) => group !== "");
    const allowed =
      groups.length === 0 ? "there are none" : `there are ${groups.slice(0, 20).join(", ")}${groups.length > 20 ? ", …" : ""}`;
    log.problem(node.at, entryPath, `there is no group ${JSON.stringify(name)}${didYouMean(name, groups)}; ${allowed}`);
    return [];
  });
}
