import { routerSettingsTable } from "../config/settings/router-settings.ts";
import type { SettingKind, SettingSpec } from "../config/settings/setting-spec.ts";

/** `router_settings` as LiteLLM's `/router/settings` lists them. */
export interface RouterSettingsList {
  readonly fields: readonly SettingField[];
  /** The settings that are set, by name. */
  readonly current_values: Readonly<Record<string, unknown>>;
}

/** One setting: its type, meaning, default and present value. */
interface SettingField {
  readonly field_name: string;
  readonly field_type: string;
  readonly field_description: string;
  readonly field_default: string | number | boolean | null;
  readonly field_value: unknown;
}

/** Lists the router settings that are acted on. @param config The configuration in force, secrets masked. */
export function routerSettingsList(config: object): RouterSettingsList {
  const section: unknown = "router_settings" in config ? config.router_settings : undefined;
  const current: Readonly<Record<string, unknown>> = typeof section === "object" && section !== null ? { ...section } : {};
  const fields: SettingField[] = [];
  for (const [name, spec] of Object.entries<SettingSpec>(routerSettingsTable)) {
    if (spec.status !== "acted on") continue;
    const fallback = spec.default ?? null;
    fields.push({
      field_name: name,
      field_type: fieldType(spec.kind),
      field_description: spec.description,
      field_default: fallback,
      field_value: current[name] ?? fallback,
    });
  }
  return { fields, current_values: current };
}

function fieldType(kind: SettingKind): string {
  switch (kind) {
    case "text":
      return "String";
    case "integer":
      return "Integer";
    case "number":
    case "seconds":
      return "Float";
    case "boolean":
      return "Boolean";
    case "names":
    case "text or names":
    case "tags":
    case "statuses":
    case "fallbacks":
    case "list":
      return "List";
    case "map":
    case "hedges":
    case "priorities":
    case "retry policy":
    case "retry policies":
    case "allowed fails policy":
      return "Dictionary";
    case "boolean or names":
    case "boolean or text":
    case "integer or auto":
    case "any":
      return "Any";
    default:
      return kind satisfies never;
  }
}
