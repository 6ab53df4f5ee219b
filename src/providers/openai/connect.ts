import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { nativeMessages } from "../../formats/anthropic/index.ts";
import { TwoFormatAdapter } from "../../formats/kit/native/two-format-adapter.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { DeploymentHost } from "../../core/format.ts";
import {
  type ApiBase,
  createRedactor,
  droppedParams,
  isThoughtless,
  readApiBase,
  readApiKey,
  readExtraHeaders,
} from "../../formats/kit/host-params.ts";
import { endpointPaths, operationPath } from "../../formats/openai/operation-path.ts";
import { withQuery } from "../../formats/kit/with-query.ts";
import { openAi } from "../../formats/openai/index.ts";
import { responses } from "../../formats/responses/index.ts";
import { ofModel, readResponsesUse } from "../../formats/responses/responses-use.ts";
import { promptsNote } from "../../formats/openai/prompted-adapter.ts";
import { hostByApiBase, hostByPrefix } from "./find-host.ts";
import type { Host } from "./host.ts";
import { hosts } from "./hosts.ts";

/** Makes the adapter of a deployment at OpenAI or at another host that speaks its format. What differs is in the host's row. */
export function connectOpenAi(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const host = hostOf(params);
  const base = findBase(params, host, problems);
  const apiKey = readApiKey(params, host.apiKeyVariables, problems);
  const extraHeaders = readExtraHeaders(params, problems);
  const credentialsInHeaders = "authorization" in extraHeaders || "api-key" in extraHeaders || "x-api-key" in extraHeaders;
  // A server at an address of the user's own may be open; the host's own address never is.
  const keyNeeded = !host.keyless && params.apiBase === undefined && !credentialsInHeaders;
  if (apiKey === undefined && keyNeeded && !problems.some((problem) => problem.key === "api_key")) {
    problems.push({ key: "api_key", message: `is missing: set it here, or set the environment variable ${host.apiKeyVariables[0]}` });
  }
  if (base === undefined || problems.length > 0) return err(problems);

  const credentials = apiKey === undefined ? {} : credentialsOf(apiKey, host);
  const headers: Record<string, string> = {
    ...credentials,
    ...(params.organization === undefined ? {} : { "openai-organization": params.organization }),
    ...extraHeaders,
  };
  const { authorization } = credentials;
  const deployment: DeploymentHost = {
    deploymentId: params.deploymentId,
    origin: base.origin,
    path: pathsOf(base, host),
    headers,
    bodyModel: (model) => qualify(model, host),
    defaults: params.defaults,
    dropped: droppedParams(params, host.refuses),
    redact: createRedactor(apiKey, authorization === undefined ? extraHeaders : { authorization, ...extraHeaders }, base.query),
    notes: notesOf(base, host),
  };
  const chat = openAi.connect(deployment, {
    refuses: host.refuses,
    refusesUsageOption: host.refusesUsageOption,
    answersInParts: host.answersInParts,
    continuation: host.continuation ?? (goesOn(params) ? "trailing" : undefined),
    outputCap: host.outputCap,
    prompts: host.prompts,
    isThoughtless: host === hosts[0] ? (model) => isThoughtless(params, model) : undefined,
    keepsNothing: host.modelPath !== undefined,
    ...(isAtHome(base, host) ? host.messages : {}),
  });
  const use = readResponsesUse(params, host.responses && isAtHome(base, host));
  const adapter = responses.connect(deployment, { beside: chat, ...ofModel(params), use });
  const { messagesPath } = host;
  return ok(messagesPath !== undefined && isAtHome(base, host) ? withMessages(adapter, deployment, messagesPath, params) : adapter);
}

/** The version of Anthropic's API that hosts of their own models have. */
const anthropicVersion = "2023-06-01";

/** A host that has Anthropic's Messages beside OpenAI's format: callers that speak them get them as they are. */
function withMessages(adapter: ProviderAdapter, host: DeploymentHost, path: string, params: DeploymentParams): ProviderAdapter {
  const { authorization } = host.headers;
  // Some of these hosts look for the key where Anthropic's clients show theirs.
  const key = authorization?.startsWith("Bearer ") === true ? { "x-api-key": authorization.slice("Bearer ".length) } : {};
  const headers = { "anthropic-version": anthropicVersion, ...key, ...host.headers };
  const dropped = droppedParams(params, []);
  return new TwoFormatAdapter(
    adapter,
    nativeMessages({ ...host, path: () => path, headers, dropped }, { betas: "compatible", takesUrls: true }),
  );
}

/** Whether a deployment is at its host's own address: what is known of the host need not be so elsewhere. */
function isAtHome({ origin }: ApiBase, { apiBase }: Host): boolean {
  return apiBase?.startsWith(`${origin}/`) === true;
}

/**
 * Whether an assistant's message at the end of a request is gone on with as it is. Only its operator knows: many hosts whose models can, want it marked
 * in a way of their own.
 */
function goesOn(params: DeploymentParams): boolean {
  return params.assistantPrefill && params.modelInfo("supports_assistant_prefill") !== undefined;
}

/** @returns `authorization` and what else carries the key. */
function credentialsOf(apiKey: string, { credentials, keyHeader }: Host): Readonly<Record<string, string>> {
  if (credentials !== undefined) return credentials(apiKey);
  return { authorization: `Bearer ${apiKey}`, ...(keyHeader === undefined ? {} : { [keyHeader]: apiKey }) };
}

function pathsOf({ path, query }: ApiBase, { modelPath, rerankPath, apiPath = "" }: Host): DeploymentHost["path"] {
  if (rerankPath !== undefined) {
    // What stands before the path of its API, at an address of the user's own, stands before this one too.
    const before = apiPath !== "" && path.endsWith(apiPath) ? path.slice(0, -apiPath.length) : "";
    return (call) => withQuery(call.endpoint === "rerank" ? before + rerankPath(call) : path + operationPath(call), query);
  }
  if (modelPath !== undefined) return (call, model) => withQuery(`${path}${modelPath(model)}${operationPath(call)}`, query);
  const chat = `${path}${endpointPaths.chat}${query}`;
  // Nearly all calls are chats.
  return (call) => (call.endpoint === "chat" && call.resource === undefined ? chat : withQuery(path + operationPath(call), query));
}

/** What people who bring a file of LiteLLM's have to know of a deployment here. */
function notesOf({ origin, path }: ApiBase, { apiBase, litellmBase, prompts }: Host): readonly string[] {
  return [
    ...(litellmBase !== undefined && origin + path === apiBase ? [`at ${apiBase} (LiteLLM: ${litellmBase})`] : []),
    ...(prompts ? [promptsNote] : []),
  ];
}

/** For a bare model name, the registry passes on as prefix the host that it inferred from the name or the address. */
function hostOf(params: DeploymentParams): Host {
  const known = hostByPrefix(params.prefix) ?? (params.apiBase === undefined ? undefined : hostByApiBase(params.apiBase));
  const openai = known ?? hosts[0];
  if (openai === undefined) throw new Error("The table of hosts is empty.");
  return openai;
}

function findBase(params: DeploymentParams, host: Host, problems: ParamProblem[]): ApiBase | undefined {
  const [variable] = host.apiBaseVariables;
  const given =
    params.apiBase ?? host.apiBaseVariables.map((name) => params.env(name)).find((value) => value !== undefined && value !== "");
  if (given !== undefined) return completeBase(readApiBase(given, problems), host);
  if (host.apiBase === undefined) {
    const otherWay = variable === undefined ? "" : `, or set the environment variable ${variable}`;
    problems.push({ key: "api_base", message: `is missing: ${host.name} has no address of its own; set it here${otherWay}` });
    return undefined;
  }
  return fillIn(host.apiBase, params, problems);
}

function completeBase(base: ApiBase | undefined, host: Host): ApiBase | undefined {
  if (base === undefined) return undefined;
  if (base.path === "" && host.apiPath !== undefined) return { ...base, path: host.apiPath };
  return host.nativePath === undefined ? base : { ...base, path: base.path.replace(host.nativePath.pattern, host.nativePath.instead) };
}

/** Replaces `{NAME}` by the environment variable of that name. */
function fillIn(template: string, params: DeploymentParams, problems: ParamProblem[]): ApiBase | undefined {
  let complete = true;
  const url = template.replaceAll(/\{([A-Z_]+)\}/g, (_match, name: string) => {
    const value = params.env(name);
    if (value !== undefined && value !== "") return encodeURIComponent(value);
    complete = false;
    problems.push({ key: "api_base", message: `is missing: set it here, or set the environment variable ${name}` });
    return "";
  });
  return complete ? readApiBase(url, problems) : undefined;
}

function qualify(model: string, host: Host): string {
  const { modelPrefix, modelName } = host;
  if (modelName !== undefined) return modelName(model);
  // A name with a path is complete already, and `#` marks a deployment of the user's own.
  if (modelPrefix === undefined || model.includes("/") || model.includes("#")) return model;
  return modelPrefix + model;
}
