import { actedOn, type SettingsTable } from "./setting-spec.ts";

/** An entry of `model_list`. */
export const entryTable = {
  model_name: actedOn("text", "The name that callers use. Entries with the same name form a group; `*` matches anything."),
  litellm_params: actedOn("map", "Where calls go and how."),
  model_info: actedOn("map", "What is known about it."),
  rpm: actedOn("integer", "As under `litellm_params`, which wins.", { min: 0 }),
  tpm: actedOn("integer", "As under `litellm_params`, which wins.", { min: 0 }),
} as const satisfies SettingsTable;
