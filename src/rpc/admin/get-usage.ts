import { UsageResolution } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { UsageSeries } from "../../control/history.ts";
import { RouterError } from "../../core/errors.ts";
import type { AdminMethod } from "./admin-method.ts";
import { toTimestamp } from "./messages/time-fields.ts";
import { toTotals } from "./messages/totals-message.ts";

/** What was used over time, by key and model. */
export const getUsageMethod: AdminMethod<"getUsage"> =
  ({ operator, clock }) =>
  async ({ resolution, byKey, byModel, key, model, limit }) => {
    const { series, pointMs, startedAt } = await operator.usage({
      resolution: resolutionOf(resolution),
      byKey,
      byModel,
      keyName: key,
      model,
      limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
    });
    return {
      series: series.map(toSeries),
      pointSeconds: pointMs / 1_000,
      time: toTimestamp(clock.wallTime()),
      startedAt: toTimestamp(startedAt),
    };
  };

function resolutionOf(resolution: UsageResolution): "minutes" | "hours" {
  switch (resolution) {
    case UsageResolution.UNSPECIFIED:
    case UsageResolution.MINUTES:
      return "minutes";
    case UsageResolution.HOURS:
      return "hours";
    default:
      throw new RouterError("invalid_request", "resolution must be MINUTES or HOURS.", { param: "resolution" });
  }
}

function toSeries({ keyName, model, isRest, totals, points }: UsageSeries) {
  return {
    rest: isRest,
    totals: toTotals(totals),
    points: points.map(toTotals),
    ...(keyName !== undefined && { key: keyName }),
    ...(model !== undefined && { model }),
  };
}
