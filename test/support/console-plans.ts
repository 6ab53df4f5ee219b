import type { DemoDeployment } from "./console-demo-stage.ts";

/** A believable small company's router, for the screenshots and the console's tests. */
export const consolePlans: readonly DemoDeployment[] = [
  {
    id: "gpt-4o-east",
    group: "gpt-4o",
    address: "azure/gpt-4o-east-us",
    weight: 60,
    rpmLimit: 600,
    tpmLimit: 450_000,
    firstTokenMs: 310,
    msPerToken: 14,
  },
  {
    id: "gpt-4o-sweden",
    group: "gpt-4o",
    address: "azure/gpt-4o-sweden",
    weight: 30,
    rpmLimit: 300,
    tpmLimit: 240_000,
    maxParallelRequests: 40,
    firstTokenMs: 420,
    msPerToken: 17,
    failing: 0.03,
  },
  { id: "gpt-4o-direct", group: "gpt-4o", address: "openai/gpt-4o", weight: 10, rpmLimit: 500, firstTokenMs: 520, msPerToken: 19 },
  { id: "gpt-4o-spare", group: "gpt-4o", address: "openrouter/openai/gpt-4o", weight: 10, order: 1, firstTokenMs: 700, msPerToken: 24 },
  {
    id: "llama-fast",
    group: "llama-3.3-70b",
    address: "groq/llama-3.3-70b-versatile",
    weight: 3,
    rpmLimit: 60,
    firstTokenMs: 90,
    msPerToken: 3.6,
  },
  { id: "llama-own", group: "llama-3.3-70b", address: "hosted_vllm/llama-3.3-70b", weight: 2, firstTokenMs: 160, msPerToken: 11 },
  { id: "embed-a", group: "embeddings", address: "openai/text-embedding-3-small", weight: 1, firstTokenMs: 45, msPerToken: 0.4 },
  {
    id: "embed-b",
    group: "embeddings",
    address: "azure/text-embedding",
    weight: 1,
    firstTokenMs: 45,
    msPerToken: 0.4,
    invalid: "litellm_params.api_base: is needed for azure",
  },
];
