import type { RouterSettings } from "../../core/router-settings.ts";
import { isNull, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { CallableNames } from "../values/callable-names.ts";
import { generalSettingsTable } from "./general-settings.ts";
import { litellmSettingsTable } from "./litellm-settings.ts";
import type { SettingsSections } from "./place-settings.ts";
import type { WrittenValue } from "./read-value.ts";
import type { CheckLine, RouterField, RouterSettingRow, WrittenTwice } from "./router-setting.ts";
import { routerSettingsTable } from "./router-settings.ts";
import type { SettingsTable } from "./setting-spec.ts";

const rows = rowsOf(routerSettingsTable);

/** How all groups are routed where the configuration says nothing. */
export const defaultRouterSettings: RouterSettings = settingsOf((_, row) => row.unset);

/** Reads how all groups are routed. What `router_settings` leave open, the other sections may say. */
export function readRouterSettings(sections: SettingsSections, names: CallableNames, log: FindingLog): RouterSettings {
  const inGeneral = (name: string) => writtenIn(generalSettingsTable, sections.general, "general_settings", name, log);
  const inLitellm = (name: string) => writtenIn(litellmSettingsTable, sections.litellm, "litellm_settings", name, log);
  const written = (name: string, litellm: string | undefined): WrittenTwice => ({
    ours: writtenIn(routerSettingsTable, sections.router, "router_settings", name, log),
    theirs: litellm === undefined ? undefined : (inGeneral(litellm) ?? inLitellm(litellm)),
  });
  const other = (name: string) => written(name, name);
  return settingsOf((name, row) => row.read({ ...written(name, row.litellm), other, names }) ?? row.unset);
}

/** @returns The lines of `huntgroup check` on these settings, in the order of the rows. */
export function describeRouterSettings(settings: RouterSettings): readonly CheckLine[] {
  return [...rows.values()].flatMap(({ describe }) => (describe === undefined ? [] : [describe(settings)]));
}

type FieldsOf<Table> = { [Name in keyof Table]: Table[Name] extends { readonly field: infer Field } ? Field : never }[keyof Table];

/** A table in which every field of {@link RouterSettings} has its row: the names of those that have none stand in the compiler's message. */
type Complete<Table> =
  Exclude<RouterField, FieldsOf<Table>> extends never ? Table : { readonly missing: Exclude<RouterField, FieldsOf<Table>> };

/** @returns By the setting's name, the rows that fill a field. */
function rowsOf<Table extends SettingsTable>(table: Table & Complete<Table>): ReadonlyMap<string, RouterSettingRow> {
  return new Map(Object.entries<object>(table).filter((entry): entry is [string, RouterSettingRow] => "field" in entry[1]));
}

/** Fills every field from its row. */
function settingsOf(valueOf: (name: string, row: RouterSettingRow) => unknown): RouterSettings {
  const settings: Record<string, unknown> = {};
  const parts: Record<string, Record<string, unknown>> = {};
  for (const [name, row] of rows) {
    const [field, ofPart] = row.field.split(".") as [string, string?];
    if (ofPart === undefined) settings[field] = valueOf(name, row);
    else (parts[field] ??= {})[ofPart] = valueOf(name, row);
  }
  // The compiler has seen that no field is without a row, and each row's parser that it gives what its field holds.
  return { ...settings, ...parts } as unknown as RouterSettings;
}

function writtenIn(
  table: SettingsTable,
  node: MapNode | undefined,
  section: string,
  name: string,
  log: FindingLog,
): WrittenValue | undefined {
  const value = node?.entries.get(name)?.value;
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (value === undefined || isNull(value) || spec?.status !== "acted on") return undefined;
  return { node: value, path: `${section}.${name}`, spec, log };
}
