import type { Call } from "../../core/call.ts";
import type { OpenAiQuirks } from "../../formats/openai/adapter.ts";
import type { MessageQuirks } from "../../formats/openai/request/plain-messages.ts";

/** A host that speaks OpenAI's format. */
export interface Host {
  /** Its name for people and metrics. */
  readonly name: string;
  /** The prefixes of `litellm_params.model` that choose it. */
  readonly prefixes: readonly string[];
  /** The address of its API. Undefined where every user has an address of their own. `{NAME}` stands for an environment variable. */
  readonly apiBase: string | undefined;
  /** Environment variables that may hold the address. */
  readonly apiBaseVariables: readonly string[];
  /** Environment variables that may hold the key. */
  readonly apiKeyVariables: readonly string[];
  /** Whether it answers without a key at its usual address. */
  readonly keyless: boolean;
  /** The path of its API, for an `api_base` that names only scheme and host. Undefined to add none. */
  readonly apiPath: string | undefined;
  /** Parameters that it refuses. They are left out when `drop_params` is set. */
  readonly refuses: readonly string[];
  /** Put before model names that are written short. */
  readonly modelPrefix: string | undefined;
  /** The end of its native API's address, which LiteLLM wants as `api_base`, and what replaces it. Undefined: addresses stay as they are. */
  readonly nativePath: { readonly pattern: RegExp; readonly instead: string } | undefined;
  /** Whether it refuses to be asked for the usage of streams (`stream_options.include_usage`), or tells it in any case. */
  readonly refusesUsageOption: boolean;
  /** How it goes on with an answer that another deployment began. Undefined: as `supports_assistant_prefill` says of the model. */
  readonly continuation: OpenAiQuirks["continuation"];
  /** What of messages it does not take, at its own address: another server at another may. */
  readonly messages: MessageQuirks;
  /** The one name of the cap on output tokens that it knows. Undefined where it knows both. */
  readonly outputCap: OpenAiQuirks["outputCap"];
  /** A header that carries the key too, beside `authorization`. */
  readonly keyHeader: string | undefined;
  /** The headers that carry the key, where they are others than `authorization: Bearer KEY`. */
  readonly credentials: ((key: string) => Readonly<Record<string, string>>) | undefined;
  /** How it names a model that LiteLLM writes in another way. Undefined: as written. */
  readonly modelName: ((model: string) => string) | undefined;
  /** What of a model's name stands in the path, behind the address and before the operation. Undefined where the path is the same for all. */
  readonly modelPath: ((model: string) => string) | undefined;
  /** Where it reranks, from its origin on and by the call, where that is not under the path of its API. */
  readonly rerankPath: ((call: Pick<Call, "body">) => string) | undefined;
  /** Whether it tells answers in parts. */
  readonly answersInParts: boolean;
  /** Whether it is asked for text completions alone: a chat call goes out as a prompt. */
  readonly prompts: boolean;
  /** Whether it has OpenAI's Responses API, beside chat, at the same base. */
  readonly responses: boolean;
  /** Where it has Anthropic's Messages at its own address, for callers that speak them. Undefined where it does not, or that is not known. */
  readonly messagesPath: string | undefined;
  /** Where LiteLLM looks for it when no address is configured, if that is elsewhere: people whose keys are for there have to know. */
  readonly litellmBase: string | undefined;
}

/** The columns that differ from what is usual. */
export interface HostOptions {
  readonly messages?: MessageQuirks;
  readonly outputCap?: Host["outputCap"];
  readonly keyHeader?: string;
  readonly credentials?: Host["credentials"];
  readonly modelName?: (model: string) => string;
  readonly modelPath?: Host["modelPath"];
  readonly rerankPath?: Host["rerankPath"];
  readonly answersInParts?: boolean;
  readonly prompts?: boolean;
  readonly responses?: boolean;
  readonly messagesPath?: string;
  readonly litellmBase?: string;
  readonly alsoPrefixes?: readonly string[];
  readonly apiBaseVariables?: readonly string[];
  readonly keyless?: boolean;
  readonly apiPath?: string;
  readonly refuses?: readonly string[];
  readonly modelPrefix?: string;
  readonly nativePath?: Host["nativePath"];
  readonly continuation?: Host["continuation"];
  readonly refusesUsageOption?: boolean;
}

/** Makes a host's row. @param apiBase Undefined where every user has an address of their own. */
export function host(name: string, apiBase: string | undefined, apiKeyVariables: readonly string[], options: HostOptions = {}): Host {
  return {
    name,
    prefixes: [name, ...(options.alsoPrefixes ?? [])],
    apiBase,
    apiBaseVariables: options.apiBaseVariables ?? [],
    apiKeyVariables,
    keyless: options.keyless ?? false,
    apiPath: options.apiPath,
    refuses: options.refuses ?? [],
    modelPrefix: options.modelPrefix,
    nativePath: options.nativePath,
    continuation: options.continuation,
    messages: options.messages ?? {},
    outputCap: options.outputCap,
    keyHeader: options.keyHeader,
    credentials: options.credentials,
    modelName: options.modelName,
    modelPath: options.modelPath,
    rerankPath: options.rerankPath,
    answersInParts: options.answersInParts ?? false,
    prompts: options.prompts ?? false,
    responses: options.responses ?? false,
    messagesPath: options.messagesPath,
    litellmBase: options.litellmBase,
    refusesUsageOption: options.refusesUsageOption ?? false,
  };
}

/** Makes the row of a host whose variables are called as it is: `NAME_API_KEY`, `NAME_API_BASE`. */
export function usual(name: string, apiBase: string, options: HostOptions & { readonly apiKeyVariables?: readonly string[] } = {}): Host {
  const prefix = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
  const { apiKeyVariables = [`${prefix}_API_KEY`], ...rest } = options;
  return host(name, apiBase, apiKeyVariables, { apiBaseVariables: [`${prefix}_API_BASE`], ...rest });
}
