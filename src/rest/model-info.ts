import type { Deployment } from "../core/deployment.ts";
import type { JsonValue } from "../core/provider.ts";

type JsonObject = Readonly<Record<string, JsonValue>>;

/** Parameters that say where a deployment is. */
const addressParams: ReadonlySet<string> = new Set(["api_base", "base_url", "azure_endpoint", "model_list"]);

/** One deployment as LiteLLM's `/model/info` lists it. @param withAddress Whether the asker may learn where it is. */
export function modelInfo(deployment: Deployment, withAddress: boolean): JsonObject {
  const { info } = deployment;
  return {
    model_name: deployment.group,
    litellm_params: withAddress ? info.params : Object.fromEntries(Object.entries(info.params).filter(([key]) => !addressParams.has(key))),
    model_info: {
      ...knownOf(deployment),
      id: deployment.id,
      db_model: false,
      litellm_provider: deployment.provider,
      mode: info.mode ?? null,
      max_input_tokens: deployment.maxInputTokens ?? null,
      input_cost_per_token: deployment.inputCostPerToken ?? null,
      output_cost_per_token: deployment.outputCostPerToken ?? null,
      blocked: deployment.blocked,
    },
  };
}

/** The groups as LiteLLM's `/model_group/info` lists them: limits are added up; sizes and prices are the highest of the group's. */
export function modelGroupInfo(deployments: readonly Deployment[]): readonly JsonObject[] {
  return Array.from(
    Map.groupBy(deployments, ({ group }) => group),
    ([group, members]) => ({
      model_group: group,
      providers: [...new Set(members.map(({ provider }) => provider))],
      max_input_tokens: largest(members.map(({ maxInputTokens }) => maxInputTokens)),
      max_output_tokens: largest(members.map((member) => numberOf(knownOf(member)["max_output_tokens"]))),
      input_cost_per_token: largest(members.map(({ inputCostPerToken }) => inputCostPerToken)),
      output_cost_per_token: largest(members.map(({ outputCostPerToken }) => outputCostPerToken)),
      mode: members.find(({ info }) => info.mode !== undefined)?.info.mode ?? null,
      tpm: sum(members.map(({ tpm }) => tpm)),
      rpm: sum(members.map(({ rpm }) => rpm)),
      ...abilities(members),
    }),
  );
}

/** The abilities that any of the deployments has: `supports_vision`, `supports_function_calling`, … */
function abilities(members: readonly Deployment[]): JsonObject {
  const all: Record<string, JsonValue> = {};
  for (const known of new Set(members.map(knownOf))) {
    for (const [key, value] of Object.entries(known)) {
      if (key.startsWith("supports_") && typeof value === "boolean") all[key] = value || all[key] === true;
    }
  }
  return all;
}

/** What the operator says of a deployment's model, and beneath it what is generally known. */
function knownOf({ info, upstreamModel }: Deployment): JsonObject {
  return info.known?.(upstreamModel) ?? info.modelInfo;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** The largest of the values that are set; null where none is. */
function largest(values: readonly (number | undefined)[]): number | null {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? null : Math.max(...given);
}

function sum(values: readonly (number | undefined)[]): number | null {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? null : given.reduce((total, value) => total + value, 0);
}
