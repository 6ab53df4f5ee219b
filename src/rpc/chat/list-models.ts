import type { ServiceImpl } from "@connectrpc/connect";
import type { ModelService } from "../../../gen/huntgroup/v1/model_pb.ts";
import { keyOf } from "../../auth/caller.ts";
import type { CallRouter } from "../../core/call-router.ts";
import { modelObject, serverStart, visibleModels } from "../../inbound/visible-models.ts";
import type { Clock } from "../../lib/clock.ts";
import { callerContext } from "../kit/caller-context.ts";

/** `ListModels`: the models that the caller's key may use, as `GET /v1/models` lists them. */
export function listModels(options: {
  readonly router: CallRouter;
  readonly clock: Clock;
}): ServiceImpl<typeof ModelService>["listModels"] {
  const { router } = options;
  const created = serverStart(options.clock);
  return (_request, context) => {
    const names = visibleModels(router, keyOf(context.values.get(callerContext)));
    const data = names.map((name) => {
      const { owned_by: ownedBy, ...model } = modelObject(name, created);
      return { ...model, ownedBy };
    });
    return { object: "list", data };
  };
}
