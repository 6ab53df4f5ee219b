import { RouterError } from "../../../core/errors.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { DeploymentParams, JsonMembers, JsonValue } from "../../../core/provider.ts";
import { type CachePoint, readCachePoints, withCachePoints } from "./cache-points.ts";
import { readDropPaths, withoutPath } from "../drop-paths.ts";
import { routerFields } from "../router-fields.ts";

/** What may be done with a request that a deployment cannot take as it is, and what is known of its models. */
export interface ChatRules {
  /** Whether parameters that the deployment cannot take are left out (LiteLLM's `drop_params`). A request may say so for itself. */
  readonly dropParams: boolean;
  /** Whether messages are changed where they would be refused (LiteLLM's `modify_params`). */
  readonly modifyParams: boolean;
  /** Parameters that are sent whatever is known of the model (LiteLLM's `allowed_openai_params`). */
  readonly allowedParams: ReadonlySet<string>;
  /** Where marks of the cache are put into requests. */
  readonly cachePoints: readonly CachePoint[];
  /** What is known of a model, by LiteLLM's name for it (`supports_vision`, `max_output_tokens`); undefined where nothing is. */
  fact(model: string, name: string): JsonValue | undefined;
}

export function readChatRules(params: DeploymentParams): ChatRules {
  return {
    dropParams: params.dropParams,
    modifyParams: params.setting("modify_params") === true,
    allowedParams: new Set(listOf(params.setting("allowed_openai_params")).map(String)),
    cachePoints: readCachePoints(params.setting("cache_control_injection_points")),
    fact: (model, name) => params.modelFact(model, name),
  };
}

/** OpenAI's parameters of a chat, which every provider takes or does not take. A name that is none of them goes through as the provider's own. */
export const chatParameters: ReadonlySet<string> = new Set([
  "audio",
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "logprobs",
  "max_completion_tokens",
  "max_tokens",
  "metadata",
  "modalities",
  "n",
  "parallel_tool_calls",
  "prediction",
  "presence_penalty",
  "prompt_cache_key",
  "prompt_cache_retention",
  "reasoning_effort",
  "response_format",
  "safety_identifier",
  "seed",
  "service_tier",
  "stop",
  "store",
  "stream_options",
  "temperature",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "user",
  "verbosity",
  "web_search_options",
]);

/** Parameters without which an answer is the same to its reader: they are left out where a provider has no such thing. */
const harmless: ReadonlySet<string> = new Set([
  "metadata",
  "prompt_cache_key",
  "prompt_cache_retention",
  "safety_identifier",
  "service_tier",
  "store",
  "stream_options",
  "user",
]);

/** Values by which a parameter says what is so without it. */
function isDefault(name: string, value: JsonValue, { model, rules }: ChatTarget): boolean {
  switch (name) {
    // A model that thinks whatever it is told does not do what this asks for.
    case "reasoning_effort":
      return isNoEffort(value) && (model === undefined || rules.fact(model, "supports_reasoning") !== true);
    case "n":
      return value === 1;
    case "logprobs":
      return value === false;
    case "frequency_penalty":
    case "presence_penalty":
    case "top_logprobs":
      return value === 0;
    case "logit_bias":
      return typeof value === "object" && Object.keys(value ?? {}).length === 0;
    // The router itself sees to it that the usage of a stream is told to who asks.
    case "stream_options":
      return true;
    case "modalities":
      return Array.isArray(value) && value.length === 1 && value[0] === "text";
    default:
      return false;
  }
}

/** Whether a `reasoning_effort` asks for no thinking at all. */
export function isNoEffort(effort: JsonValue | undefined): boolean {
  return effort === "none" || effort === "disable";
}

/** A deployment to which chats are translated. */
export interface ChatTarget {
  readonly host: DeploymentHost;
  readonly rules: ChatRules;
  /** The model as the provider knows it, where it is the same for all calls. */
  readonly model?: string | undefined;
}

/**
 * The members of a request as a deployment is to get them: with its defaults beneath, without what is the router's, what it drops, and what
 * the rules allow to drop.
 * @param taken The names among {@link chatParameters} that the deployment can take.
 * @param adjusted Gets the names of what the caller asked for and the rules dropped.
 * @throws RouterError that names a parameter which is not taken and may not be dropped.
 */
export function applyRules(members: JsonMembers, target: ChatTarget, taken: ReadonlySet<string>, adjusted: Set<string>): JsonMembers {
  const { host, rules } = target;
  const mayDrop = mayDropParams(members, rules);
  const dropped = readDropPaths([...host.dropped, ...listOf(members["additional_drop_params"])]);
  const allowed = listOf(members["allowed_openai_params"]);
  const kept: Record<string, JsonValue> = {};
  for (const source of [host.defaults, members]) {
    for (const [name, value] of Object.entries(source)) {
      if (value === null || isRouterField.has(name)) continue;
      if (dropped.names.has(name)) {
        if (source === members) adjusted.add(name);
        continue;
      }
      if (chatParameters.has(name) && !taken.has(name) && !rules.allowedParams.has(name) && !allowed.includes(name)) {
        if (isDefault(name, value, target)) continue;
        if (!mayDrop && !harmless.has(name)) throw cannotTake(target, name);
        if (source === members) adjusted.add(name);
        continue;
      }
      kept[name] = value;
    }
  }
  for (const path of dropped.paths) {
    const value = kept[path.parameter];
    const left = value === undefined ? undefined : withoutPath(value, path);
    if (left === undefined || left === value) continue;
    kept[path.parameter] = left;
    adjusted.add(path.text);
  }
  return withCachePoints(kept, [...rules.cachePoints, ...readCachePoints(members[pointsField])]);
}

/** The same for who reads the reply to a request that has been sent. */
export function sentMembers(members: JsonMembers, target: ChatTarget, taken: ReadonlySet<string>): JsonMembers {
  const { defaults, dropped } = target.host;
  const isPlain = Array.from(dropped).length === 0 && members["additional_drop_params"] === undefined;
  if (isPlain && Object.keys(defaults).length === 0) return members;
  try {
    return applyRules(members, target, taken, new Set());
  } catch (error) {
    // It would not have been sent.
    if (error instanceof RouterError) return members;
    throw error;
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** A caller may name points as well. It is for the router alone. */
const pointsField = "cache_control_injection_points";

/** Whether what a deployment cannot take may be left out of a request: its own word counts before the deployment's. */
export function mayDropParams(members: JsonMembers, rules: ChatRules): boolean {
  const own = members["drop_params"];
  return own === undefined || own === null ? rules.dropParams : own === true;
}

const isRouterField: ReadonlySet<string> = new Set(routerFields);

/**
 * The error of a request that asks for what a deployment lacks: another one may take it.
 * @param why Completes "Deployment X cannot take `name`". Omit it where it has no such parameter at all.
 */
export function cannotTake({ host: { deploymentId } }: ChatTarget, param: string, why = ""): RouterError {
  const message = `Deployment ${deploymentId} cannot take \`${param}\`${why}. Leave it out, or set drop_params.`;
  return new RouterError("cannot_serve_this", message, { param, deploymentId });
}
