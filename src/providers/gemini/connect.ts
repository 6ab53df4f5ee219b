import type { Call } from "../../core/call.ts";
import type { DeploymentHost } from "../../core/format.ts";
import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { gemini } from "../../formats/gemini/index.ts";
import { readChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { type ApiBase, createRedactor, droppedParams, readApiBase, readApiKey, readExtraHeaders } from "../../formats/kit/host-params.ts";
import { operationPath } from "../../formats/openai/operation-path.ts";
import { withQuery } from "../../formats/kit/with-query.ts";
import { openAi } from "../../formats/openai/index.ts";
import { err, ok, type Result } from "../../lib/result.ts";

const usualBase = "https://generativelanguage.googleapis.com";
const usualPath = "/v1beta";
const baseVariable = "GEMINI_API_BASE";
const keyVariables = ["GEMINI_API_KEY", "GOOGLE_API_KEY"];
/** What the address in OpenAI's format refuses. */
const refusedByOpenAiShape = [
  "logit_bias",
  "user",
  "parallel_tool_calls",
  "store",
  "metadata",
  "service_tier",
  "prediction",
  "modalities",
  "audio",
  "web_search_options",
  "verbosity",
  "safety_identifier",
  "prompt_cache_key",
];

/**
 * Makes the adapter of a deployment that speaks Gemini's API. A base whose path ends in `/openai` or in `/chat/completions` speaks OpenAI's
 * format, and is spoken to in that.
 */
export function connectGemini(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const variable = params.env(baseVariable);
  const given = params.apiBase ?? (variable === "" ? undefined : variable);
  const base = readApiBase(given ?? usualBase, problems);
  const apiKey = readApiKey(params, keyVariables, problems);
  const extraHeaders = readExtraHeaders(params, problems);
  const hasCredentials = apiKey !== undefined || "authorization" in extraHeaders || "x-goog-api-key" in extraHeaders;
  // A server at an address of the user's own may be open; Google's never is.
  if (!hasCredentials && params.apiBase === undefined && problems.length === 0) {
    problems.push({ key: "api_key", message: `is missing: set it here, or set the environment variable ${keyVariables[0]}` });
  }
  if (base === undefined || problems.length > 0) return err(problems);
  const speaksOpenAi = given !== undefined && /\/(?:chat\/completions|openai(?:\/v1)?)\/*(?:\?|$)/.test(given);
  const shared = {
    deploymentId: params.deploymentId,
    origin: base.origin,
    defaults: params.defaults,
    redact: createRedactor(apiKey, extraHeaders, base.query),
  };
  if (speaksOpenAi) {
    const dropped = droppedParams(params, refusedByOpenAiShape);
    return ok(connectOpenAiShape({ ...shared, dropped }, base, apiKey, { params, extraHeaders }));
  }
  const host: DeploymentHost = {
    ...shared,
    dropped: droppedParams(params, []),
    path: pathsOf(base),
    headers: { ...(apiKey === undefined ? {} : { "x-goog-api-key": apiKey }), ...extraHeaders },
  };
  return ok(
    gemini.connect(host, {
      rules: readChatRules(params),
      host: {
        takesUrls: false,
        takesServiceTier: true,
        embeddings: () => "batch",
        signsIds: params.setting("thought_signature_in_tool_call_id") !== false,
      },
      takesPrefill: params.assistantPrefill,
      model: params.model.includes("*") ? undefined : params.model,
    }),
  );
}

/** The path names the model and the method. A base that names only scheme and host gets the API's usual path. */
function pathsOf({ path, query }: ApiBase): DeploymentHost["path"] {
  const version = path === "" ? usualPath : path.replace(/\/models(?:\/[^/]*)?$/, "");
  const streamQuery = query === "" ? "?alt=sse" : `${query}&alt=sse`;
  return (call, model) =>
    `${version}/${modelPath(model)}:${methodOf(call)}${call.endpoint === "chat" && call.stream ? streamQuery : query}`;
}

/** A name with a slash is complete: `tunedModels/mine`. */
function modelPath(model: string): string {
  return (model.includes("/") ? model : `models/${model}`).split("/").map(encodeURIComponent).join("/");
}

function methodOf({ endpoint, stream }: Call): string {
  if (endpoint === "embeddings") return "batchEmbedContents";
  return stream ? "streamGenerateContent" : "generateContent";
}

function connectOpenAiShape(
  shared: Omit<DeploymentHost, "path" | "headers">,
  { path, query }: ApiBase,
  key: string | undefined,
  { params, extraHeaders }: { readonly params: DeploymentParams; readonly extraHeaders: Readonly<Record<string, string>> },
): ProviderAdapter {
  const headers = { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...extraHeaders };
  const continuation = params.assistantPrefill ? "trailing" : undefined;
  return openAi.connect({ ...shared, headers, path: (call) => withQuery(`${path}${operationPath(call)}`, query) }, { continuation });
}
