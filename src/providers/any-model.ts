import type { DeploymentParams, ParamProblem, ProviderAdapter, ProviderPlugin, ProviderRegistry } from "../core/provider.ts";
import { RouterError } from "../core/errors.ts";
import { ok, type Result } from "../lib/result.ts";
import { ModelAdapter, type ModelTarget } from "./by-model/model-adapter.ts";

/** A deployment's model that stands for any model of any provider. LiteLLM's word. */
export const anyModel = "*";

/** Whoever is asked for models whose names say nothing else. */
const usualPrefix = "openai";

/**
 * Makes the provider of deployments that stand for all models: each is asked of the provider that its name says, if the environment has credentials
 * for that one; any other of OpenAI. Where a deployment has a key of its own, that is OpenAI's, and is shown to nobody else.
 * @param choose Finds the provider of a model by its name.
 */
export function createAnyModel(
  byPrefix: ReadonlyMap<string, ProviderPlugin>,
  usual: ProviderPlugin,
  choose: ProviderRegistry["choose"],
): ProviderPlugin {
  return {
    name: usual.name,
    prefixes: usual.prefixes,
    connect(params): Result<ProviderAdapter, readonly ParamProblem[]> {
      const plain = usual.connect(params);
      const hasOwnKey = params.apiKey !== undefined || Object.keys(params.extraHeaders).length > 0;
      const others = hasOwnKey ? new Map<string, ProviderAdapter>() : connectOthers(byPrefix, params);
      const [first] = others.values();
      const main = plain.ok ? plain.value : first;
      if (main === undefined) return plain;
      const serves = [...(plain.ok ? [usualPrefix] : []), ...others.keys()];
      const rest = plain.ok ? `, any other from ${usualPrefix}` : "";
      const note = hasOwnKey
        ? `all models are asked of ${usualPrefix}: its own key and headers are shown to nobody else`
        : `models are asked of ${serves.join(", ")} by their names${rest}`;
      const find = (name: string): ModelTarget | RouterError => {
        const chosen = choose(name, { customProvider: undefined, apiBase: undefined });
        if (chosen.ok) {
          const { prefix, model } = chosen.value;
          const adapter = prefix === usualPrefix && plain.ok ? plain.value : others.get(prefix);
          if (adapter !== undefined) return { adapter, model };
        }
        if (plain.ok) return { adapter: plain.value, model: name };
        const { deploymentId } = params;
        const message = `Deployment ${deploymentId} has no credentials for the provider of this model.`;
        return new RouterError("cannot_serve_this", message, { param: "model", deploymentId });
      };
      const isOneHost = Array.from(others.values()).every(({ origin }) => origin === main.origin);
      return ok(new ModelAdapter({ usual: main, find, origin: isOneHost ? main.origin : undefined, notes: [note] }));
    },
  };
}

/** The providers that the environment has credentials for, by their prefixes. */
function connectOthers(byPrefix: ReadonlyMap<string, ProviderPlugin>, params: DeploymentParams): ReadonlyMap<string, ProviderAdapter> {
  const adapters = new Map<string, ProviderAdapter>();
  for (const [prefix, plugin] of byPrefix) {
    if (prefix === usualPrefix || plugin.place?.isBuiltIn === true) continue;
    let isConfigured = false;
    const env = (name: string): string | undefined => {
      const value = params.env(name);
      isConfigured ||= value !== undefined && value !== "";
      return value;
    };
    const modelFact = (model: string, name: string) => params.modelFact(`${prefix}/${model}`, name);
    const connected = plugin.connect({ ...params, env, modelFact, mayUse: () => false, prefix });
    // Those that nothing is said of need no key, and may be anywhere; tokens are fetched for a deployment of one provider alone.
    if (connected.ok && isConfigured && connected.value.credentials === undefined) adapters.set(prefix, connected.value);
  }
  return adapters;
}
