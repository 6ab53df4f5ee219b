import { misspelt } from "../../lib/suggest.ts";
import { litellmParamsTable } from "../settings/litellm-params.ts";

const known = Object.keys(litellmParamsTable);

/** What people write who know a provider's settings by other programs' names. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["aws_access_key", "aws_access_key_id"],
  ["aws_bedrock_endpoint", "aws_bedrock_runtime_endpoint"],
  ["aws_default_region", "aws_region_name"],
  ["aws_endpoint_url", "aws_bedrock_runtime_endpoint"],
  ["aws_profile", "aws_profile_name"],
  ["aws_region", "aws_region_name"],
  ["aws_role", "aws_role_name"],
  ["aws_role_arn", "aws_role_name"],
  ["aws_secret_key", "aws_secret_access_key"],
  ["vertex_ai_project_id", "vertex_ai_project"],
  ["vertex_ai_region", "vertex_ai_location"],
  ["vertex_credentials_file", "vertex_credentials"],
  ["vertex_credentials_path", "vertex_credentials"],
  ["vertex_project_id", "vertex_project"],
  ["vertex_region", "vertex_location"],
]);

/** A provider's settings begin with its name. */
const family = /^(?:aws|azure|vertex|watsonx|s3)_/;

/**
 * The setting of `litellm_params` that a name there was most likely meant to be. Never one of another provider than the name says, and none where
 * two are as near: they may mean the opposite of each other.
 */
export function meantSetting(name: string): string | undefined {
  const other = otherNames.get(name);
  if (other !== undefined) return other;
  const [own] = family.exec(name) ?? [];
  const candidates = own === undefined ? known : known.filter((one) => one.startsWith(own));
  const meant = misspelt(name, candidates);
  const isAlone =
    meant !== undefined &&
    misspelt(
      name,
      candidates.filter((one) => one !== meant),
    ) === undefined;
  return isAlone ? meant : undefined;
}
