import type { DeploymentHost } from "../../core/format.ts";
import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { anthropic } from "../../formats/anthropic/index.ts";
import { readChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { type ApiBase, createRedactor, droppedParams, readApiBase, readApiKey, readExtraHeaders } from "../../formats/kit/host-params.ts";
import { operationPath } from "../../formats/openai/operation-path.ts";
import { withQuery } from "../../formats/kit/with-query.ts";
import { openAi } from "../../formats/openai/index.ts";
import { err, ok, type Result } from "../../lib/result.ts";

/** The version of the API that is spoken. Newer ones refuse what requests in OpenAI's format may hold. */
const apiVersion = "2023-06-01";
const usualBase = "https://api.anthropic.com";
const baseVariables = ["ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"];
const keyVariables = ["ANTHROPIC_API_KEY"];
const tokenVariable = "ANTHROPIC_AUTH_TOKEN";
/** How tokens of a person's account begin, which go another way than keys. */
const accountToken = "sk-ant-oat";
const accountBeta = "oauth-2025-04-20";

/**
 * Makes the adapter of a deployment that speaks Anthropic's Messages. A base whose path ends in `/chat/completions` or in `/openai` speaks OpenAI's
 * format, and is spoken to in that.
 */
export function connectAnthropic(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const given = params.apiBase ?? baseVariables.map((name) => params.env(name)).find((value) => value !== undefined && value !== "");
  const base = readApiBase(given ?? usualBase, problems);
  const apiKey = readApiKey(params, keyVariables, problems);
  const token = apiKey === undefined ? params.env(tokenVariable)?.trim() : undefined;
  const extraHeaders = readExtraHeaders(params, problems);
  const hasCredentials =
    apiKey !== undefined || (token !== undefined && token !== "") || "authorization" in extraHeaders || "x-api-key" in extraHeaders;
  // A server at an address of the user's own may be open; Anthropic's never is.
  if (!hasCredentials && given === undefined && problems.length === 0) {
    problems.push({ key: "api_key", message: `is missing: set it here, or set the environment variable ${keyVariables[0]}` });
  }
  if (base === undefined || problems.length > 0) return err(problems);
  const speaksOpenAi = given !== undefined && /\/(?:chat\/completions|openai(?:\/v1)?)\/*(?:\?|$)/.test(given);
  const shared = {
    deploymentId: params.deploymentId,
    origin: base.origin,
    defaults: params.defaults,
    dropped: droppedParams(params, []),
    redact: createRedactor(apiKey ?? token, extraHeaders, base.query),
  };
  if (speaksOpenAi) return ok(connectOpenAiShape(shared, base, apiKey ?? token, extraHeaders));
  const path = messagesPath(base, params);
  const headers = { "anthropic-version": apiVersion, ...credentials(apiKey, token), ...extraHeaders };
  const betas = [...new Set([accountBetaOf(apiKey), extraHeaders["anthropic-beta"]].filter((beta) => beta !== undefined && beta !== ""))];
  return ok(
    anthropic.connect(
      {
        ...shared,
        path: () => path,
        headers: betas.length === 0 ? headers : { ...headers, "anthropic-beta": betas.join(",") },
      },
      {
        rules: readChatRules(params),
        host: { takesUrls: true },
        takesPrefill: params.assistantPrefill,
        model: fixedModel(params),
        native: { countPath: countPath(path) },
      },
    ),
  );
}

function fixedModel({ model }: DeploymentParams): string | undefined {
  return model.includes("*") ? undefined : model;
}

function credentials(apiKey: string | undefined, token: string | undefined): Record<string, string> {
  if (apiKey === undefined) return token === undefined || token === "" ? {} : { authorization: `Bearer ${token}` };
  if (!apiKey.startsWith(accountToken)) return { "x-api-key": apiKey };
  return { authorization: `Bearer ${apiKey}`, "anthropic-dangerous-direct-browser-access": "true" };
}

function accountBetaOf(apiKey: string | undefined): string | undefined {
  return apiKey?.startsWith(accountToken) === true ? accountBeta : undefined;
}

function messagesPath({ path, query }: ApiBase, params: DeploymentParams): string {
  const isWhole = path.endsWith("/v1/messages") || params.env("LITELLM_ANTHROPIC_DISABLE_URL_SUFFIX") === "true";
  if (isWhole) return `${path === "" ? "/" : path}${query}`;
  return `${path}${path.endsWith("/v1") ? "" : "/v1"}/messages${query}`;
}

/** Where tokens are counted; undefined where the address says nothing of where messages are made. */
function countPath(path: string): (() => string) | undefined {
  const [, messages, query] = /^([^?]*\/messages)(\?.*)?$/.exec(path) ?? [];
  return messages === undefined ? undefined : () => `${messages}/count_tokens${query ?? ""}`;
}

type SharedHost = Omit<DeploymentHost, "path" | "headers">;

function connectOpenAiShape(
  shared: SharedHost,
  { path, query }: ApiBase,
  key: string | undefined,
  extraHeaders: Readonly<Record<string, string>>,
): ProviderAdapter {
  const headers = { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...extraHeaders };
  return openAi.connect({ ...shared, headers, path: (call) => withQuery(`${path}${operationPath(call)}`, query) }, {});
}
