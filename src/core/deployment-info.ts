import type { JsonValue } from "./provider.ts";

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
