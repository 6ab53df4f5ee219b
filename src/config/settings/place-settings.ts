import { child, isNull, withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toBoolean } from "../tree/scalar.ts";
import { settingsTables } from "./settings-tables.ts";
import type { LaterSetting, SettingSpec, SectionName } from "./setting-spec.ts";
import { misspelt } from "../../lib/suggest.ts";

/** The sections of settings. A setting may be moved from one to another. */
export const settingsSections = ["router_settings", "litellm_settings", "general_settings"] as const;

/** The three sections of settings, with misplaced settings moved and references resolved. */
export interface SettingsSections {
  readonly router: MapNode | undefined;
  readonly litellm: MapNode | undefined;
  readonly general: MapNode | undefined;
}

/** Warns of every setting of a section that is not acted on. @returns The entries that the section's table does not have. */
export function checkSection(section: SectionName, node: MapNode, path: string, log: FindingLog): readonly MapEntry[] {
  const unknown: MapEntry[] = [];
  for (const entry of node.entries.values()) {
    const spec = specOf(section, entry.key);
    if (spec === undefined) unknown.push(entry);
    else if (spec.status !== "later" || isLost(spec, entry.value, node)) warnIfIdle(section, spec, entry, path, log);
  }
  return unknown;
}

/** Whether something is lost by not acting on a setting. */
function isLost({ needs, meansOff, served }: LaterSetting, value: ConfigNode, section: MapNode): boolean {
  if (isNull(value) || (needs !== undefined && isNull(section.entries.get(needs)?.value))) return false;
  switch (value.kind) {
    case "map":
      return value.entries.size > 0;
    case "list":
      return !value.items.every((item) => item.kind === "scalar" && served?.includes(item.text) === true);
    case "scalar":
      if (served?.includes(value.text) === true) return false;
      return meansOff === true || typeof value.value === "number" || (value.text !== "" && toBoolean(value) !== false);
    default:
      return value satisfies never;
  }
}

/** Sections whose names (`name`, `models`, `claim`) mean other things elsewhere: a request parameter by such a name is not misplaced. */
const secluded: ReadonlySet<SectionName> = new Set([
  "keys entry",
  "jwt",
  "client_certificates",
  "shared_state",
  "pass_through_endpoints entry",
]);

/** @returns The section that has a setting, sections of settings first. Undefined when none has it. */
export function homeOf(key: string): SectionName | undefined {
  return (Object.keys(settingsTables) as SectionName[]).find((section) => !secluded.has(section) && specOf(section, key) !== undefined);
}

/** Whether a section has a setting that does something. */
export function isActedOn(section: SectionName, key: string): boolean {
  return specOf(section, key)?.status === "acted on";
}

/** What people mean by names that no spelling tells. */
const usuallyMeant: ReadonlyMap<string, string> = new Map([["environment", "environment_variables"]]);

/** @returns The message for a setting that its section does not have. */
export function misplacedOrUnknown(section: SectionName, key: string): string {
  const home = homeOf(key);
  if (home !== undefined) return `belongs ${placeName(home)}, and is ignored here`;
  const meant = usuallyMeant.get(key) ?? misspelt(key, Object.keys(settingsTables[section]));
  return `is not known here, and is ignored${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
}

/**
 * Moves settings that stand in a wrong section to the right one where that does no harm, with a warning: ignoring a `master_key` under
 * `litellm_settings` would leave the server open. Warns of every setting that is not acted on.
 */
export function placeSettings(root: MapNode, log: FindingLog): MapNode {
  const moves = new Map<string, MapEntry[]>();
  const sections: readonly (readonly [SectionName, MapNode | undefined])[] = [
    ["top level", root],
    ...settingsSections.map((name) => [name, mapOf(root, name)] as const),
  ];
  for (const [section, node] of sections) {
    if (node === undefined) continue;
    const path = section === "top level" ? "" : section;
    for (const entry of checkSection(section, node, path, log)) {
      // People keep anchors there.
      if (section === "top level" && entry.key.startsWith("x-")) continue;
      const home = homeOf(entry.key);
      const entryPath = path === "" ? entry.key : `${path}.${entry.key}`;
      const spec = home === undefined ? undefined : specOf(home, entry.key);
      if (spec?.status === "information" || (spec?.status === "later" && !isLost(spec, entry.value, node))) continue;
      if (home === undefined || !isSettings(home) || spec === undefined) {
        log.warning(entry.keyAt, entryPath, misplacedOrUnknown(section, entry.key));
      } else if (spec.status === "later") {
        log.warning(entry.keyAt, entryPath, `belongs ${placeName(home)}, and is not acted on yet: ${spec.description}`);
      } else if (child(mapOf(root, home), entry.key) !== undefined || moves.get(home)?.some((move) => move.key === entry.key) === true) {
        log.warning(entry.keyAt, entryPath, `belongs ${placeName(home)}, where it is set too, and is ignored here`);
      } else if (spec.status === "acted on" && spec.roams === true && !isNull(entry.value)) {
        log.warning(entry.keyAt, entryPath, `belongs ${placeName(home)}; it is honoured here too, but better moved there`);
        moves.set(home, [...(moves.get(home) ?? []), entry]);
      } else {
        log.warning(entry.keyAt, entryPath, `belongs ${placeName(home)}, and is ignored here`);
      }
    }
  }
  return withEntries(root, new Map([...moves].map(([home, entries]) => [home, movedInto(root, home, entries)])));
}

function movedInto(root: MapNode, home: string, moved: readonly MapEntry[]): MapEntry {
  const entry = root.entries.get(home);
  const node = entry?.value.kind === "map" ? entry.value : { kind: "map" as const, entries: new Map(), at: root.at };
  const value = withEntries(node, new Map(moved.map((one) => [one.key, one])));
  return { key: home, keyAt: entry?.keyAt ?? root.at, value };
}

function warnIfIdle(section: SectionName, spec: SettingSpec, entry: MapEntry, path: string, log: FindingLog): void {
  const entryPath = path === "" ? entry.key : `${path}.${entry.key}`;
  switch (spec.status) {
    case "acted on":
    case "information":
      return;
    case "later":
      log.sharedWarning(`${section}.${entry.key}`, entry.keyAt, entryPath, `is known but not acted on yet: ${spec.description}`);
      return;
    case "elsewhere":
      log.sharedWarning(`${section}.${entry.key}`, entry.keyAt, entryPath, `is not read here: ${spec.description}`);
      return;
    default:
      spec satisfies never;
  }
}

/** Looks at own members only: `constructor` is not a setting. */
function specOf(section: SectionName, key: string): SettingSpec | undefined {
  return Object.hasOwn(settingsTables[section], key) ? settingsTables[section][key] : undefined;
}

function mapOf(root: MapNode, key: string): MapNode | undefined {
  const node = child(root, key);
  return node?.kind === "map" ? node : undefined;
}

function isSettings(section: SectionName): boolean {
  return settingsSections.some((name) => name === section);
}

function placeName(section: SectionName): string {
  switch (section) {
    case "top level":
      return "at the top level";
    case "model_list entry":
      return "in an entry of model_list";
    case "litellm_params":
    case "model_info":
      return `under ${section} of a deployment`;
    case "router_settings":
    case "litellm_settings":
    case "general_settings":
      return `under ${section}`;
    case "keys entry":
      return "in an entry of keys";
    case "jwt":
      return "under general_settings.jwt";
    case "client_certificates":
      return "under general_settings.client_certificates";
    case "shared_state":
      return "under general_settings.shared_state";
    case "pass_through_endpoints entry":
      return "in an entry of general_settings.pass_through_endpoints";
    default:
      return section satisfies never;
  }
}
