import type { DeploymentParams, JsonValue, ProviderAdapter, ProviderChoice, ProviderPlugin } from "../../core/provider.ts";
import { type ConfigNode, placeBelow, withEntries, type MapNode } from "../tree/config-node.ts";
import type { Environment } from "../environment/environment.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { readHeaders, requestDefaults } from "./deployment-params.ts";
import { DeploymentModels } from "../models/deployment-models.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { litellmParamsTable } from "../settings/litellm-params.ts";
import { nodeToJson } from "../tree/node-json.ts";
import type { SecretWatch } from "./secret-watch.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import { toNumber } from "../tree/scalar.ts";

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
  /** Judges what a provider finds in the environment by itself. Undefined: it may find everything. */
  readonly watch: SecretWatch | undefined;
}

interface Connection {
  readonly address: string;
  readonly choice: ProviderChoice;
  readonly adapter: ProviderAdapter;
  /** What is known of its models. */
  readonly models: DeploymentModels;
}

/** What an entry says of its model. */
interface ToldOfModel {
  readonly assistantPrefill: boolean | undefined;
  readonly baseModel: string | undefined;
}

/**
 * Finds a deployment's provider and has it compute what every request shares.
 * @returns Undefined when something is wrong; `problems` says what.
 */
export function connectDeployment(
  { id, path, params, info, organization, reader, watch }: DeploymentSource,
  told: ToldOfModel,
  context: DeploymentContext,
  problems: FindingLog,
): Connection | undefined {
  const paramsPath = `${path}.litellm_params`;
  const address = reader.text("model");
  const apiBase = readBase(reader, problems);
  const drop = reader.booleanOrNames("drop_params");
  const modifies = reader.boolean("modify_params") ?? context.modifyParams;
  const mock = reader.map("mock");
  const mockResponse = reader.node("mock_response");
  const customProvider = emptyAsUnset(reader.text("custom_llm_provider"));
  const connectParams = {
    deploymentId: id,
    apiKey: emptyAsUnset(reader.text("api_key")),
    apiBase,
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
    mock: mock === undefined ? undefined : mockSettings(mock),
    // What all deployments have in common stands beneath what they say themselves.
    setting: (name: string) => (name === "modify_params" ? modifies : jsonOf(params, name)),
    modelInfo: (name: string) => jsonOf(info, name),
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
  const { plugin, prefix, model, mode } = answering.value;
  const choice = chosen.ok ? chosen.value : answering.value;
  const region = textOf(connectParams.setting("aws_region_name")) ?? textOf(connectParams.setting("region_name"));
  const models = new DeploymentModels({ ...choice, region }, told.baseModel);
  const modelFact = (of: string, name: string) => connectParams.modelInfo(name) ?? models.row(of)?.[name];
  const assistantPrefill = told.assistantPrefill ?? modelFact(model, "supports_assistant_prefill") === true;
  const whole = { ...connectParams, prefix, ...(mode === undefined ? {} : { mode }), model, assistantPrefill, modelFact };
  const { connected, withheld } = connectByEnvironment(plugin, whole, watch, context.environment);
  const kept = withheld.length === 0 ? "" : ` (${withheld.join(", ")} of the environment is not for entries made at run time)`;
  if (!connected.ok) {
    for (const problem of connected.error)
      problems.problem(placeBelow(params, problem.key), `${paramsPath}.${problem.key}`, `${problem.message}${kept}`);
    return undefined;
  }
  if (withheld.length > 0) problems.warning(params.at, paramsPath, `${withheld.join(", ")}: not sent there without being named${kept}`);
  return { address, choice, adapter: connected.value, models };
}

/** Reads where a provider is, which has two names. */
function readBase(reader: SectionReader<typeof litellmParamsTable>, problems: FindingLog): string | undefined {
  const apiBase = emptyAsUnset(reader.text("api_base"));
  const baseUrl = emptyAsUnset(reader.text("base_url"));
  const node = reader.node("base_url");
  if (apiBase !== undefined && baseUrl !== undefined && apiBase !== baseUrl && node !== undefined) {
    problems.warning(node.at, reader.pathOf("base_url"), "api_base is set too, and counts");
  }
  return apiBase ?? baseUrl;
}

/** Whether a variable says where a provider is, or where that is written, and so is sent only there. Every other one may be a credential, however it is called. */
export function isOfAddresses(variable: string): boolean {
  return /_(?:API_BASE|BASE_URL|ENDPOINT|API_VERSION|ACCOUNT_ID|URL_SUFFIX|PROJECT|LOCATION)$/.test(variable);
}

/**
 * Has a provider compute what every request shares, with the environment's keys that are for the host where these requests go. Only the
 * adapter knows that host, so it is made again without the keys that are not.
 */
function connectByEnvironment(
  plugin: ProviderPlugin,
  params: Omit<DeploymentParams, "env" | "mayUse">,
  watch: SecretWatch | undefined,
  environment: Environment,
) {
  const withheld = new Set<string>();
  for (;;) {
    const found = new Set<string>();
    const env = (name: string): string | undefined => {
      if (isOfAddresses(name)) return environment.get(name);
      if (withheld.has(name)) return undefined;
      const value = environment.secret(name);
      if (value !== undefined) found.add(name);
      return value;
    };
    const mayUse = (credentials: string): boolean => {
      if (withheld.has(credentials)) return false;
      found.add(credentials);
      return true;
    };
    const connected = plugin.connect({ ...params, env, mayUse });
    const origin = connected.ok ? connected.value.origin : undefined;
    const refused = watch === undefined ? [] : [...found].filter((name) => !watch.mayFind(name, origin));
    if (refused.length === 0) return { connected, withheld: [...withheld] };
    for (const name of refused) withheld.add(name);
  }
}

/** The settings of the mock provider. The environment gives its numbers as text. */
function mockSettings(node: MapNode): Readonly<Record<string, JsonValue>> {
  const valueOf = (value: ConfigNode): JsonValue => (value.kind === "map" ? mockSettings(value) : (toNumber(value) ?? nodeToJson(value)));
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, valueOf(value)]));
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function jsonOf(map: MapNode | undefined, key: string): JsonValue | undefined {
  const entry = map?.entries.get(key);
  return entry === undefined ? undefined : nodeToJson(entry.value);
}

/** Treats `api_key:` with nothing behind it, or a variable that is set to nothing, as unset. */
function emptyAsUnset(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
