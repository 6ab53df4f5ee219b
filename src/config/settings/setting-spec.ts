/** The parts of a configuration that have settings of their own. */
export type SectionName =
  | "top level"
  | "router_settings"
  | "litellm_settings"
  | "general_settings"
  | "model_list entry"
  | "litellm_params"
  | "model_info"
  | "keys entry"
  | "jwt"
  | "client_certificates"
  | "shared_state"
  | "pass_through_endpoints entry";

/** What a setting's value may be. `seconds` are read into milliseconds, `names` is one name or a list of them, `tags` one text with commas or a list. */
export type SettingKind =
  | "text"
  | "number"
  | "integer"
  | "integer or auto"
  | "seconds"
  | "boolean"
  | "names"
  | "boolean or names"
  | "boolean or text"
  | "text or names"
  | "tags"
  | "statuses"
  | "fallbacks"
  | "retry policy"
  | "retry policies"
  | "hedges"
  | "priorities"
  | "allowed fails policy"
  | "map"
  | "list"
  | "any";

/** A row of a table of settings: the validation, the JSON Schema and the reference in docs/configuration.md come from it. */
export type SettingSpec = ActedOnSetting | LaterSetting | InformationSetting | ElsewhereSetting;

/** A setting that Huntgroup acts on. */
export interface ActedOnSetting {
  readonly status: "acted on";
  readonly kind: SettingKind;
  /** What it does, its unit, and why the default is what it is. */
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly min?: number;
  /** What the value must be greater than. */
  readonly above?: number;
  readonly max?: number;
  /** Whether it counts, with a warning, when it stands in a wrong section. */
  readonly roams?: boolean;
}

/** A setting that LiteLLM acts on and Huntgroup does not yet. It is warned of once, never silently ignored. */
export interface LaterSetting {
  readonly status: "later";
  readonly description: string;
  /** A setting of the same section without which this one does nothing in LiteLLM either. */
  readonly needs?: string | undefined;
  /** Whether `false` asks for something too. Of other settings it asks for what is done anyway, and nothing is lost. */
  readonly meansOff?: boolean | undefined;
  /** Names in its list that need nothing done. */
  readonly served?: readonly string[] | undefined;
}

/** A setting that tells people or tools something. There is nothing to act on. */
export interface InformationSetting {
  readonly status: "information";
  readonly description: string;
}

/** A setting that is often written here, but belongs to another place. */
export interface ElsewhereSetting {
  readonly status: "elsewhere";
  readonly description: string;
}

export type SettingsTable = Readonly<Record<string, SettingSpec>>;

/** The names of a table's settings whose value is of one of these kinds. */
export type SettingsOfKind<Keys extends SettingsTable, Kind extends SettingKind> = {
  [Key in keyof Keys & string]: Keys[Key] extends { readonly status: "acted on"; readonly kind: Kind } ? Key : never;
}[keyof Keys & string];

type Options = Omit<ActedOnSetting, "status" | "kind" | "description">;

const noOptions = {};

/** Makes a row. Its type keeps the kind and the default, so that readers of the table are checked against them. */
export function actedOn<Kind extends SettingKind, const Given extends Options = typeof noOptions>(
  kind: Kind,
  description: string,
  options?: Given,
): ActedOnSetting & { readonly kind: Kind } & Given {
  return { status: "acted on", kind, description, ...(options ?? (noOptions as Given)) };
}

export function later(description: string, options: Pick<LaterSetting, "needs" | "meansOff" | "served"> = noOptions): LaterSetting {
  return { status: "later", description, ...options };
}

export function information(description: string): InformationSetting {
  return { status: "information", description };
}

export function elsewhere(description: string): ElsewhereSetting {
  return { status: "elsewhere", description };
}

/** @returns What a setting's value may be, in words. */
export function allowedValues(spec: ActedOnSetting): string {
  switch (spec.kind) {
    case "text":
      return "a text";
    case "number":
      return `a number${bounds(spec)}`;
    case "integer":
      return `a whole number${bounds(spec)}`;
    case "integer or auto":
      return `a whole number${bounds(spec)}, or auto`;
    case "seconds":
      return `a number of seconds${bounds(spec)}`;
    case "boolean":
      return "true or false";
    case "names":
      return "a list of names";
    case "boolean or names":
      return "true, false or a list of names";
    case "boolean or text":
      return "true, false or a text";
    case "text or names":
      return "a text or a list of texts";
    case "tags":
      return "a list of tags, or a text that separates them by commas";
    case "statuses":
      return 'a list of statuses: whole numbers from 100 to 599, or classes such as "5xx"';
    case "fallbacks":
      return "a list of maps from a group to its fallbacks";
    case "retry policy":
      return "a map such as {RateLimitErrorRetries: 3}";
    case "retry policies":
      return "a map from a group to its retry policy";
    case "hedges":
      return "a map from a group to when its calls are hedged: {group: {after: p95}}";
    case "priorities":
      return "a map from a name to a whole number: {main: 0, auxiliary: 10}";
    case "allowed fails policy":
      return "a map such as {RateLimitErrorAllowedFails: 3}";
    case "map":
      return "a map";
    case "list":
      return "a list";
    case "any":
      return "any value";
    default:
      return spec.kind satisfies never;
  }
}

function bounds({ min, above, max }: ActedOnSetting): string {
  const parts: string[] = [];
  if (above !== undefined) parts.push(`> ${above}`);
  else if (min !== undefined) parts.push(`≥ ${min}`);
  if (max !== undefined) parts.push(`≤ ${max}`);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}
