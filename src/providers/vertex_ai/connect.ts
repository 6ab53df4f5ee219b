import type { DeploymentHost } from "../../core/format.ts";
import type { DeploymentParams, JsonValue, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { anthropic } from "../../formats/anthropic/index.ts";
import { gemini } from "../../formats/gemini/index.ts";
import { readChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { createRedactor, droppedParams, readApiBase, readApiKey, readExtraHeaders } from "../../formats/kit/host-params.ts";
import { openAi } from "../../formats/openai/index.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { ModelAdapter } from "../by-model/model-adapter.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import { vertexCountPath, vertexOrigin, vertexPath, takesContent, type VertexPlace } from "./addresses.ts";
import { readGoogleCredentials } from "./google-credentials.ts";
import { type OpenClient, planToken } from "./google-token.ts";
import { type VertexFamily, vertexModel } from "./model-family.ts";
import { TokenSigner } from "./token-signer.ts";

/** What fetches the tokens of deployments. */
export interface TokenSupply {
  readonly store: CredentialStore;
  readonly openClient: OpenClient;
}

/** The version of the Messages API that is spoken. It stands in the body. */
const messagesVersion = "vertex-2023-10-16";
const usualLocation = "us-central1";
const projectVariables = ["VERTEXAI_PROJECT", "VERTEX_PROJECT", "GOOGLE_CLOUD_PROJECT"];
const locationVariables = ["VERTEXAI_LOCATION", "VERTEX_LOCATION"];
const baseVariables = ["VERTEXAI_API_BASE", "VERTEX_API_BASE"];

/** Makes the adapter of a deployment on Vertex AI, which speaks the format of its model's family. */
export function connectVertexAi(params: DeploymentParams, supply: TokenSupply): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const extraHeaders = readExtraHeaders(params, problems);
  const apiKey = readApiKey(params, [], problems);
  const place = readPlace(params, apiKey !== undefined, problems);
  const isKnown = apiKey !== undefined || "authorization" in extraHeaders;
  const credentials = isKnown ? undefined : readGoogleCredentials(params, problems);
  if (place === undefined || problems.length > 0) return err(problems);
  const signer =
    credentials === undefined
      ? undefined
      : new TokenSigner(supply.store.source(planToken(credentials, place.project === undefined, supply.openClient)), params.deploymentId);
  const redact = createRedactor(apiKey, extraHeaders, place.base?.query ?? "");
  const host: DeploymentHost = {
    deploymentId: params.deploymentId,
    origin: place.base?.origin ?? vertexOrigin(place.location),
    path: (call, upstreamModel) => vertexPath(place, call, upstreamModel),
    bodyModel: (upstreamModel) => vertexModel(upstreamModel).bodyName,
    headers: { ...(apiKey === undefined ? {} : { "x-goog-api-key": apiKey }), ...extraHeaders },
    defaults: params.defaults,
    dropped: droppedParams(params, []),
    redact: (text) => redact(signer?.redact(text) ?? text),
    signer,
  };
  // A name that only begins with `*` may be of any family.
  const counted = vertexCountPath(place);
  const connect = (family: VertexFamily): ProviderAdapter => connectFamily(params, host, family, counted);
  if (params.model.startsWith("*")) return ok(connectFamilies(connect));
  return ok(connect(vertexModel(params.model).family));
}

function connectFamilies(connect: (family: VertexFamily) => ProviderAdapter): ProviderAdapter {
  const adapters = new Map<VertexFamily, ProviderAdapter>();
  const adapterOf = (family: VertexFamily): ProviderAdapter => {
    let adapter = adapters.get(family);
    if (adapter === undefined) adapters.set(family, (adapter = connect(family)));
    return adapter;
  };
  const usual = adapterOf("gemini");
  const find = (model: string) => ({ adapter: adapterOf(vertexModel(model).family), model });
  return new ModelAdapter({ usual, find, origin: usual.origin });
}

/** @param counted Where Claude's tokens are counted. */
function connectFamily(params: DeploymentParams, host: DeploymentHost, family: VertexFamily, counted: string | undefined): ProviderAdapter {
  const chats = { rules: readChatRules(params), takesPrefill: params.assistantPrefill, model: fixedModel(params) };
  switch (family) {
    case "gemini":
      return gemini.connect(host, {
        ...chats,
        host: {
          takesUrls: true,
          takesServiceTier: false,
          embeddings: (model) => (takesContent(model) ? "content" : "predict"),
          signsIds: params.setting("thought_signature_in_tool_call_id") !== false,
        },
      });
    case "claude":
      return anthropic.connect(host, {
        ...chats,
        host: { bodyVersion: messagesVersion, takesUrls: false, betas: "vertex" },
        native: counted === undefined ? undefined : { countPath: () => counted },
      });
    case "openapi":
    case "openai":
    case "mistralai":
    case "ai21":
      return openAi.connect(host, { answersInTokensAlone: true, ...(params.assistantPrefill ? { continuation: "trailing" } : {}) });
    default:
      return family satisfies never;
  }
}

function fixedModel({ model }: DeploymentParams): string | undefined {
  return model.includes("*") ? undefined : vertexModel(model).name;
}

function readPlace(params: DeploymentParams, hasKey: boolean, problems: ParamProblem[]): VertexPlace | undefined {
  const given = params.apiBase ?? fromEnvironment(params, baseVariables);
  const base = given === undefined ? undefined : readApiBase(given, problems);
  const project = readName(params, ["vertex_project", "vertex_ai_project"], projectVariables, problems);
  const location = readName(params, ["vertex_location", "vertex_ai_location"], locationVariables, problems) ?? locationFor(params);
  const isPrivate = params.setting("use_psc_endpoint_format") === true;
  if (isPrivate && given === undefined) {
    problems.push({ key: "use_psc_endpoint_format", message: "needs api_base: the address of the private endpoint" });
  }
  const version = params.prefix === "vertex_ai_beta" ? "v1beta1" : "v1";
  return problems.length > 0 ? undefined : { project, location, version, base, isPrivate, hasKey };
}

/** Where nobody says where: the usual place, or the only one that has the model. */
function locationFor(params: DeploymentParams): string {
  const regions = params.modelFact(params.model, "supported_regions");
  const [first]: readonly JsonValue[] = Array.isArray(regions) && !regions.includes(usualLocation) ? regions : [];
  return typeof first === "string" && isName(first) ? first : usualLocation;
}

/** Reads what becomes a part of an address. */
function readName(
  params: DeploymentParams,
  settings: readonly [string, string],
  variables: readonly string[],
  problems: ParamProblem[],
): string | undefined {
  const [key, other] = settings;
  const given = params.setting(key) ?? params.setting(other);
  // A project may be named by its number.
  const text = typeof given === "number" ? String(given) : (given ?? fromEnvironment(params, variables));
  const name = typeof text === "string" ? text.trim() : text;
  if (name === undefined || name === "") return undefined;
  if (typeof name === "string" && isName(name)) return name;
  problems.push({ key, message: "may hold letters, digits and hyphens" });
  return undefined;
}

/** A location becomes part of a host's name, where a dot or a slash would lead to another host. */
function isName(text: string): boolean {
  return /^[a-z\d][a-z\d-]*$/i.test(text);
}

function fromEnvironment(params: DeploymentParams, variables: readonly string[]): string | undefined {
  return variables.map((name) => params.env(name)?.trim()).find((value) => value !== undefined && value !== "");
}
