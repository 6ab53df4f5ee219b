import type { OpenAiHost } from "./openai-host.ts";

/** What callers say, and what the host is asked for. */
export const publicModel = "gpt-4o";
export const upstreamModel = "gpt-4o-upstream";
/** The key that the deployment shows to the host. */
export const upstreamKey = "sk-upstream-0123456789abcdef";

/**
 * A configuration with one deployment, on the given host, and neither retries nor cooldowns, so that what the host does
 * is what the caller sees, and one test leaves nothing to the next.
 * @param more Further sections.
 */
export function hostConfig(host: OpenAiHost, more = ""): string {
  return `
model_list:
  - model_name: ${publicModel}
    litellm_params:
      model: openai/${upstreamModel}
      api_base: ${host.apiBase}
      api_key: ${upstreamKey}
      cooldown_time: 0
    model_info:
      id: the-one
router_settings:
  num_retries: 0
${more}`;
}
