import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type { DeploymentHost } from "../../core/format.ts";
import type { DeploymentParams, ParamProblem, ProviderAdapter } from "../../core/provider.ts";
import { anthropic, nativeMessages } from "../../formats/anthropic/index.ts";
import { bedrock } from "../../formats/bedrock/index.ts";
import { readChatRules } from "../../formats/kit/chat/chat-rules.ts";
import { type ApiBase, createRedactor, droppedParams, readExtraHeaders } from "../../formats/kit/host-params.ts";
import { TwoFormatAdapter } from "../../formats/kit/native/two-format-adapter.ts";
import { redactorOf } from "../../formats/kit/redact.ts";
import { operationPath } from "../../formats/openai/operation-path.ts";
import { withQuery } from "../../formats/kit/with-query.ts";
import { openAi } from "../../formats/openai/index.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import type { AwsKeySource } from "./aws-keys.ts";
import { ChosenAdapter, needsConverse } from "./chosen-adapter.ts";
import { readPlace } from "./place.ts";
import { type BedrockCredentials, readAwsCredentials } from "./read-aws-credentials.ts";
import { type BedrockModelName, type BedrockRoute, readModelName } from "./read-model-name.ts";
import { SigV4Signer } from "./sigv4-signer.ts";
import { textSetting } from "./text-setting.ts";

const tokenVariable = "AWS_BEARER_TOKEN_BEDROCK";
/** The version of Anthropic's API that is spoken at Mantle. Newer ones refuse what requests in OpenAI's format may hold. */
const anthropicVersion = "2023-06-01";
/** The same of requests that Bedrock's InvokeModel carries, which stands in their bodies. */
const messagesVersion = "bedrock-2023-05-31";
/** What is so of requests to Claude by InvokeModel. */
const invokeKind = { bodyVersion: messagesVersion, takesUrls: false, betas: "bedrock-invoke", framesEvents: true } as const;
/**
 * Settings of Converse that InvokeModel does not have in its bodies, guardrails among them. A deployment with any of them is asked by Converse alone,
 * whatever its callers speak.
 */
const ofConverse: ReadonlySet<string> = new Set([
  "additionalModelRequestFields",
  "guardrailConfig",
  "outputConfig",
  "performanceConfig",
  "requestMetadata",
  "serviceTier",
]);
/** Models' names of which the paths are kept. A wildcard deployment has as many as callers name. */
const mostNames = 256;

/** Makes the adapter of a deployment at Bedrock, or at Mantle, its host for other makers' APIs. @param store Has the keys that are fetched. */
export function connectBedrock(params: DeploymentParams, store: CredentialStore): Result<ProviderAdapter, readonly ParamProblem[]> {
  const problems: ParamProblem[] = [];
  const name = routed(params);
  if (name.other !== undefined) {
    problems.push({
      key: "model",
      message: `leads to ${name.other}/ of Bedrock, which is not supported: models and profiles are, by Converse or invoke/`,
    });
  }
  const { base, region } = readPlace(params, name, problems);
  const extraHeaders = readExtraHeaders(params, problems);
  const tokenVariables = name.route === "mantle" ? ["BEDROCK_MANTLE_API_KEY", tokenVariable] : [tokenVariable];
  // What a header of the user's own proves is proof enough.
  const credentials = "authorization" in extraHeaders ? undefined : readAwsCredentials(params, { region, tokenVariables, store }, problems);
  if (base === undefined || problems.length > 0) return err(problems);
  const fixed = createRedactor(credentials?.kind === "bearer" ? credentials.token : undefined, extraHeaders, base.query);
  const source = credentials?.kind === "keys" ? credentials.source : undefined;
  const host: SharedHost = {
    deploymentId: params.deploymentId,
    origin: base.origin,
    defaults: params.defaults,
    dropped: droppedParams(params, []),
    redact: source === undefined ? fixed : (text) => withoutKeys(fixed(text), source),
    headers: { ...bearerOf(credentials), ...extraHeaders },
    // Of an ARN, what is known of the model; what is sent stands in the path.
    bodyModel: (model) => (isByPath(name.route) ? knownAs(model, params) : sentAs(model, params)),
    signer: source === undefined ? undefined : new SigV4Signer(source, { region, service: serviceOf(name.route) }, () => store.wallTime()),
  };
  return ok(connectRoute(host, name.route ?? "converse", base, params));
}

type SharedHost = Omit<DeploymentHost, "path">;

/** The name with its route: what it says, what the prefix says, or how its family of models is asked. */
function routed(params: DeploymentParams): BedrockModelName {
  const name = readModelName(params.model);
  if (params.prefix === "bedrock_mantle") return { ...name, route: "mantle" };
  // Messages are the one kind of request that is written for InvokeModel: other makers' models are asked by Converse, which has them all.
  if (name.route === "invoke" && !isClaude(knownAs(params.model, params)) && !saysNothing(name.id)) return { ...name, route: "converse" };
  if (name.route !== undefined || params.prefix === "bedrock_converse") return { ...name, route: name.route ?? "converse" };
  // A profile of one's own is Converse's alone.
  return { ...name, route: speaksOpenAi(name.id) && textSetting(params, "model_id") === undefined ? "chat_completions" : "converse" };
}

/** Whether Bedrock has OpenAI's own API for a model, and less of it by Converse: Grok, and GPT from 5.6 on. */
function speaksOpenAi(id: string): boolean {
  const [, major = "0", minor = "0"] = /(?:^|\.)openai\.gpt-(\d+)(?:\.(\d+))?(?!\w)/.exec(id) ?? [];
  return /(?:^|\.)xai\.grok-/.test(id) || Number(major) > 5 || (major === "5" && Number(minor) >= 6);
}

/** The service that requests are signed for: Mantle is another one than Bedrock's runtime, with rights of its own. */
function serviceOf(route: BedrockRoute | undefined): string {
  return route === "mantle" ? "bedrock-mantle" : "bedrock";
}

function isByPath(route: BedrockRoute | undefined): boolean {
  return route === "converse" || route === "invoke";
}

function connectRoute(host: SharedHost, route: BedrockRoute, base: ApiBase, params: DeploymentParams): ProviderAdapter {
  const { path, query } = base;
  const rules = readChatRules(params);
  const model = params.model.includes("*") ? undefined : knownAs(params.model, params);
  const quirks = { rules, takesPrefill: params.assistantPrefill, model };
  switch (route) {
    case "converse": {
      const converse = bedrock.connect({ ...host, path: modelPaths(params, base, converseOperation) }, quirks);
      if (Object.keys(host.defaults).some((name) => ofConverse.has(name))) return converse;
      const invoke = { ...host, path: modelPaths(params, base, invokeOperation) };
      const native = nativeMessages(invoke, { ...invokeKind, countPath: countPaths(params, base) });
      return new TwoFormatAdapter(converse, native, (name) => isClaude(knownAs(name, params)));
    }
    case "invoke":
      return anthropic.connect(
        { ...host, path: modelPaths(params, base, invokeOperation) },
        { ...quirks, host: invokeKind, native: { countPath: countPaths(params, base) } },
      );
    case "chat_completions": {
      const root = path.endsWith("/openai/v1") ? path : `${path}/openai/v1`;
      const plain = openAi.connect(
        { ...host, path: (call) => withQuery(`${root}${operationPath(call)}`, query) },
        { answersInTokensAlone: true },
      );
      // At an address that is OpenAI's there is nothing else.
      if (root === path) return plain;
      const bodyModel = (name: string): string => knownAs(name, params);
      const converse = bedrock.connect({ ...host, bodyModel, path: modelPaths(params, base, converseOperation) }, quirks);
      return new ChosenAdapter(plain, converse, (members) => needsConverse(members, model ?? "", rules));
    }
    case "mantle": {
      const project = textSetting(params, "aws_bedrock_project_id");
      const root = path.replace(/(?:\/openai)?\/v1$|\/anthropic(?:\/v1(?:\/messages)?)?$/, "");
      if (isClaude(model ?? params.model)) {
        const headers = { "anthropic-version": anthropicVersion, ...(project && { "anthropic-workspace-id": project }), ...host.headers };
        const messages = `${root}/anthropic/v1/messages`;
        const countPath = (): string => `${messages}/count_tokens${query}`;
        return anthropic.connect(
          { ...host, headers, path: () => `${messages}${query}` },
          { ...quirks, host: { takesUrls: false, betas: "bedrock-mantle" }, native: { countPath } },
        );
      }
      const headers = { ...(project && { "openai-project": project }), ...host.headers };
      const version = path.endsWith("/v1") ? path.slice(root.length) : mantleVersion(model ?? params.model);
      return openAi.connect(
        { ...host, headers, path: (call) => withQuery(`${root}${version}${operationPath(call)}`, query) },
        { answersInTokensAlone: true },
      );
    }
    default:
      return route satisfies never;
  }
}

function isClaude(model: string): boolean {
  return /anthropic|claude/i.test(model);
}

/** Where Mantle has a model in OpenAI's format. */
function mantleVersion(model: string): string {
  return /openai\.gpt-\d|google\.gemma-4/.test(model) ? "/openai/v1" : "/v1";
}

/** The model as AWS is to hear it. */
function sentAs(model: string, params: DeploymentParams): string {
  return textSetting(params, "model_id") ?? readModelName(model).id;
}

/** Whether an id is an ARN that does not say of which model. */
function saysNothing(id: string): boolean {
  return id.startsWith("arn:") && !/:foundation-model\/|:inference-profile\/[a-z-]+\./.test(id);
}

/** The name that what is known of a model goes by: of an ARN that does not say it, `base_model` does. */
function knownAs(model: string, params: DeploymentParams): string {
  const { id } = readModelName(model);
  const base = saysNothing(id) ? (params.modelInfo("base_model") ?? params.setting("base_model")) : undefined;
  return typeof base === "string" && base !== "" ? readModelName(base.replace(/^bedrock(?:_converse)?\//, "")).id : id;
}

/** The paths of a deployment's requests, each of which says the model and what is asked of it. */
function modelPaths(params: DeploymentParams, base: ApiBase, operationOf: (call: Call) => string): DeploymentHost["path"] {
  const roots = new Map<string, string>();
  return (call, model) => {
    let root = roots.get(model);
    if (root === undefined) {
      root = `${base.path}/model/${encodeURIComponent(sentAs(model, params))}`;
      if (roots.size >= mostNames) roots.clear();
      roots.set(model, root);
    }
    return `${root}/${operationOf(call)}${base.query}`;
  };
}

function converseOperation({ endpoint, stream }: Call): string {
  if (endpoint === "embeddings") return "invoke";
  return stream ? "converse-stream" : "converse";
}

function invokeOperation({ stream }: Call): string {
  return stream ? "invoke-with-response-stream" : "invoke";
}

/** Where Bedrock counts tokens: by the model itself, whichever of its profiles the deployment has. */
function countPaths(params: DeploymentParams, base: ApiBase): (model: string) => string {
  return (model) => {
    const id = sentAs(model, params).replace(/^(?:us-gov|[a-z]{2,6})\.(?=anthropic\.)/, "");
    return `${base.path}/model/${encodeURIComponent(id)}/count-tokens${base.query}`;
  };
}

function bearerOf(credentials: BedrockCredentials | undefined): Readonly<Record<string, string>> {
  return credentials?.kind === "bearer" ? { authorization: `Bearer ${credentials.token}` } : {};
}

/** AWS quotes what it was sent where a signature does not fit, and keys that are fetched are not known before. */
function withoutKeys(text: string, source: AwsKeySource): string {
  const keys = source.current();
  return keys instanceof RouterError ? text : redactorOf([keys.sessionToken, keys.secretAccessKey, keys.accessKeyId])(text);
}
