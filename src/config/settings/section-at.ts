import type { SectionName } from "./setting-spec.ts";

/**
 * @param path As `model_list[2].litellm_params`.
 * @returns The section whose settings stand at a path. Undefined where the names there are not settings but groups, for example.
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
    case "general_settings.client_certificates":
      return "client_certificates";
    case "general_settings.shared_state":
      return "shared_state";
    case "router_settings.default_litellm_params":
      return "litellm_params";
    default:
      if (/^model_list\[\d+\]$/.test(path)) return "model_list entry";
      if (/^model_list\[\d+\]\.litellm_params$/.test(path) || /^credential_list\[\d+\]\.credential_values$/.test(path))
        return "litellm_params";
      if (/^keys\[\d+\]$/.test(path)) return "keys entry";
      if (/^general_settings\.pass_through_endpoints\[\d+\]$/.test(path)) return "pass_through_endpoints entry";
      return /^model_list\[\d+\]\.model_info$/.test(path) ? "model_info" : undefined;
  }
}
