import type { JsonValue } from "./provider.ts";

type JsonObject = Readonly<Record<string, JsonValue>>;

/** What people and tools are shown of a deployment beside what routes calls. Shows no secret: these are masked. */
export interface DeploymentInfo {
  /** `litellm_params`, with what the entry's credential and the defaults of all deployments add. */
  readonly params: JsonObject;
  /** `model_info` as written. */
  readonly modelInfo: JsonObject;
  /** `model_info.mode`: `chat`, `embedding`, …; undefined: not said. */
  readonly mode: string | undefined;
  /** How a call to it is made that only asks whether it is well; undefined: as for all. */
  readonly healthCheck: { readonly timeoutMs: number | undefined; readonly maxTokens: number | undefined };
}
