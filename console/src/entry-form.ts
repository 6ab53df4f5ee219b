import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** The fields of the form of a deployment that stand for a parameter each, by its name in `litellm_params`. */
const paramFields = ["model", "api_base", "api_key", "rpm", "tpm", "weight", "order"] as const;
type ParamField = (typeof paramFields)[number];

/** All fields. `params` and `info` are JSON: the other `litellm_params`, and `model_info` without its id. */
export type EntryField = ParamField | "model_name" | "id" | "params" | "info";

/** What is written in the form. */
export type EntryForm = Readonly<Record<EntryField, string>>;

/** What is wrong, by the field that it stands at; `form` is for what belongs to none. */
export type EntryFaults = ReadonlyMap<EntryField | "form", string>;

/** What a server shows in place of a secret. */
const hidden = "***";
const hiddenFault = "is hidden here: write it again, as os.environ/NAME, or in full where nothing is written to disk";

/** The empty form. */
export const noEntry: EntryForm = {
  model_name: "",
  id: "",
  model: "",
  api_base: "",
  api_key: "",
  rpm: "",
  tpm: "",
  weight: "",
  order: "",
  params: "",
  info: "",
};

/** Puts an entry of `model_list` into the form. A secret that is hidden leaves its field empty. */
export function toEntryForm(entry: JsonObject): EntryForm {
  const { model_name: name, litellm_params: params, model_info: info } = entry;
  const { id, ...otherInfo } = objectOf(info);
  const known: readonly string[] = paramFields;
  const others = Object.fromEntries(Object.entries(objectOf(params)).filter(([key]) => !known.includes(key)));
  const own = Object.fromEntries(paramFields.map((field) => [field, textOf(objectOf(params)[field])])) as Record<ParamField, string>;
  return { ...own, model_name: textOf(name), id: textOf(id), params: jsonText(others), info: jsonText(otherInfo) };
}

/**
 * Makes what is written in the form an entry of `model_list`.
 * @param before The entry that is changed: what it says besides, and the secrets that it hides. Undefined for a new one.
 * @returns The entry, or what is wrong. The server checks the rest.
 */
export function toEntry(
  form: EntryForm,
  before: JsonObject | undefined,
): { readonly entry: JsonObject } | { readonly faults: EntryFaults } {
  const faults = new Map<EntryField | "form", string>();
  if (form.model_name.trim() === "") faults.set("model_name", "is missing: the name that callers use");
  if (form.model.trim() === "") faults.set("model", "is missing: a provider and its model, such as openai/gpt-4o");
  const own = Object.fromEntries(paramFields.flatMap((field) => memberOf(field, form[field].trim())));
  const others = readJson(form.params, "params", faults);
  const info = readJson(form.info, "info", faults);
  if (hasHidden(others)) faults.set("params", `something of it ${hiddenFault}`);
  if (hasHidden(info)) faults.set("info", `something of it ${hiddenFault}`);
  for (const field of paramFields)
    if (form[field].trim() === "" && objectOf(before?.["litellm_params"])[field] === hidden) faults.set(field, hiddenFault);
  if (faults.size > 0) return { faults };
  const id = form.id.trim();
  const rest = { ...before };
  delete rest["model_info"];
  const modelInfo = { ...info, ...(id !== "" && { id }) };
  return {
    entry: {
      ...rest,
      model_name: form.model_name.trim(),
      litellm_params: { ...others, ...own },
      ...(Object.keys(modelInfo).length > 0 && { model_info: modelInfo }),
    },
  };
}

/** `place:line:column entry ID.path: what is wrong`, as the server says it of each thing that is wrong with an entry. */
const placed = /^.*:\d+:\d+ entry .*?\.((?:model_name|litellm_params|model_info)\b[^:\s]*): (.+)$/;
/** `entry.path, entry.path: what is wrong`, of entries that are refused before they are checked. */
const refused = /^((?:entry\.[\w.[\]]+(?:, )?)+):? (.+)$/;

/** Finds the fields that a server's refusal speaks of. @param message Of the server. */
export function faultsIn(message: string): EntryFaults {
  const faults = new Map<EntryField | "form", string>();
  const add = (path: string, text: string): void => {
    const field = fieldOf(path);
    const before = faults.get(field);
    faults.set(field, before === undefined ? text : `${before}; ${text}`);
  };
  const early = refused.exec(message);
  if (early !== null) for (const path of early[1]?.split(", ") ?? []) add(path.replace(/^entry\./, ""), early[2] ?? "");
  else {
    for (const line of message.split("\n")) {
      const found = placed.exec(line);
      if (found !== null) add(found[1] ?? "", found[2] ?? "");
    }
  }
  if (faults.size === 0) faults.set("form", message);
  return faults;
}

function fieldOf(path: string): EntryField | "form" {
  const [section = "", name = ""] = path.split(/[.[]/);
  if (section === "model_name") return "model_name";
  if (section === "model_info") return name === "id" ? "id" : "info";
  if (section === "litellm_params") return paramFields.find((field) => field === name) ?? "params";
  return "form";
}

/** A parameter as the entry has it: numbers as numbers, what is empty not at all. */
function memberOf(field: ParamField, text: string): readonly (readonly [string, JsonValue])[] {
  if (text === "") return [];
  const isNumber = field === "rpm" || field === "tpm" || field === "weight" || field === "order";
  // What is no number stays as it is: it may be a reference, and otherwise the server says what is wrong with it.
  return [[field, isNumber && Number.isFinite(Number(text)) ? Number(text) : text]];
}

function readJson(text: string, field: "params" | "info", faults: Map<EntryField | "form", string>): JsonObject {
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as JsonValue;
    if (isObject(value)) return value;
    faults.set(field, 'must be a JSON object, such as {"timeout": 30}');
  } catch (error) {
    faults.set(field, `is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

function hasHidden(value: JsonValue): boolean {
  if (value === hidden) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasHidden);
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === hidden) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function jsonText(value: JsonObject): string {
  return Object.keys(value).length === 0 ? "" : JSON.stringify(value, undefined, 2);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
