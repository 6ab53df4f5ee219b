import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { ModelMetadataSchema, ModelService } from "../../../gen/huntgroup/v1/model_pb.ts";
import { keyOf } from "../../auth/caller.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { modelObject, serverStart, visibleModels } from "../../inbound/visible-models.ts";
import { type MetadataPrices, type ModelMetadata, modelMetadata } from "../../inbound/model-metadata.ts";
import type { Clock } from "../../lib/clock.ts";
import { callerContext } from "../kit/caller-context.ts";

/** `ListModels`: the models that the caller's key may use, as `GET /v1/models` lists them. */
export function listModels(options: {
  readonly router: CallRouter;
  readonly clock: Clock;
}): ServiceImpl<typeof ModelService>["listModels"] {
  const { router } = options;
  const created = serverStart(options.clock);
  return ({ includeMetadata }, context) => {
    const names = visibleModels(router, keyOf(context.values.get(callerContext)));
    const data = names.map((name) => {
      const { owned_by: ownedBy, ...model } = modelObject(name, created);
      return { ...model, ownedBy, ...(includeMetadata && { metadata: metadataMessage(modelMetadata(router.behind(name))) }) };
    });
    return { object: "list", data };
  };
}

function metadataMessage({
  mode,
  maxInputTokens,
  maxOutputTokens,
  ...metadata
}: ModelMetadata): MessageInitShape<typeof ModelMetadataSchema> {
  const { prices, longPrompts, parameters = [], abilities } = metadata;
  return {
    ...(mode !== undefined && { mode }),
    ...(maxInputTokens !== undefined && { maxInputTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...pricesMessage(prices),
    longPrompts: longPrompts.map(({ aboveTokens, ...longer }) => ({ aboveTokens, ...pricesMessage(longer) })),
    supportedOpenaiParams: [...parameters],
    abilities: { ...abilities },
  };
}

function pricesMessage({ inputCostPerToken, outputCostPerToken, cacheReadCostPerToken, cacheWriteCostPerToken }: MetadataPrices) {
  return {
    ...(inputCostPerToken !== undefined && { inputCostPerToken }),
    ...(outputCostPerToken !== undefined && { outputCostPerToken }),
    ...(cacheReadCostPerToken !== undefined && { cacheReadInputTokenCost: cacheReadCostPerToken }),
    ...(cacheWriteCostPerToken !== undefined && { cacheCreationInputTokenCost: cacheWriteCostPerToken }),
  };
}
