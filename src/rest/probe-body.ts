import type { Endpoint } from "../core/endpoints.ts";
import type { Deployment } from "../core/deployment.ts";

/** The least that all models accept: some refuse to answer in fewer tokens. */
const usualMaxTokens = 16;

/** A small request that only shows whether a deployment works. */
export interface ProbeBody {
  readonly endpoint: Endpoint;
  readonly body: object;
}

/** The probe of a deployment. @returns Undefined where no small request is known for its mode. */
export function probeBody(deployment: Deployment): ProbeBody | undefined {
  const { id: model, info } = deployment;
  const wanted = info.healthCheck.maxTokens ?? usualMaxTokens;
  const maxTokens = wanted === 1 ? usualMaxTokens : wanted;
  switch (info.mode ?? "chat") {
    case "chat":
      return {
        endpoint: "chat",
        body: { model, messages: [{ role: "user", content: "Say OK." }], [capName(deployment)]: maxTokens },
      };
    case "completion":
      return { endpoint: "completions", body: { model, prompt: "Say OK.", max_tokens: maxTokens } };
    case "embedding":
      return { endpoint: "embeddings", body: { model, input: "OK" } };
    case "rerank":
      return { endpoint: "rerank", body: { model, query: "OK", documents: ["OK"] } };
    case "moderation":
      return { endpoint: "moderation", body: { model, input: "OK" } };
    // To make images or audio costs more than to know that it works.
    default:
      return undefined;
  }
}

/** The name of the output limit: OpenAI's reasoning models and later ones refuse `max_tokens`, which all others know. */
function capName({ upstreamModel, info }: Deployment): string {
  const { base_model: base } = info.modelInfo;
  const name = typeof base === "string" ? base : upstreamModel;
  return /(?:^|\/)(?:o\d|gpt-[5-9])/.test(name) ? "max_completion_tokens" : "max_tokens";
}
