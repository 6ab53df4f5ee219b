import type { MapNode } from "../tree/config-node.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { layered } from "./deployment-params.ts";
import type { Environment } from "../environment/environment.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { litellmParamsTable } from "../settings/litellm-params.ts";
import { SectionReader } from "../settings/section-reader.ts";

/** An entry's parameters, completed. */
interface CompleteParams {
  readonly params: MapNode;
  /** The name of the entry of `credential_list` that they were completed with. */
  readonly credential: string | undefined;
}

/**
 * Completes an entry's parameters with those of its credential and the defaults of all deployments.
 * @param own As written, references resolved.
 * @param path Where they stand, for messages.
 */
export function completeParams(own: MapNode, path: string, context: DeploymentContext, problems: FindingLog): CompleteParams {
  const { defaultParams, credentials, environment } = context;
  const defaults = resolvedShared(defaultParams, "router_settings.default_litellm_params", environment, problems);
  const withDefaults = layered(own, defaults);
  const reader = new SectionReader(litellmParamsTable, withDefaults, path, problems);
  const name = reader.text("litellm_credential_name");
  if (name === undefined) return { params: withDefaults, credential: undefined };
  const credential = credentials.get(name);
  const node = reader.node("litellm_credential_name");
  if (credential === undefined && node !== undefined) {
    const names = [...credentials.keys()];
    const known = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
    problems.problem(node.at, `${path}.litellm_credential_name`, `there is no such entry in credential_list; ${known}`);
  }
  // An entry's own parameters beat those of its credential, which beat the defaults.
  const params = layered(own, resolvedShared(credential, `credential_list(${name})`, environment, problems), defaults);
  return { params, credential: name };
}

function resolvedShared(node: MapNode | undefined, path: string, environment: Environment, problems: FindingLog): MapNode | undefined {
  if (node === undefined) return undefined;
  const resolved = environment.resolve(node, path, (at, key, variable) => {
    problems.problem(at.at, key, `environment variable ${variable} is not set`);
  });
  return resolved.kind === "map" ? resolved : undefined;
}
