import type { DeploymentHost } from "../../core/format.ts";
import type { DeploymentParams, ParamProblem } from "../../core/provider.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import { isHeaderName, isHeaderValue, isTransportHeader } from "./header-values.ts";
import { redactorOf } from "./redact.ts";

/** Readers of single parameters, for the providers of all formats. Each adds what is wrong to `problems`. */

/** An `api_base` taken apart. */
export interface ApiBase {
  readonly origin: string;
  /** Without a slash at its end. Empty when there is none. */
  readonly path: string;
  /** With its `?`. Empty when there is none. */
  readonly query: string;
}

/** Takes an `api_base` apart. @param value As configured. Messages do not repeat it, since it may hold credentials. */
export function readApiBase(value: string, problems: ParamProblem[]): ApiBase | undefined {
  const refuse = (message: string): undefined => {
    problems.push({ key: "api_base", message });
    return undefined;
  };
  const url = parseHttpAddress(value.trim());
  if (url === undefined) {
    return refuse("is not a URL; expected one that begins with https:// or http://, such as https://api.example.com/v1");
  }
  if (url.username !== "" || url.password !== "") {
    return refuse("must not hold a user name or password; put the credentials into api_key or extra_headers");
  }
  // People often give the whole address of an operation instead of its base.
  const path = url.pathname.replace(/\/+$/, "").replace(/(?:\/(?:chat\/completions|completions|embeddings|responses))+$/, "");
  return { origin: url.origin, path, query: url.search };
}

/** Reads the deployment's own key, otherwise that of the first environment variable that holds one. */
export function readApiKey(params: DeploymentParams, variables: readonly string[], problems: ParamProblem[]): string | undefined {
  for (const [index, candidate] of [params.apiKey, ...variables.map((name) => params.env(name))].entries()) {
    const key = candidate?.trim();
    if (key === undefined || key === "") continue;
    if (isHeaderValue(key)) return key;
    const where = index === 0 ? "" : ` (from the environment variable ${variables[index - 1]})`;
    problems.push({ key: "api_key", message: `holds a line break or another character that no header can carry${where}` });
    return undefined;
  }
  return undefined;
}

/** Reads `extra_headers`. @returns Them with lower-case names, those that are at fault left out. */
export function readExtraHeaders(params: DeploymentParams, problems: ParamProblem[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(params.extraHeaders)) {
    const key = `extra_headers.${name}`;
    const lower = name.toLowerCase();
    if (!isHeaderName(name)) problems.push({ key, message: "is not a header's name; letters, digits and hyphens are allowed" });
    else if (isTransportHeader(lower)) problems.push({ key, message: "cannot be set: the connection sets this header itself" });
    else if (!isHeaderValue(value)) problems.push({ key, message: "holds a line break or another character that no header can carry" });
    else headers[lower] = value;
  }
  return headers;
}

/**
 * Makes a function that takes a deployment's secrets out of a text: its key, and all that its headers and its address's query hold, since
 * credentials go by any name there. The version of an API is no secret.
 */
export function createRedactor(
  apiKey: string | undefined,
  headers: Readonly<Record<string, string>>,
  query: ApiBase["query"],
): DeploymentHost["redact"] {
  const ofHeaders = Object.values(headers).flatMap((value) => [value, value.replace(/^[a-z]+ +/i, "")]);
  const ofQuery = [...new URLSearchParams(query)].filter(([name]) => name !== "api-version").map(([, value]) => value);
  return redactorOf([apiKey, ...ofHeaders, ...ofQuery]);
}

/** Parameters left out of every request to a deployment. @param refused What its host is known to refuse: left out when `drop_params` is set. */
export function droppedParams(params: DeploymentParams, refused: readonly string[]): readonly string[] {
  return params.dropParams ? [...params.additionalDropParams, ...refused] : params.additionalDropParams;
}

/** Whether a model is known, and not as one that thinks. */
export function isThoughtless(params: Pick<DeploymentParams, "modelFact">, model: string): boolean {
  return params.modelFact(model, "mode") === "chat" && params.modelFact(model, "supports_reasoning") !== true;
}
