import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import {
  type ApiBase,
  createRedactor,
  droppedParams,
  isThoughtless,
  readApiBase,
  readApiKey,
  readExtraHeaders,
} from "../../formats/kit/host-params.ts";
import type { DeploymentHost } from "../../core/format.ts";
import { anthropic } from "../../formats/anthropic/index.ts";
import { readChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { operationPath } from "../../formats/openai/operation-path.ts";
import { withQuery } from "../../formats/kit/with-query.ts";
import { openAi } from "../../formats/openai/index.ts";
import { responses } from "../../formats/responses/index.ts";
import { ofModel, readResponsesUse } from "../../formats/responses/responses-use.ts";
import { promptsNote } from "../../formats/openai/prompted-adapter.ts";

/** The stable version of the API that has every feature in use. `api_version` sets another one. */
const defaultApiVersion = "2024-10-21";

/** The same for the models of Foundry. */
const defaultFoundryVersion = "2024-05-01-preview";

/** Where the key and the address of a service are looked for. */
interface Service {
  readonly apiKeyVariables: readonly string[];
  readonly apiBaseVariables: readonly string[];
  readonly example: string;
}

/** Where the version of the API is looked for. */
export const versionVariable = "AZURE_API_VERSION";

/** Azure's own OpenAI service. */
export const openAiService: Service = {
  apiKeyVariables: ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"],
  apiBaseVariables: ["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"],
  example: "https://NAME.openai.azure.com",
};

/** Models of many makers. */
export const foundry: Service = {
  apiKeyVariables: ["AZURE_AI_API_KEY"],
  apiBaseVariables: ["AZURE_AI_API_BASE"],
  example: "https://NAME.services.ai.azure.com/models",
};

/**
 * Makes the adapter of a deployment at Azure, which is addressed by path: `{base}/openai/deployments/{deployment}/chat/completions?api-version=…`.
 * The key goes into `api-key`. The newer form of the address, which a base that ends in `/openai/v1` or an `api_version` of v1, latest or
 * preview chooses, is OpenAI's own, with the deployment as the model. Claude at Foundry has Anthropic's.
 */
export function connectAzure(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const service = params.prefix === "azure_ai" ? foundry : openAiService;
  const base = findBase(params, service, problems);
  const apiKey = readApiKey(params, service.apiKeyVariables, problems);
  const extraHeaders = readExtraHeaders(params, problems);
  const credentialsInHeaders = "authorization" in extraHeaders || "api-key" in extraHeaders;
  if (apiKey === undefined && !credentialsInHeaders && !problems.some((problem) => problem.key === "api_key")) {
    problems.push({ key: "api_key", message: `is missing: set it here, or set the environment variable ${service.apiKeyVariables[0]}` });
  }
  if (base === undefined || problems.length > 0) return err(problems);
  if (service === foundry && isMessages(base, params)) return ok(connectMessages(base, apiKey, extraHeaders, params));
  const form = formOf(base, params);
  const credentials = form === "serverless" ? { authorization: `Bearer ${apiKey}` } : { "api-key": apiKey ?? "" };
  const headers = { ...(apiKey === undefined ? {} : credentials), ...extraHeaders };
  const prompts = params.prefix === "azure_text";
  const deployment: DeploymentHost = {
    ...addressOf(base, form, params),
    deploymentId: params.deploymentId,
    headers,
    defaults: params.defaults,
    dropped: droppedParams(params, []),
    redact: createRedactor(apiKey, extraHeaders, base.query),
    notes: prompts ? [promptsNote] : [],
  };
  const chat = openAi.connect(deployment, {
    refusesUsageOption: isBeforeUsageOption(form, base, params),
    prompts,
    isThoughtless: service === openAiService ? (model) => isThoughtless(params, model) : undefined,
    outputCap: prompts ? "max_tokens" : undefined,
    keepsNothing: form === "models" || form === "serverless",
    strictMessages: service === openAiService,
  });
  const use = readResponsesUse(params, !prompts && (service === openAiService || form === "v1"));
  return ok(responses.connect({ ...deployment, path: responsesPath(base, form, params) }, { beside: chat, ...ofModel(params), use }));
}

/**
 * Where Responses are: below `/openai/v1`, whatever the form of the deployment's own address, since the deployment is named by the request's model
 * there; with a version of the API that is as new as they are, below `/openai`; at a server of its own, beside its chat.
 */
function responsesPath(base: ApiBase, form: Form, params: DeploymentParams): DeploymentHost["path"] {
  if (form === "v1" || form === "serverless") return addressOf(base, form, params).path;
  const version = versionOf(base.query, params);
  if (form === "models" || version === undefined || version < firstWithResponses) return addressOf(base, "v1", params).path;
  const given = new URLSearchParams(base.query);
  given.set("api-version", version);
  return (call) => withQuery(`${rootOf(base)}/openai${operationPath(call)}`, queryOf(given));
}

/** The first dated version of Azure's API that has Responses. */
const firstWithResponses = "2025-03-01-preview";

/** The version of Anthropic's API that is spoken. Newer ones refuse what requests in OpenAI's format may hold. */
const anthropicVersion = "2023-06-01";

/** Whether a deployment of Foundry speaks Anthropic's Messages, as Claude does there and as its address may say. */
function isMessages({ path }: ApiBase, { model }: DeploymentParams): boolean {
  if (/\/anthropic(?:\/|$)/.test(path)) return true;
  return /claude/i.test(model) && !/\/openai(?:\/|$)/.test(path);
}

function connectMessages(
  { origin, path, query }: ApiBase,
  apiKey: string | undefined,
  extraHeaders: Readonly<Record<string, string>>,
  params: DeploymentParams,
): ProviderAdapter {
  // Endpoints get copied from the portal with more or less of the path behind them.
  const root = path.replace(/\/(?:anthropic(?:\/v1(?:\/messages)?)?|models|api\/projects\/[^/]+)$/, "");
  const credentials = apiKey === undefined ? {} : { "api-key": apiKey, "x-api-key": apiKey };
  const messages = `${root}/anthropic/v1/messages`;
  return anthropic.connect(
    {
      origin,
      path: () => `${messages}${query}`,
      deploymentId: params.deploymentId,
      headers: { "anthropic-version": anthropicVersion, ...credentials, ...extraHeaders },
      defaults: params.defaults,
      dropped: droppedParams(params, []),
      redact: createRedactor(apiKey, extraHeaders, query),
    },
    {
      rules: readChatRules(params),
      host: { takesUrls: true },
      takesPrefill: params.assistantPrefill,
      model: params.model.includes("*") ? undefined : params.model,
      native: { betas: "foundry", countPath: () => `${messages}/count_tokens${query}` },
    },
  );
}

/** Versions of the API from before the option refuse requests that have it. */
function isBeforeUsageOption(form: Form, base: ApiBase, params: DeploymentParams): boolean {
  const version = versionOf(base.query, params) ?? defaultApiVersion;
  return form === "deployments" && /^\d{4}-\d{2}-\d{2}/.test(version) && version < "2024-09";
}

function findBase(params: DeploymentParams, service: Service, problems: ParamProblem[]): ApiBase | undefined {
  const given = params.apiBase ?? service.apiBaseVariables.map((name) => params.env(name)).find((value) => value !== undefined);
  if (given !== undefined && given !== "") return readApiBase(given, problems);
  problems.push({
    key: "api_base",
    message: `is missing: set it to the resource's endpoint, such as ${service.example}, or set the environment variable ${service.apiBaseVariables[0]}`,
  });
  return undefined;
}

/**
 * How a deployment is addressed: by path (`deployments`), as OpenAI's own API does (`v1`), by the request's model at a resource of Foundry
 * (`models`), or at a server of its own (`serverless`).
 */
type Form = "deployments" | "v1" | "models" | "serverless";

/** Conversations in messages have the deployment in the query. */
function withDeployment(given: URLSearchParams, model: string): URLSearchParams {
  const query = new URLSearchParams(given);
  query.set("deployment", model);
  return query;
}

/** Azure's own hosts. Everything else at `azure_ai/` is a server of one model. */
const ofResources = /\.(?:openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/;

function formOf({ origin, path, query }: ApiBase, params: DeploymentParams): Form {
  const version = versionOf(query, params);
  if (path.endsWith("/openai/v1")) return "v1";
  if (path.endsWith("/models")) return "models";
  if (params.prefix === "azure_ai") {
    const hostname = URL.parse(origin)?.hostname ?? "";
    if (!ofResources.test(hostname)) return "serverless";
    if (hostname.endsWith(".services.ai.azure.com") && !path.includes("/openai")) return "models";
  }
  return version === "v1" || version === "latest" || version === "preview" ? "v1" : "deployments";
}

function versionOf(query: string, params: DeploymentParams): string | undefined {
  return params.apiVersion ?? new URLSearchParams(query).get("api-version") ?? params.env(versionVariable);
}

function addressOf(base: ApiBase, form: Form, params: DeploymentParams): Pick<DeploymentHost, "origin" | "path"> {
  const { origin } = base;
  const given = new URLSearchParams(base.query);
  const version = versionOf(base.query, params);
  const root = rootOf(base);
  switch (form) {
    case "v1": {
      given.delete("api-version");
      if (version === "preview") given.set("api-version", version);
      return { origin, path: (call) => withQuery(`${root}/openai/v1${operationPath(call)}`, queryOf(given)) };
    }
    case "models":
      given.set("api-version", version ?? defaultFoundryVersion);
      return { origin, path: (call) => withQuery(`${root}/models${operationPath(call)}`, queryOf(given)) };
    case "serverless":
      if (version !== undefined) given.set("api-version", version);
      return { origin, path: (call) => withQuery(`${base.path}${operationPath(call)}`, queryOf(given)) };
    case "deployments":
      given.set("api-version", version ?? defaultApiVersion);
      return {
        origin,
        path: (call, model) => {
          if (call.endpoint === "realtime") return withQuery(`${root}/openai${operationPath(call)}`, queryOf(withDeployment(given, model)));
          // What a resource keeps, it keeps for all of its deployments.
          const owner = call.endpoint === "kept" ? "" : `/deployments/${encodeURIComponent(model)}`;
          return withQuery(`${root}/openai${owner}${operationPath(call)}`, queryOf(given));
        },
      };
    default:
      return form satisfies never;
  }
}

/** Endpoints get copied from the portal with more or less of the path behind them. */
function rootOf({ path }: ApiBase): string {
  return path.replace(/\/(?:models|openai(?:\/v1|\/deployments(?:\/[^/]*)?)?)$/, "").replace(/\/api\/projects\/[^/]+$/, "");
}

function queryOf(parameters: URLSearchParams): string {
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}
