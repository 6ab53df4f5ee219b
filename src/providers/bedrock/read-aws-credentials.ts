import { createHash } from "node:crypto";
import type { DeploymentParams, JsonValue, ParamProblem } from "../../core/provider.ts";
import { isMembers } from "../../formats/kit/chat/chat-fields.ts";
import { isHeaderValue } from "../../formats/kit/header-values.ts";
import { readApiBase, readApiKey } from "../../formats/kit/host-params.ts";
import { redactorOf } from "../../formats/kit/redact.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import { type AwsKeys, type AwsKeySource, fixedKeys } from "./aws-keys.ts";
import { askSts, type StsPlace } from "./ask-sts.ts";
import { findKeysOfMachine } from "./find-keys-of-machine.ts";
import { readIdentityToken } from "./read-identity-token.ts";
import { domainOf } from "./read-region.ts";
import { textSetting } from "./text-setting.ts";

/** What a deployment shows AWS: a key that is sent as it is, or keys that sign. */
export type BedrockCredentials =
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "keys"; readonly source: AwsKeySource };

/** For what credentials are read. */
export interface CredentialsFor {
  readonly region: string;
  /** Variables that may hold a key which is sent as it is. */
  readonly tokenVariables: readonly string[];
  readonly store: CredentialStore;
}

const chainName = "AWS's credential chain";
/** How AWS's records call sessions for which nobody chose a name. */
const usualSession = "huntgroup";

/**
 * Finds the credentials of a deployment. Its own settings count before the environment: a key; a role by web identity; a role; a profile; an access
 * key. Then the same in the environment, and in the end what AWS's libraries find on the machine.
 * @returns Undefined where something is wrong.
 */
export function readAwsCredentials(
  params: DeploymentParams,
  wanted: CredentialsFor,
  problems: ParamProblem[],
): BedrockCredentials | undefined {
  const known = problems.length;
  const own = readApiKey(params, [], problems);
  if (own !== undefined) return { kind: "bearer", token: own };
  const settings = (name: string): string | undefined => textSetting(params, name);
  const named = readKeys(settings, params, wanted, problems);
  if (named !== undefined || problems.length > known) return named && { kind: "keys", source: named };
  for (const name of wanted.tokenVariables) {
    const token = params.env(name)?.trim();
    if (token === undefined || token === "") continue;
    if (isHeaderValue(token)) return { kind: "bearer", token };
    problems.push({
      key: "api_key",
      message: `holds a line break or another character that no header can carry (from the environment variable ${name})`,
    });
    return undefined;
  }
  const variables = (name: string): string | undefined => params.env(name.toUpperCase())?.trim() || undefined;
  const ambient = readKeys(variables, params, wanted, problems);
  if (ambient !== undefined || problems.length > known) return ambient && { kind: "keys", source: ambient };
  if (params.mayUse(chainName)) return { kind: "keys", source: keysOfMachine(undefined, wanted) };
  problems.push({ key: "api_key", message: "is missing: set it here, or aws_access_key_id and aws_secret_access_key, or aws_role_name" });
  return undefined;
}

/** @param from Where settings are looked up: in the entry, or in the environment. */
function readKeys(
  from: (name: string) => string | undefined,
  params: DeploymentParams,
  wanted: CredentialsFor,
  problems: ParamProblem[],
): AwsKeySource | undefined {
  const known = problems.length;
  const role = from("aws_role_name");
  const profile = from("aws_profile_name");
  const token = from("aws_web_identity_token");
  const pair = readPair(from, problems);
  if (problems.length > known) return undefined;
  if (role !== undefined) return keysOfRole({ role, token, pair, profile }, params, wanted, problems);
  if (token !== undefined) {
    problems.push({ key: "aws_web_identity_token", message: "is of no use without aws_role_name, the role that it is for" });
    return undefined;
  }
  if (profile !== undefined) return keysOfMachine(profile, wanted);
  return pair === undefined ? undefined : fixedKeys(pair);
}

function readPair(from: (name: string) => string | undefined, problems: ParamProblem[]): AwsKeys | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = [
    from("aws_access_key_id"),
    from("aws_secret_access_key"),
    from("aws_session_token"),
  ];
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  for (const [key, value] of Object.entries({ aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey })) {
    if (value === undefined) problems.push({ key, message: "is missing: an access key is of two parts" });
  }
  for (const [key, value] of Object.entries({ aws_access_key_id: accessKeyId, aws_session_token: sessionToken })) {
    if (value !== undefined && !isHeaderValue(value))
      problems.push({ key, message: "holds a line break or another character that no header can carry" });
  }
  return accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey, sessionToken };
}

/** What AWS's libraries find: in the environment, in files of a person's or a service's, from the machine or the container itself. */
function keysOfMachine(profile: string | undefined, { region, store }: CredentialsFor): AwsKeySource {
  const source = store.source<AwsKeys>({
    identity: identityOf("machine", profile, region),
    what: profile === undefined ? "the machine's AWS credentials" : `the credentials of the AWS profile ${profile}`,
    fetch: () => findKeysOfMachine(profile, region),
  });
  return { ...sourceOf(source), fetched: source };
}

interface Role {
  readonly role: string;
  readonly token: string | undefined;
  readonly pair: AwsKeys | undefined;
  readonly profile: string | undefined;
}

function keysOfRole(
  { role, token: own, pair, profile }: Role,
  params: DeploymentParams,
  wanted: CredentialsFor,
  problems: ParamProblem[],
): AwsKeySource | undefined {
  const known = problems.length;
  const either = (name: string): string | undefined => textSetting(params, name) ?? (params.env(name.toUpperCase())?.trim() || undefined);
  const place = stsPlace(textSetting(params, "aws_sts_endpoint") ?? params.env("AWS_STS_ENDPOINT"), wanted.region, problems);
  const token = own ?? (pair === undefined && profile === undefined ? tokenOfPod(role, params) : undefined);
  const identityToken = token === undefined ? undefined : readIdentityToken(token, params, problems);
  if (token === undefined && pair === undefined && profile === undefined && !params.mayUse(chainName)) {
    problems.push({ key: "aws_access_key_id", message: "is missing: the credentials that may take the role" });
  }
  if (place === undefined || problems.length > known) return undefined;
  const parameters = {
    RoleArn: role,
    RoleSessionName: either("aws_session_name") ?? usualSession,
    ...(identityToken === undefined ? { ExternalId: either("aws_external_id"), ...sessionTags(params) } : {}),
  };
  const { region, store } = wanted;
  const wallTime = (): number => store.wallTime();
  const source = store.source<AwsKeys>({
    identity: identityOf("role", JSON.stringify([parameters, place, token, profile]), pair && JSON.stringify(pair)),
    what: `the credentials of the role ${role}`,
    redact: redactorOf([token, pair?.accessKeyId, pair?.secretAccessKey, pair?.sessionToken]),
    async fetch() {
      if (identityToken !== undefined) {
        const request = { Action: "AssumeRoleWithWebIdentity", ...parameters, WebIdentityToken: await identityToken() };
        return askSts(place, request, undefined, wallTime);
      }
      const signing = pair ?? (await findKeysOfMachine(profile, region)).value;
      return askSts(place, { Action: "AssumeRole", ...parameters }, signing, wallTime);
    },
  });
  return { ...sourceOf(source), fetched: source };
}

/** The file of a pod's token in Kubernetes, where it is for this very role: a role need not be allowed to take itself. */
function tokenOfPod(role: string, params: DeploymentParams): string | undefined {
  if (params.env("AWS_ROLE_ARN")?.trim() !== role) return undefined;
  const file = params.env("AWS_WEB_IDENTITY_TOKEN_FILE")?.trim();
  return file === undefined || file === "" ? undefined : `oidc/file/${file}`;
}

/** `aws_session_tags`, as AWS's service of tokens wants them. */
function sessionTags(params: DeploymentParams): Record<string, string> {
  const given = params.setting("aws_session_tags");
  const tags = Array.isArray(given) ? (given as readonly JsonValue[]) : [];
  return Object.fromEntries(
    tags.flatMap((tag, index): (readonly [string, string])[] => {
      const { Key: key, Value: value } = isMembers(tag) ? tag : {};
      if (typeof key !== "string" || typeof value !== "string") return [];
      const member = `Tags.member.${index + 1}`;
      return [
        [`${member}.Key`, key],
        [`${member}.Value`, value],
      ];
    }),
  );
}

function sourceOf(source: AwsKeySource): Pick<AwsKeySource, "current" | "refused"> {
  return { current: () => source.current(), refused: (keys) => source.refused(keys) };
}

function stsPlace(given: string | undefined, region: string, problems: ParamProblem[]): StsPlace | undefined {
  const usual = `https://sts.${region}.${domainOf(region)}`;
  const wrong: ParamProblem[] = [];
  const base = readApiBase(given === undefined || given.trim() === "" ? usual : given, wrong);
  for (const { message } of wrong) problems.push({ key: "aws_sts_endpoint", message });
  if (base === undefined) return undefined;
  const hostname = URL.parse(base.origin)?.hostname ?? "";
  const told = /(?:^|\.)sts(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\./.exec(hostname)?.[1];
  return { base, region: hostname === "sts.amazonaws.com" ? "us-east-1" : (told ?? region) };
}

/** Names what credentials are made from, without telling it. */
function identityOf(...parts: readonly (string | undefined)[]): string {
  return `aws ${createHash("sha256").update(JSON.stringify(parts)).digest("base64url")}`;
}
