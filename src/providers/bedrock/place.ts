import type { DeploymentParams, ParamProblem } from "../../core/provider.ts";
import { type ApiBase, readApiBase } from "../../formats/kit/host-params.ts";
import { isRegion, type BedrockModelName, regionOfArn } from "./read-model-name.ts";
import { domainOf, readRegion } from "./read-region.ts";
import { textSetting } from "./text-setting.ts";

/** Finds a deployment's host and region. Its base is undefined where something is wrong with that. */
export function readPlace(
  params: DeploymentParams,
  name: BedrockModelName,
  problems: ParamProblem[],
): { readonly base: ApiBase | undefined; readonly region: string } {
  const isMantle = name.route === "mantle";
  const variable = isMantle ? "BEDROCK_MANTLE_API_BASE" : "AWS_BEDROCK_RUNTIME_ENDPOINT";
  const settings: readonly (readonly [string, string | undefined])[] = [
    ["api_base", params.apiBase],
    ["aws_bedrock_runtime_endpoint", textSetting(params, "aws_bedrock_runtime_endpoint")],
    ["api_base", params.env(variable)],
  ];
  const [key, given] = settings.find(([, value]) => value !== undefined && value.trim() !== "") ?? [];
  const hostname = given === undefined ? undefined : URL.parse(given.trim())?.hostname;
  const named = [regionOfHost(hostname ?? ""), name.region, regionOfArn(textSetting(params, "model_id") ?? name.id)];
  const region = readRegion(params, named, isMantle ? "mantle" : "runtime", problems);
  const usual = isMantle ? `https://bedrock-mantle.${region}.api.aws` : `https://bedrock-runtime.${region}.${domainOf(region)}`;
  const wrong: ParamProblem[] = [];
  const base = readApiBase(given ?? usual, wrong);
  for (const { message } of wrong) problems.push({ key: key ?? "api_base", message });
  return { base, region };
}

/** The region in the names of AWS's own hosts, those of private networks too. Elsewhere a signature would name another region than its host. */
function regionOfHost(hostname: string): string | undefined {
  const region = /(?:^|\.)bedrock-(?:runtime|mantle)(?:-fips)?\.([a-z\d-]+)\./.exec(hostname)?.[1];
  return region !== undefined && isRegion(region) ? region : undefined;
}
