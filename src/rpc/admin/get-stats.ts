import type { Course } from "../../control/stats.ts";
import type { AdminMethod } from "./admin-method.ts";
import { toTimestamp } from "./messages/time-fields.ts";
import { toTotals } from "./messages/totals-message.ts";

/** Counts since the start, and the course of the last minutes. */
export const getStatsMethod: AdminMethod<"getStats"> =
  ({ operator, clock, health, version }) =>
  async () => {
    const { startedAt, groups, deployments, keys, pointMs, queued } = await operator.stats();
    return {
      startedAt: toTimestamp(startedAt),
      time: toTimestamp(clock.wallTime()),
      version,
      groups: Array.from(groups, ([group, course]) => ({ group, ...toCourse(course) })),
      deployments: Array.from(deployments, ([deploymentId, course]) => ({ deploymentId, group: course.group, ...toCourse(course) })),
      keys: Array.from(keys, ([key, totals]) => ({ key, totals: toTotals(totals) })),
      queued,
      pointSeconds: pointMs / 1_000,
      draining: health.draining,
      etag: operator.etag,
    };
  };

function toCourse({ totals, points }: Course) {
  return {
    totals: toTotals(totals),
    course: points.map(({ requests, failures, totalMs, firstTokenMs }) => ({
      requests,
      failures,
      ...(totalMs !== undefined && { totalMs }),
      ...(firstTokenMs !== undefined && { firstTokenMs }),
    })),
  };
}
