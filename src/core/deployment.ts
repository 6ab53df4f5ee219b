import type { DailyTime } from "../lib/daily-time.ts";
import type { Policy } from "./policy-class.ts";
import type { JsonValue, ProviderAdapter } from "./provider.ts";
import type { TokenPrices } from "./token-prices.ts";
import type { UpstreamLink } from "./upstream.ts";

/** One upstream that can serve a group's model: an entry of `model_list`, validated and compiled. Immutable. */
export interface Deployment extends TokenPrices {
  /** `model_info.id`, else a hash that is stable over restarts. Unique. */
  readonly id: string;
  /** `model_name`: the public name that its siblings share. */
  readonly group: string;
  /** `litellm_params.model` as configured, prefix included: a name callers may use for this one deployment. */
  readonly address: string;
  /** The provider's name: `openai`, `azure`, `groq`, … */
  readonly provider: string;
  /** The model name sent to the provider. Under a wildcard group each `*` stands for what the group's `*` matched. */
  readonly upstreamModel: string;
  /** What its provider counts its use by: the same for deployments that share the provider's limits. Omit it where none does. */
  readonly account?: string | undefined;
  /** In whose keeping at its provider lies what it keeps: the same for deployments of one account. Omit it where that is its own alone. */
  readonly keeper?: string | undefined;
  readonly weight: number | undefined;
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Limits of prompt and of output tokens per minute, for providers that count them apart. */
  readonly itpm: number | undefined;
  readonly otpm: number | undefined;
  /** What it may do in a day. Omit it for no such limits. */
  readonly daily?: DailyLimits | undefined;
  /** Requests in flight at once, at most; `auto` where that is learned from its own times. */
  readonly maxParallelRequests: number | "auto" | undefined;
  /** `model_info.max_input_tokens`: the longest prompt that it takes. */
  readonly maxInputTokens: number | undefined;
  /** Where it computes, as its provider names it: `eu-west-1`, `europe-west4`, `us`. */
  readonly region: string | undefined;
  /** `model_info.supports_response_schema`: whether it takes a `response_format` with a schema. Undefined when not known: it is tried. */
  readonly supportsResponseSchema: boolean | undefined;
  readonly tags: readonly string[];
  /** `model_info.blocked`: paused by its operator. */
  readonly blocked: boolean;
  /** How long it cools down when it fails, in milliseconds; 0 for never. Undefined for the router's number. */
  readonly cooldownMs: number | undefined;
  readonly allowedFails: number | undefined;
  readonly allowedFailsPolicy: Policy | undefined;
  /** Lower orders are used first; higher ones only when no lower one is eligible. */
  readonly order: number;
  readonly timeoutMs: number | undefined;
  readonly streamTimeoutMs: number | undefined;
  /** As `RouterSettings.keepaliveMs`, while this deployment is asked. Undefined for the router's number. */
  readonly keepaliveMs: number | undefined;
  /** Whether `Call.keepaliveMs` counts instead, unless this deployment's is 0. Omit it for no. */
  readonly takesCallersKeepalive?: boolean | undefined;
  readonly numRetries: number | undefined;
  /** Under a wildcard, what the tokens of one of its models cost; undefined where the deployment's own prices count. Omit it for a single model. */
  readonly pricesOf?: ((upstreamModel: string) => TokenPrices | undefined) | undefined;
  /** The most output tokens of one answer to a caller that sets no cap: what is sent as a default, else what the model can. */
  readonly maxOutputTokens: number | undefined;
  /** For people and tools. */
  readonly info: DeploymentInfo;
  /** Undefined for the usual way. */
  readonly link: UpstreamLink | undefined;
  readonly adapter: ProviderAdapter;
}

/** What a deployment may do in a day. */
export interface DailyLimits {
  /** Infinity without a limit, as for tokens. */
  readonly requests: number;
  readonly tokens: number;
  /** When a day ends. */
  readonly resets: DailyTime;
}

/** An entry that was left out on purpose because something in it is wrong; listed so that operators see where it went. */
export interface InvalidDeployment {
  readonly id: string;
  readonly group: string;
  readonly address: string;
  /** Without secrets. */
  readonly reason: string;
}

type JsonObject = Readonly<Record<string, JsonValue>>;

/** What people and tools are shown of a deployment beside what routes calls. Shows no secret: these are masked. */
export interface DeploymentInfo {
  /** `litellm_params`, with what the entry's credential and the defaults of all deployments add. */
  readonly params: JsonObject;
  /** `model_info` as written. */
  readonly modelInfo: JsonObject;
  /**
   * What is known of one of its models, by LiteLLM's names: `model_info`, and beneath it what is generally known. Omit it where only the former is.
   */
  readonly known?: ((upstreamModel: string) => JsonObject) | undefined;
  /** `model_info.mode`: `chat`, `embedding`, … Undefined when the configuration does not say. */
  readonly mode: string | undefined;
  /** How a call is made that only asks whether it is well. A field that is undefined is as for all deployments. */
  readonly healthCheck: { readonly timeoutMs: number | undefined; readonly maxTokens: number | undefined };
}
