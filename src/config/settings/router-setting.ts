import type { RouterSettings } from "../../core/router-settings.ts";
import type { CallableNames } from "../values/callable-names.ts";
import type { litellmSettingsTable } from "./litellm-settings.ts";
import type { WrittenValue } from "./read-value.ts";
import type { ActedOnSetting, SettingKind } from "./setting-spec.ts";

/** A field of {@link RouterSettings}, or of one of its parts by its path: `cooldown.timeMs`. */
export type RouterField = {
  [Name in keyof RouterSettings]: IsPart<RouterSettings[Name]> extends true ? `${Name}.${keyof RouterSettings[Name] & string}` : Name;
}[keyof RouterSettings];

/** Whether a field is a group of fields, each with a row of its own. */
type IsPart<Value> = undefined extends Value
  ? false
  : Value extends string | number | boolean | readonly unknown[] | ReadonlyMap<string, unknown> | ReadonlySet<unknown>
    ? false
    : true;

/** What a field holds. */
export type FieldValue<Field extends RouterField> = Field extends keyof RouterSettings
  ? RouterSettings[Field]
  : Field extends `${infer Part extends keyof RouterSettings}.${infer Name}`
    ? Name extends keyof RouterSettings[Part]
      ? RouterSettings[Part][Name]
      : never
    : never;

/** The same setting in the sections that may hold it. */
export interface WrittenTwice {
  /** In `router_settings`. */
  readonly ours: WrittenValue | undefined;
  /** In `general_settings` or `litellm_settings`, where the row names a setting of theirs. */
  readonly theirs: WrittenValue | undefined;
}

/** Where a parser finds what is written. */
export interface SettingSources extends WrittenTwice {
  /** Another setting, for a field that two of them fill. */
  readonly other: (name: string) => WrittenTwice;
  readonly names: CallableNames;
}

/** Reads a setting of one kind. */
export interface SettingParser<Value> {
  readonly kind: SettingKind;
  /** @returns Undefined when nothing is written, or after a problem was reported. */
  readonly read: (sources: SettingSources) => Value | undefined;
}

/** A parser of single values, whose default can be given as people write it: seconds, where the field holds milliseconds. */
export interface ValueParser<Value, Written> extends SettingParser<Value> {
  readonly fromDefault: (written: Written) => Value;
}

/** A line of `huntgroup check`. */
export type CheckLine = readonly [label: string, value: string];

/** A row of `router_settings` that fills a field of {@link RouterSettings}. */
export interface RouterSettingRow<Field extends RouterField = RouterField> extends ActedOnSetting {
  readonly field: Field;
  readonly read: SettingParser<FieldValue<Field>>["read"];
  /** What the field holds when nothing is written. */
  readonly unset: FieldValue<Field>;
  /** The setting of `general_settings` or `litellm_settings` that counts where `router_settings` say nothing. */
  readonly litellm?: LitellmName | undefined;
  /** The setting's line in `huntgroup check`. A setting without one is shown in another's line, or not at all. */
  readonly describe?: ((settings: RouterSettings) => CheckLine) | undefined;
}

type LitellmName = keyof typeof litellmSettingsTable;

type RowOptions = Pick<RouterSettingRow, "description" | "min" | "above" | "max" | "roams" | "litellm" | "describe">;

/**
 * Makes a row. It is all there is to a setting besides the code that acts on its field: the reading, the JSON Schema, the reference in the
 * docs, `GET /router/settings` and `huntgroup check` come from it.
 *
 *     queue_size: routerSetting("queue.size", integer, {
 *       description: "Calls that wait, at most; further ones are answered at once.",
 *       default: 1_000,
 *       min: 0,
 *     }),
 *
 * @param row With `default` as people write it, or, where there is nothing to write for it, with `unset`, what the field then holds.
 */
export function routerSetting<const Field extends RouterField, Written extends string | number | boolean>(
  field: Field,
  parser: ValueParser<FieldValue<Field>, Written>,
  row: RowOptions & { readonly default: Written },
): RouterSettingRow<Field>;
export function routerSetting<const Field extends RouterField>(
  field: Field,
  parser: SettingParser<FieldValue<Field>>,
  row: RowOptions & { readonly unset: FieldValue<Field> },
): RouterSettingRow<Field>;
export function routerSetting<Field extends RouterField, Written extends string | number | boolean>(
  field: Field,
  parser: SettingParser<FieldValue<Field>> & Partial<ValueParser<FieldValue<Field>, Written>>,
  row: RowOptions & { readonly default?: Written; readonly unset?: FieldValue<Field> },
): RouterSettingRow<Field> {
  const { kind, read, fromDefault } = parser;
  // One of the two overloads holds: a default comes with a parser that knows what it stands for.
  const unset = (row.default === undefined ? row.unset : fromDefault?.(row.default)) as FieldValue<Field>;
  return { status: "acted on", ...row, kind, field, read, unset };
}
