import type { DeploymentInfo } from "../../core/deployment.ts";
import type { DeploymentModels } from "../models/deployment-models.ts";
import type { MapNode } from "../tree/config-node.ts";
import { litellmParamsTable } from "../settings/litellm-params.ts";
import { modelInfoTable } from "../settings/model-info.ts";
import { maskedJson } from "../secrets/masked-json.ts";
import { requestParameters } from "../values/request-parameters.ts";
import type { SectionReader } from "../settings/section-reader.ts";

const knownParams: Readonly<Record<string, unknown>> = { ...litellmParamsTable, ...Object.fromEntries(requestParameters) };

/**
 * What people are shown of a deployment. It is masked at the first look, because most of thousands of deployments are never looked at.
 * @param reader Reads `info`.
 * @param models What is generally known of its models.
 * @param mode What the model's name says of what it is for, where `info` says nothing.
 */
export function deploymentInfo(
  params: MapNode,
  info: MapNode | undefined,
  reader: SectionReader<typeof modelInfoTable>,
  mode: string | undefined,
  models: DeploymentModels,
): DeploymentInfo {
  let shownParams: DeploymentInfo["params"] | undefined;
  let shownInfo: DeploymentInfo["modelInfo"] | undefined;
  return {
    get params() {
      return (shownParams ??= maskedJson(params, knownParams));
    },
    get modelInfo() {
      return (shownInfo ??= info === undefined ? {} : maskedJson(info, modelInfoTable));
    },
    known(upstreamModel) {
      const row = models.row(upstreamModel);
      if (row === undefined || info === undefined || info.entries.size === 0) return row ?? this.modelInfo;
      return { ...row, ...Object.fromEntries(Object.entries(this.modelInfo).filter(([, value]) => value !== null)) };
    },
    mode: reader.text("mode") ?? mode,
    healthCheck: { timeoutMs: reader.milliseconds("health_check_timeout"), maxTokens: reader.number("health_check_max_tokens") },
  };
}
