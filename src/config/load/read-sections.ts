import type { Environment } from "../environment/environment.ts";
import type { settingsSections, SettingsSections } from "../settings/place-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { SectionName } from "../settings/setting-spec.ts";
import { settingsTables } from "../settings/settings-tables.ts";
import { topLevelTable } from "../settings/top-level.ts";
import { child, showNode, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";

/**
 * Reads the sections of settings.
 * @param root With misplaced settings in their places.
 */
export function readSections(root: MapNode, environment: Environment, log: FindingLog): SettingsSections {
  return {
    router: section(root, "router_settings", environment, log),
    litellm: section(root, "litellm_settings", environment, log),
    general: section(root, "general_settings", environment, log),
  };
}

/**
 * Reads a section and follows the references in the settings that are acted on. In the others a missing variable does no harm: a `database_url`
 * from the environment must not stop a start that needs no database.
 */
function section(root: MapNode, name: (typeof settingsSections)[number], environment: Environment, log: FindingLog): MapNode | undefined {
  const node = new SectionReader(topLevelTable, root, "", log).map(name);
  if (node === undefined) return undefined;
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of node.entries) {
    const resolvable = isActedOn(name, key) && key !== "default_litellm_params";
    const value = resolvable ? environment.resolve(entry.value, `${name}.${key}`, missingVariable(log)) : entry.value;
    entries.set(key, { ...entry, value });
  }
  return { ...node, entries };
}

function isActedOn(name: SectionName, key: string): boolean {
  return Object.hasOwn(settingsTables[name], key) && settingsTables[name][key]?.status === "acted on";
}

function missingVariable(log: FindingLog) {
  return (node: ConfigNode, key: string, name: string): void => {
    log.problem(node.at, key, `environment variable ${name} is not set; set it, or give a default as in \${${name}:-default}`);
  };
}

/** @returns The maps of `credential_list` by their names. */
export function readCredentialList(items: readonly ConfigNode[], environment: Environment, log: FindingLog): ReadonlyMap<string, MapNode> {
  const credentials = new Map<string, MapNode>();
  for (const [index, item] of items.entries()) {
    const path = `credential_list[${index}]`;
    const written = child(item, "credential_name");
    const name = written === undefined ? undefined : environment.resolve(written, `${path}.credential_name`, missingVariable(log));
    const values = child(item, "credential_values");
    if (name?.kind !== "scalar" || name.text === "" || (values !== undefined && values.kind !== "map")) {
      log.problem(item.at, path, `must be a map with credential_name and a map credential_values, not ${showNode(item)}`);
      continue;
    }
    if (credentials.has(name.text)) log.warning(item.at, path, "gives a name that an earlier entry has; the last one counts");
    credentials.set(name.text, values?.kind === "map" ? values : { kind: "map", entries: new Map(), at: item.at });
  }
  return credentials;
}
