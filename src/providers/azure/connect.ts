import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { type ApiBase, createRedactor, droppedParams, readApiBase, readApiKey, readExtraHeaders } from "../../formats/kit/host-params.ts";
import type { DeploymentHost } from "../../core/format.ts";
import { endpointPaths } from "../../formats/openai/adapter.ts";
import { openAi } from "../../formats/openai/index.ts";

/** The stable version of the API that has every feature in use. `api_version` sets another one. */
const defaultApiVersion = "2024-10-21";

/**
 * Makes the adapter of a deployment at Azure, which is addressed by path: `{base}/openai/deployments/{deployment}/chat/completions?api-version=…`.
 * The key goes into `api-key`. The newer form of the address, which a base that ends in `/openai/v1` or an `api_version` of v1, latest or
 * preview chooses, is OpenAI's own, with the deployment as the model.
 */
export function connectAzure(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const base = findBase(params, problems);
  const apiKey = readApiKey(params, ["AZURE_API_KEY", "AZURE_OPENAI_API_KEY"], problems);
  const extraHeaders = readExtraHeaders(params, problems);
  const credentialsInHeaders = "authorization" in extraHeaders || "api-key" in extraHeaders;
  if (apiKey === undefined && !credentialsInHeaders && !problems.some((problem) => problem.key === "api_key")) {
    problems.push({ key: "api_key", message: "is missing: set it here, or set the environment variable AZURE_API_KEY" });
  }
  if (base === undefined || problems.length > 0) return err(problems);
  const headers = { ...(apiKey === undefined ? {} : { "api-key": apiKey }), ...extraHeaders };
  return ok(
    openAi.connect(
      {
        ...addressOf(base, params),
        deploymentId: params.deploymentId,
        headers,
        defaults: params.defaults,
        dropped: droppedParams(params, []),
        redact: createRedactor(apiKey, extraHeaders, base.query),
      },
      {},
    ),
  );
}

function findBase(params: DeploymentParams, problems: ParamProblem[]): ApiBase | undefined {
  const given = params.apiBase ?? params.env("AZURE_API_BASE") ?? params.env("AZURE_OPENAI_ENDPOINT");
  if (given !== undefined && given !== "") return readApiBase(given, problems);
  problems.push({
    key: "api_base",
    message:
      "is missing: set it to the resource's endpoint, such as https://NAME.openai.azure.com, or set the environment variable AZURE_API_BASE",
  });
  return undefined;
}

function addressOf(base: ApiBase, params: DeploymentParams): Pick<DeploymentHost, "origin" | "path"> {
  const given = new URLSearchParams(base.query);
  const version = params.apiVersion ?? given.get("api-version") ?? params.env("AZURE_API_VERSION");
  // People copy endpoints from the portal with more or less of the path behind them.
  const root = base.path.replace(/\/openai(?:\/v1|\/deployments(?:\/[^/]*)?)?$/, "");
  if (base.path.endsWith("/openai/v1") || version === "v1" || version === "latest" || version === "preview") {
    given.delete("api-version");
    if (version === "preview") given.set("api-version", version);
    const query = given.size === 0 ? "" : `?${given.toString()}`;
    return { origin: base.origin, path: ({ endpoint }) => `${root}/openai/v1${endpointPaths[endpoint]}${query}` };
  }
  given.set("api-version", version ?? defaultApiVersion);
  return {
    origin: base.origin,
    path: ({ endpoint }, model) => `${root}/openai/deployments/${encodeURIComponent(model)}${endpointPaths[endpoint]}?${given.toString()}`,
  };
}
