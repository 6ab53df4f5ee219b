import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { DeploymentParams, ParamProblem } from "../../core/provider.ts";
import { isRegion } from "./read-model-name.ts";
import { textSetting } from "./text-setting.ts";

/** Where deployments are that do not say where: LiteLLM's regions. */
const usualRegions = { runtime: "us-west-2", mantle: "us-east-1" };

/**
 * The region that a deployment is in: its own setting, what its model's name says, the environment's, its profile's.
 * @param named What its model's name says.
 * @param service Mantle has a variable of its own in the environment, which counts before AWS's.
 */
export function readRegion(
  params: DeploymentParams,
  named: readonly (string | undefined)[],
  service: "runtime" | "mantle",
  problems: ParamProblem[],
): string {
  const variables = service === "mantle" ? ["BEDROCK_MANTLE_REGION"] : [];
  const general = textSetting(params, "region_name");
  const found: readonly (readonly [string, string | undefined])[] = [
    ["aws_region_name", textSetting(params, "aws_region_name")],
    // Which may be as rough as `eu`, for calls that want to stay there.
    ["region_name", general !== undefined && isRegion(general) ? general : undefined],
    ...named.map((value) => ["model", value] as const),
    ...[...variables, "AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"].map((name) => [name, emptyAsUnset(params.env(name))] as const),
  ];
  const [source, region = regionOfProfile(params) ?? usualRegions[service]] = found.find(([, value]) => value !== undefined) ?? [];
  if (isRegion(region)) return region;
  const where = source === "aws_region_name" ? "" : ` (from ${source ?? "the profile"})`;
  problems.push({ key: "aws_region_name", message: `is no region such as eu-central-1${where}` });
  return usualRegions[service];
}

function emptyAsUnset(value: string | undefined): string | undefined {
  return value?.trim() === "" ? undefined : value?.trim();
}

/** The region of the deployment's profile in AWS's configuration file, which people write by hand. */
function regionOfProfile(params: DeploymentParams): string | undefined {
  const profile = textSetting(params, "aws_profile_name") ?? "default";
  const file = params.env("AWS_CONFIG_FILE") ?? join(homedir(), ".aws", "config");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Most machines have none.
    return undefined;
  }
  let isProfile = false;
  for (const line of text.split("\n")) {
    const section = /^\s*\[\s*(?:profile\s+)?(.+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isProfile = section.replaceAll(/["']/g, "") === profile;
    const region = isProfile ? /^\s*region\s*=\s*([\w-]+)/.exec(line)?.[1] : undefined;
    if (region !== undefined) return region;
  }
  return undefined;
}

/** The ends of AWS's host names, by how the names of their regions begin. */
const domains: readonly (readonly [string, string])[] = [
  ["cn-", "amazonaws.com.cn"],
  ["eusc-", "amazonaws.eu"],
  ["us-isob-", "sc2s.sgov.gov"],
  ["us-isof-", "csp.hci.ic.gov"],
  ["eu-isoe-", "cloud.adc-e.uk"],
  ["us-iso-", "c2s.ic.gov"],
];

/** The end of the names of AWS's hosts in a region. */
export function domainOf(region: string): string {
  return domains.find(([start]) => region.startsWith(start))?.[1] ?? "amazonaws.com";
}
