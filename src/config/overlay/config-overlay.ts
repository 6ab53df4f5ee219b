import { child, withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toNode, type JsonObject } from "./json-node.ts";
import type { Secrets } from "../secrets/secrets.ts";

/** What operators have changed. It is laid over the files before they are validated, so that a change is checked exactly as the files are. */
export type ConfigOverlay = readonly OverlayPart[];

/** One change. `place` stands in messages where a file's path would. */
export type OverlayPart =
  /** An entry of `model_list`. It takes the place of the deployment with this id, or, without one, stands after all others. */
  | { readonly kind: "entry"; readonly id: string; readonly entry: JsonObject; readonly place: string }
  | { readonly kind: "removal"; readonly id: string }
  /** An alias. Without targets it is taken away. */
  | {
      readonly kind: "alias";
      readonly alias: string;
      readonly targets: readonly string[];
      readonly hidden: boolean;
      readonly place: string;
    }
  | { readonly kind: "strategy"; readonly group: string; readonly strategy: string; readonly args: JsonObject; readonly place: string };

/** Changes of the files' deployments. */
export interface EntryChanges {
  /** Entries by deployment id, each with its path for messages. */
  readonly entries: ReadonlyMap<string, { readonly node: MapNode; readonly path: string }>;
  readonly removedIds: ReadonlySet<string>;
}

/** @returns The changes of deployments among all changes. */
export function entryChanges(overlay: ConfigOverlay, log: FindingLog, secrets: Secrets): EntryChanges {
  const entries = new Map<string, { node: MapNode; path: string }>();
  const removedIds = new Set<string>();
  for (const part of overlay) {
    if (part.kind === "removal") removedIds.add(part.id);
    if (part.kind !== "entry") continue;
    const node = toNode(part.entry, part.place, log, secrets);
    if (node.kind === "map") entries.set(part.id, { node, path: `entry ${part.id}` });
  }
  return { entries, removedIds };
}

/** @returns The files' contents with the changes of settings laid over them: aliases, and strategies as the last of the routing groups. */
export function withOverlay(root: MapNode, overlay: ConfigOverlay, log: FindingLog, secrets: Secrets): MapNode {
  const aliases = new Map<string, MapEntry | undefined>();
  const groups: ConfigNode[] = [];
  for (const part of overlay) {
    if (part.kind === "alias") {
      const { alias, targets, hidden } = part;
      const written = toNode({ [alias]: hidden ? { model: targets, hidden } : targets }, part.place, log, secrets);
      aliases.set(alias, targets.length === 0 || written.kind !== "map" ? undefined : written.entries.get(alias));
    } else if (part.kind === "strategy") {
      const { group, strategy, args } = part;
      groups.push(toNode({ models: [group], routing_strategy: strategy, routing_strategy_args: args }, part.place, log, secrets));
    }
  }
  if (aliases.size === 0 && groups.length === 0) return root;
  const settings = child(root, "router_settings") ?? emptyMap(root);
  if (settings.kind !== "map") return root;
  const changes = new Map<string, MapEntry>();
  const set = (key: string, value: ConfigNode) => void changes.set(key, { key, keyAt: value.at, value });
  const section = child(settings, "model_group_alias") ?? emptyMap(settings);
  if (aliases.size > 0 && section.kind === "map") set("model_group_alias", withEntries(section, aliases));
  const list = child(settings, "routing_groups") ?? { kind: "list", items: [], at: settings.at };
  if (groups.length > 0 && list.kind === "list") set("routing_groups", { ...list, items: [...list.items, ...groups] });
  const value = withEntries(settings, changes);
  return withEntries(root, new Map([["router_settings", { key: "router_settings", keyAt: settings.at, value }]]));
}

function emptyMap({ at }: ConfigNode): MapNode {
  return { kind: "map", entries: new Map(), at };
}
