import type { JsonValue, ProviderAdapter, ProviderChoice } from "../../core/provider.ts";
import { placeBelow, withEntries, type MapNode } from "../tree/config-node.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { readHeaders, requestDefaults } from "./deployment-params.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { litellmParamsTable } from "../settings/litellm-params.ts";
import { nodeToJson } from "../tree/node-json.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import { toNumber } from "../tree/scalar.ts";
import { isSecretName } from "../secrets/secrets.ts";

/** One deployment of an entry, its references resolved. */
export interface DeploymentSource {
  readonly id: string;
  readonly path: string;
  readonly group: string;
  readonly params: MapNode;
  readonly info: MapNode | undefined;
  readonly organization: string | undefined;
  /** Reads `params`. */
  readonly reader: SectionReader<typeof litellmParamsTable>;
}

interface Connection {
  readonly address: string;
  readonly choice: ProviderChoice;
  readonly adapter: ProviderAdapter;
}

/**
 * Finds a deployment's provider and has it compute what every request shares.
 * @param assistantPrefill What its `model_info` says of it.
 * @returns Undefined when something is wrong; `problems` says what.
 */
export function connectDeployment(
  { id, path, params, info, organization, reader }: DeploymentSource,
  assistantPrefill: boolean,
  context: DeploymentContext,
  problems: FindingLog,
): Connection | undefined {
  const paramsPath = `${path}.litellm_params`;
  const address = reader.text("model");
  const apiBase = emptyAsUnset(reader.text("api_base"));
  const baseUrl = emptyAsUnset(reader.text("base_url"));
  const baseUrlNode = reader.node("base_url");
  if (apiBase !== undefined && baseUrl !== undefined && apiBase !== baseUrl && baseUrlNode !== undefined) {
    problems.warning(baseUrlNode.at, `${paramsPath}.base_url`, "api_base is set too, and counts");
  }
  const drop = reader.booleanOrNames("drop_params");
  const mock = reader.map("mock");
  const mockResponse = reader.node("mock_response");
  const customProvider = emptyAsUnset(reader.text("custom_llm_provider"));
  const connectParams = {
    deploymentId: id,
    apiKey: emptyAsUnset(reader.text("api_key")),
    apiBase: apiBase ?? baseUrl,
    apiVersion: emptyAsUnset(reader.text("api_version")),
    organization: emptyAsUnset(organization),
    extraHeaders: readHeaders(reader.map("extra_headers"), `${paramsPath}.extra_headers`, problems),
    defaults: requestDefaults(
      params.entries.has("extra_body") && reader.map("extra_body") === undefined
        ? withEntries(params, new Map([["extra_body", undefined]]))
        : params,
      paramsPath,
      problems,
    ),
    dropParams: typeof drop === "boolean" ? drop : context.dropParams,
    additionalDropParams: [
      ...new Set([
        ...context.additionalDropParams,
        ...(reader.names("additional_drop_params") ?? []),
        ...(typeof drop === "object" ? drop : []),
      ]),
    ],
    mockResponse: mockResponse === undefined ? undefined : nodeToJson(mockResponse),
    assistantPrefill,
    mock: mock === undefined ? undefined : mockSettings(mock),
    setting: (name: string) => jsonOf(params, name),
    modelInfo: (name: string) => jsonOf(info, name),
    env: (name: string) => (isSecretName(name) ? context.environment.secret(name) : context.environment.get(name)),
  };
  if (address === undefined || address === "") {
    const node = params.entries.get("model")?.value;
    const reported = node !== undefined && (node.kind !== "scalar" || node.origin === "unresolved");
    if (!reported)
      problems.problem(node?.at ?? params.at, `${paramsPath}.model`, "must be a text such as `openai/gpt-4o` or `azure/my-deployment`");
    return undefined;
  }
  const chosen = context.providers.choose(address, { customProvider, apiBase: connectParams.apiBase });
  const answering =
    connectParams.mockResponse === undefined
      ? chosen
      : context.providers.choose(`mock/${address}`, { customProvider: undefined, apiBase: undefined });
  if (!answering.ok) {
    const { key, message, detail } = answering.error;
    problems.problem(placeBelow(params, key), `${paramsPath}.${key}`, message, detail);
    return undefined;
  }
  // They are reported already, and what a provider makes of them would only repeat them.
  if (problems.hasProblems) return undefined;
  const { plugin, prefix, model } = answering.value;
  const connected = plugin.connect({ ...connectParams, prefix, model });
  if (!connected.ok) {
    for (const problem of connected.error)
      problems.problem(placeBelow(params, problem.key), `${paramsPath}.${problem.key}`, problem.message);
    return undefined;
  }
  return { address, choice: chosen.ok ? chosen.value : answering.value, adapter: connected.value };
}

/** The settings of the mock provider. The environment gives its numbers as text. */
function mockSettings(node: MapNode): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toNumber(entry.value) ?? nodeToJson(entry.value)]));
}

function jsonOf(map: MapNode | undefined, key: string): JsonValue | undefined {
  const entry = map?.entries.get(key);
  return entry === undefined ? undefined : nodeToJson(entry.value);
}

/** Treats `api_key:` with nothing behind it, or a variable that is set to nothing, as unset. */
function emptyAsUnset(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
