import { actedOn, elsewhere, later, type SettingsTable } from "./setting-spec.ts";

/** What stands at the top level of a configuration. */
export const topLevelTable = {
  model_list: actedOn("list", "The deployments. Entries that share a `model_name` form a group."),
  router_settings: actedOn("map", "How calls are spread over a group's deployments, and what happens when one fails."),
  litellm_settings: actedOn("map", "LiteLLM's library-wide settings, as far as they concern routing."),
  general_settings: actedOn("map", "The server: its key, its limits."),
  environment_variables: actedOn(
    "map",
    "Variables for the references in this file. They stay inside: the process's environment is not changed.",
  ),
  include: actedOn(
    "names",
    "Further files, relative to this one. Lists are joined, maps are merged; where both have a setting, the included file's value counts.",
  ),
  credential_list: actedOn("list", "Named credentials for `litellm_credential_name`: `credential_name` and a map `credential_values`."),
  keys: actedOn("list", "Callers' keys, each with what it may use; see [keys.md](keys.md). Huntgroup's own setting."),
  callback_settings: later("Settings of callbacks."),
  guardrails: later("Guardrails."),
  mcp_servers: later("MCP servers."),
  mcp_tools: later("MCP tools."),
  search_tools: later("Search tools."),
  vector_store_registry: later("Vector stores."),
  files_settings: later("Files API."),
  finetune_settings: later("Fine-tuning API."),
  policies: later("Policies."),
  prompts: later("Stored prompts."),
  assistant_settings: later("Assistants."),
  host: elsewhere("give it as the option --host"),
  port: elsewhere("give it as the option --port"),
} as const satisfies SettingsTable;
