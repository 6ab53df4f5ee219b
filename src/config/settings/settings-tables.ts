import { clientCertificatesTable } from "./client-certificates.ts";
import { generalSettingsTable } from "./general-settings.ts";
import { jwtTable } from "./jwt-settings.ts";
import { keyEntryTable } from "./key-entry.ts";
import { litellmParamsTable } from "./litellm-params.ts";
import { litellmSettingsTable } from "./litellm-settings.ts";
import { modelInfoTable } from "./model-info.ts";
import { entryTable } from "./model-list-entry.ts";
import { passThroughTable } from "./pass-through.ts";
import { routerSettingsTable } from "./router-settings.ts";
import { sharedStateTable } from "./shared-state.ts";
import { topLevelTable } from "./top-level.ts";
import type { SectionName, SettingsTable } from "./setting-spec.ts";

/**
 * Every setting that Huntgroup knows of, LiteLLM's and the few of its own, by section. A misplaced setting's right place is looked for in
 * this order. Reading a setting that its table does not have does not compile.
 */
export const settingsTables: Readonly<Record<SectionName, SettingsTable>> = {
  router_settings: routerSettingsTable,
  litellm_settings: litellmSettingsTable,
  general_settings: generalSettingsTable,
  litellm_params: litellmParamsTable,
  model_info: modelInfoTable,
  "model_list entry": entryTable,
  "top level": topLevelTable,
  "keys entry": keyEntryTable,
  jwt: jwtTable,
  client_certificates: clientCertificatesTable,
  shared_state: sharedStateTable,
  "pass_through_endpoints entry": passThroughTable,
};
