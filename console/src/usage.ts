import { create } from "@bufbuild/protobuf";
import {
  GetUsageRequestSchema,
  UsageResolution,
  type GetUsageRequest,
  type Totals,
  type UsageSeries,
} from "../../gen/huntgroup/v1/admin_pb.ts";
import type { Line } from "./course.ts";

/** What is counted apart. */
export const usageKinds = ["model", "key", "both"] as const;
export type UsageKind = (typeof usageKinds)[number];

/** People cannot tell more lines than this apart: what used most, and the rest as one. */
const mostSeries = 7;

/** The request for use over an hour, or over three days. */
export function toUsageRequest(by: UsageKind, inHours: boolean): GetUsageRequest {
  return create(GetUsageRequestSchema, {
    resolution: inHours ? UsageResolution.HOURS : UsageResolution.MINUTES,
    byKey: by !== "model",
    byModel: by !== "key",
    limit: mostSeries,
  });
}

/** Names a series: `gpt-4o`, `team-a, gpt-4o`, `no key`, `others`. */
export function seriesName({ key, model, rest }: UsageSeries): string {
  if (rest) return "others";
  const names = [...(key === undefined ? [] : [key || "no key"]), ...(model === undefined ? [] : [model || "no model"])];
  return names.length === 0 ? "all" : names.join(", ");
}

/**
 * The lines of a chart: one figure of each series, over all points.
 * @param figure What of a point is drawn.
 * @param format Writes a series' sum in the legend.
 */
export function usageLines(
  series: readonly UsageSeries[],
  figure: (totals: Totals) => number,
  format: (value: number) => string,
): readonly Line[] {
  return series.map((one) => ({
    label: seriesName(one),
    values: one.points.map(figure),
    figure: one.totals === undefined ? "–" : format(figure(one.totals)),
  }));
}

/** All tokens of a point. */
export function tokensOf({ promptTokens, outputTokens }: Totals): number {
  return promptTokens + outputTokens;
}
