import { hash } from "node:crypto";
import type { ProviderAdapter, ProviderChoice } from "../../core/provider.ts";
import type { MapNode } from "../tree/config-node.ts";
import { canonicalNode } from "../tree/node-json.ts";
import { litellmTopic } from "../values/litellm-own-names.ts";

/** What tells accounts at a provider apart, besides what LiteLLM counts among credentials. */
const identifying: ReadonlySet<string> = new Set([
  "api_key",
  "api_base",
  "base_url",
  "organization",
  "extra_headers",
  "region_name",
  "model_id",
]);

/**
 * Names the account and the model that a provider counts a deployment's use by: those of the same provider, address, credentials and upstream
 * model share its limits. Gives no secret away.
 * @param params As the deployment has them, references resolved.
 * @returns undefined where it shares with nobody: made-up answers have limits of their own, and a wildcard stands for several models.
 */
export function accountOf(
  { plugin, provider, model }: ProviderChoice,
  { origin }: Pick<ProviderAdapter, "origin">,
  params: MapNode,
  organization: string | undefined,
): string | undefined {
  if (plugin.name === "mock" || model.includes("*")) return undefined;
  return digestOf([provider, model, origin ?? "", organization ?? ""], params);
}

/** Names the account alone: what one of its deployments keeps, such as responses and files, is there for all of them. The model may be any. */
export function keeperOf(
  { plugin, provider }: ProviderChoice,
  { origin }: Pick<ProviderAdapter, "origin">,
  params: MapNode,
  organization: string | undefined,
): string | undefined {
  return plugin.name === "mock" ? undefined : digestOf([provider, origin ?? "", organization ?? ""], params);
}

function digestOf(pieces: string[], params: MapNode): string {
  for (const { key, value } of params.entries.values()) {
    if (identifying.has(key) || litellmTopic(key) === "credentials") pieces.push(key, canonicalNode(value));
  }
  return hash("sha256", JSON.stringify(pieces), "base64");
}
