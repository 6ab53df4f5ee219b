import type { ParamProblem, ProviderChoice, ProviderPlugin, ProviderRegistry } from "../core/provider.ts";
import { err, ok, type Result } from "../lib/result.ts";
import { misspelt } from "../lib/suggest.ts";
import { CredentialStore } from "./credentials/credential-store.ts";
import { anthropicProvider } from "./anthropic/index.ts";
import { anyModel, createAnyModel } from "./any-model.ts";
import { azure, azureAi } from "./azure/index.ts";
import { createBedrock } from "./bedrock/index.ts";
import { geminiProvider } from "./gemini/index.ts";
import { inferProvider } from "./infer-provider.ts";
import { mock } from "../mock/index.ts";
import { hostByApiBase, hostByPrefix } from "./openai/find-host.ts";
import { openai } from "./openai/index.ts";
import { createVertexAi } from "./vertex_ai/index.ts";
import { unsupportedProviders } from "./unsupported.ts";

/**
 * All providers. To add one: a folder, and an entry here.
 * @param credentials Given to the providers whose credentials are fetched.
 */
export function createProviderPlugins(credentials: CredentialStore): readonly ProviderPlugin[] {
  return [openai, azure, azureAi, anthropicProvider, ...createBedrock(credentials), geminiProvider, createVertexAi(credentials), mock];
}

/** Makes the registry of these providers. @throws Error when two of them claim the same prefix, which is a mistake in the list. */
export function createProviderRegistry(plugins: readonly ProviderPlugin[]): ProviderRegistry {
  const byPrefix = new Map<string, ProviderPlugin>();
  for (const plugin of plugins) {
    for (const prefix of plugin.prefixes) {
      const other = byPrefix.get(prefix);
      if (other !== undefined) throw new Error(`The providers ${other.name} and ${plugin.name} both claim the prefix ${prefix}.`);
      byPrefix.set(prefix, plugin);
    }
  }
  const known = [...byPrefix.keys()].sort();
  const detail = `known are ${known.join(", ")}. A server that speaks OpenAI's API is openai/MODEL with its api_base`;

  const chosen = (prefix: string, model: string): ProviderChoice | undefined => {
    const plugin = byPrefix.get(prefix);
    if (plugin === undefined) return undefined;
    const [, form, name] = writtenForm.exec(model) ?? [];
    const known = form !== undefined && formsOf[prefix]?.includes(form) === true;
    const mode = known && form === "responses" ? form : undefined;
    return { plugin, provider: hostByPrefix(prefix)?.name ?? plugin.name, prefix, model: known ? (name ?? model) : model, mode };
  };
  const refused = (key: string, prefix: string, model: string): Result<never, ParamProblem> => {
    if (unsupportedProviders.has(prefix)) return err({ key, message: unsupportedMessage(prefix, model) });
    // A name that is only near may be another company's, which would then get the key.
    const meant = misspelt(prefix, known, { letterForLetter: false });
    const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
    return err({ key, message: `names no provider: \`${prefix}\` is not known${hint}`, detail });
  };

  const choose: ProviderRegistry["choose"] = (model, { customProvider, apiBase }) => {
    const slash = model.indexOf("/");
    const prefix = slash === -1 ? "" : model.slice(0, slash);
    const rest = model.slice(slash + 1);

    if (customProvider !== undefined) {
      const choice = chosen(customProvider, prefix === customProvider ? rest : model);
      return choice === undefined ? refused("custom_llm_provider", customProvider, model) : named(choice);
    }
    const prefixed = prefix === "" ? undefined : chosen(prefix, rest);
    if (prefixed !== undefined) return named(prefixed);
    if (unsupportedProviders.has(prefix)) return refused("model", prefix, model);

    const byAddress = apiBase === undefined ? undefined : (nativeAt(apiBase) ?? hostByApiBase(apiBase)?.prefixes[0]);
    const inferred = byAddress ?? inferProvider(model);
    // Google's names alone say nothing of a server at an address of its own.
    const isElsewhere = apiBase !== undefined && byAddress === undefined && inferred === "vertex_ai";
    const choice = inferred === undefined || isElsewhere ? undefined : chosen(inferred, model);
    if (choice !== undefined) return named(choice);
    if (prefix !== "") return refused("model", prefix, model);
    // A server at an address of its own is taken to speak OpenAI's format, as nearly all do, whatever the model is called.
    const atAddress = apiBase === undefined ? undefined : chosen("openai", model);
    if (atAddress !== undefined) return named(atAddress);
    if (inferred !== undefined) return refused("model", inferred, model);
    return err({ key: "model", message: `names no provider: write it as PROVIDER/${model}`, detail });
  };

  const openAi = chosen("openai", anyModel);
  if (openAi === undefined) return { choose };
  const any = { ...openAi, isAny: true, plugin: createAnyModel(byPrefix, openAi.plugin, choose) };
  return {
    choose: (model, hints) => (model === anyModel && isUnset(hints) ? ok(any) : choose(model, hints)),
  };
}

function isUnset({ customProvider, apiBase }: Parameters<ProviderRegistry["choose"]>[1]): boolean {
  return customProvider === undefined && apiBase === undefined;
}

/** The prefix of a provider with a format of its own that is reached at this address. */
function nativeAt(apiBase: string): string | undefined {
  const name = URL.parse(apiBase)?.hostname;
  if (name === "generativelanguage.googleapis.com") return "gemini";
  return name !== undefined && /(?:^|-)aiplatform(?:\.\w+\.rep)?\.googleapis\.com$/.test(name) ? "vertex_ai" : undefined;
}

/** LiteLLM's way to say by the name how a model is to be asked. */
const writtenForm = /^([a-z\d_]+)\/(.+)$/;

/** The forms that a prefix knows. Without them a name is left whole. */
const formsOf: Readonly<Record<string, readonly string[]>> = {
  openai: ["responses"],
  azure: ["responses", "o_series", "gpt5_series"],
};

/** The providers that come with the program, for configurations that are looked at and not run: nothing is fetched. */
export const providerPlugins: readonly ProviderPlugin[] = createProviderPlugins(new CredentialStore());

/** The registry of {@link providerPlugins}. */
export const providerRegistry: ProviderRegistry = createProviderRegistry(providerPlugins);

function named(choice: ProviderChoice): Result<ProviderChoice, ParamProblem> {
  if (choice.model !== "") return ok(choice);
  return err({ key: "model", message: `names no model: expected ${choice.prefix}/MODEL` });
}

function unsupportedMessage(prefix: string, model: string): string {
  const name = model.startsWith(`${prefix}/`) ? model.slice(prefix.length + 1) : model;
  const instead = unsupportedProviders.get(prefix);
  const serves = instead !== undefined && (instead.models === undefined || instead.models.test(name));
  const advice = serves ? `; instead you could use ${instead.advice.replace("<model>", name)}` : "";
  return `is served by ${prefix}, which is not supported yet${advice}`;
}
