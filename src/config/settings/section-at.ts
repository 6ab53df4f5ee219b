import type { SectionName } from "./setting-spec.ts";

/**
 * The section that a path of keys leads to: `model_list[2].litellm_params`, and the maps that hold the same keys elsewhere.
 * @returns undefined where the keys are no settings, such as the names of groups.
 */
export function sectionAt(path: string): SectionName | undefined {
  switch (path) {
    case "":
      return "top level";
    case "router_settings":
    case "litellm_settings":
    case "general_settings":
      return path;
    case "general_settings.jwt":
      return "jwt";
    case "router_settings.default_litellm_params":
      return "litellm_params";
    default:
      if (/^model_list\[\d+\]$/.test(path)) return "model_list entry";
      if (/^model_list\[\d+\]\.litellm_params$/.test(path) || /^credential_list\[\d+\]\.credential_values$/.test(path))
        return "litellm_params";
      if (/^keys\[\d+\]$/.test(path)) return "keys entry";
      return /^model_list\[\d+\]\.model_info$/.test(path) ? "model_info" : undefined;
  }
}
