import { isReferenceAlone, namedVariables } from "../environment/expand-references.ts";
import { child, isNull, type ConfigNode, type MapEntry, type MapNode, type Place } from "../tree/config-node.ts";
import { canonicalNode } from "../tree/node-json.ts";
import type { DeploymentContext } from "./deployment-context.ts";

/** Something of the server's own that an entry uses, which must not get to a stranger: a variable, a file, a value of the configuration. */
export interface SecretUse {
  /** The same for two uses where the one by the configuration file makes the other one rightful. */
  readonly key: string;
  /** For messages. */
  readonly what: string;
  /** The variables that are all there is to it. Undefined where there is more. */
  readonly variables: readonly string[] | undefined;
  readonly at: Place;
  /** Where it stands, for messages. */
  readonly path: string;
}

/** A variable of the environment, and for what an entry uses it. */
interface VariableUse extends SecretUse {
  readonly variable: string;
}

/** What is sent to the host in a header and shown to nobody. A variable may move between these. */
const credentials = /^litellm_params\.(?:api_key|extra_headers\..+)$/;

/** Settings that name a file, a profile or a role of the machine, or that say what of it is trusted. */
const ofTheMachine =
  /(?:_|^)(?:path|file|filename|dir|directory|profile|profile_name|role_name|role_arn|session_name|external_id|credentials|certificate|cert|cert_file|key_file|ca_bundle|web_identity_token|ssl_verify|sts_endpoint)$/;

/** Values that stand for a token of the machine's, as LiteLLM writes them: `oidc/file//var/run/token`. */
const ambientToken = /^oidc\//;

/** @returns The key of a variable's use. @param place The setting's path within the entry. */
function variableKey(variable: string, place: string): string {
  return `variable ${variable} in ${credentials.test(place) ? "credentials" : place.replace(/\[\d+\]/g, "")}`;
}

/** @returns The key of a variable that a provider looks up by itself, where an entry gives no key. */
export function ambientKey(variable: string): string {
  return variableKey(variable, "litellm_params.api_key");
}

/** @returns Every variable that an entry names, whether or not it is set. @param path Where the entry stands, for messages. */
export function variableUses(node: ConfigNode, path: string, place = ""): readonly VariableUse[] {
  switch (node.kind) {
    case "list":
      return node.items.flatMap((item, index) => variableUses(item, `${path}[${index}]`, `${place}[${index}]`));
    case "map":
      return [...node.entries.values()].flatMap(({ key, value }) =>
        variableUses(value, `${path}.${key}`, place === "" ? key : `${place}.${key}`),
      );
    case "scalar":
      return variablesOf(node).map((variable) => ({
        key: variableKey(variable, place),
        what: `the environment variable ${variable}`,
        variable,
        variables: [variable],
        at: node.at,
        path,
      }));
    default:
      return node satisfies never;
  }
}

/**
 * @returns Everything that an entry of `model_list` uses.
 * @param entry As written.
 * @param credential The name of its credential, where it has one.
 * @param path Where the entry stands, for messages.
 */
export function usesOfEntry(
  entry: MapNode,
  credential: string | undefined,
  context: DeploymentContext,
  path: string,
): readonly SecretUse[] {
  const params = child(entry, "litellm_params");
  const own: MapNode = params?.kind === "map" ? params : { ...entry, entries: new Map() };
  const paramsPath = `${path}.litellm_params`;
  return [...variableUses(entry, path), ...machineUses(own, paramsPath), ...sharedUses(own, credential, context, paramsPath)];
}

/** @returns The settings among an entry's own that name something of the machine. @param params As written. */
function machineUses(params: MapNode, path: string): readonly SecretUse[] {
  return [...params.entries.values()].filter(isOfTheMachine).map(({ key, value }) => ({
    key: `setting ${key} is ${canonicalNode(value)}`,
    what: `the ${key} of the machine`,
    variables: isReferenceAlone(textOf(value)) ? variablesOf(value) : undefined,
    at: value.at,
    path: `${path}.${key}`,
  }));
}

/**
 * @returns The secrets that an entry takes from its credential and from the defaults of all deployments.
 * @param own The entry's own parameters.
 * @param credential The name of its credential, where it has one.
 * @param path Where its parameters stand, for messages.
 */
function sharedUses(own: MapNode, credential: string | undefined, context: DeploymentContext, path: string): readonly SecretUse[] {
  const values = credential === undefined ? undefined : context.credentials.get(credential);
  const taken = [...(values?.entries.values() ?? [])].filter(({ key }) => isNull(own.entries.get(key)?.value));
  const defaults = [...(context.defaultParams?.entries.values() ?? [])].filter(
    ({ key }) => isNull(own.entries.get(key)?.value) && isNull(values?.entries.get(key)?.value),
  );
  const at = own.entries.get("litellm_credential_name")?.value.at ?? own.at;
  return [...usesOf(taken, credentialSource(credential ?? ""), at, path), ...usesOf(defaults, defaultsSource, own.at, path)];
}

/** Secrets that stand beside an address of their own, and so are meant for it. */
export interface SharedSecrets {
  readonly uses: readonly SecretUse[];
  readonly address: ConfigNode | undefined;
}

/** @returns What the configuration keeps for several entries. */
export function sharedSecrets({ credentials: named, defaultParams }: DeploymentContext): readonly SharedSecrets[] {
  const sources: readonly (readonly [string, MapNode | undefined])[] = [
    ...[...named].map(([name, values]) => [credentialSource(name), values] as const),
    [defaultsSource, defaultParams],
  ];
  return sources.flatMap(([source, values]) => {
    if (values === undefined) return [];
    const address = values.entries.get("api_base") ?? values.entries.get("base_url");
    const entries = [...values.entries.values()];
    const variables = entries.flatMap(({ key, value }) => variableUses(value, source, `litellm_params.${key}`));
    return [{ uses: [...usesOf(entries, source, values.at, source), ...variables], address: address?.value }];
  });
}

const defaultsSource = "router_settings.default_litellm_params";

function credentialSource(name: string): string {
  return `credential_list(${name})`;
}

function usesOf(entries: readonly MapEntry[], source: string, at: Place, path: string): readonly SecretUse[] {
  return entries.flatMap((entry): readonly SecretUse[] => {
    const { key, value } = entry;
    const variables = variableUses(value, "").map(({ variable }) => variable);
    // Whom the configuration itself trusts, and by which certificate it is known to all, is given away to nobody.
    const more = (isOfTheMachine(entry) && !key.startsWith("ssl_")) || holdsSecret(value);
    if (variables.length === 0 && !more) return [];
    return [{ key: `${source}.${key}`, what: `the ${key} of ${source}`, variables: more ? undefined : variables, at, path }];
  });
}

function isOfTheMachine({ key, value }: MapEntry): boolean {
  if (isNull(value)) return false;
  const text = textOf(value);
  // Certificates are checked unless somebody says otherwise.
  if (key === "ssl_verify") return text !== "true";
  return ofTheMachine.test(key) || ambientToken.test(text);
}

/** Whether a value is secret and written out. */
function holdsSecret(node: ConfigNode): boolean {
  if (node.kind === "list") return node.items.some(holdsSecret);
  if (node.kind === "map") return [...node.entries.values()].some(({ value }) => holdsSecret(value));
  return node.secret && node.text !== "" && node.value !== null && !isReferenceAlone(node.text);
}

function variablesOf(node: ConfigNode): readonly string[] {
  return node.kind === "scalar" && node.origin === "literal" && typeof node.value === "string" ? namedVariables(node.value) : [];
}

function textOf(node: ConfigNode): string {
  return node.kind === "scalar" ? node.text : "";
}
