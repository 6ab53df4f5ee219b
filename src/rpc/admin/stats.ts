import type { Course } from "../../control/stats.ts";
import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { toTimestamp } from "./time-fields.ts";

/** Counts and courses. */
export function statsMethods({ operator, clock, health, version }: AdminServiceOptions): AdminMethods<"getStats"> {
  return {
    async getStats() {
      const { startedAt, groups, deployments, keys, pointMs, queued } = await operator.stats();
      return {
        startedAt: toTimestamp(startedAt),
        time: toTimestamp(clock.wallTime()),
        version,
        groups: Array.from(groups, ([group, course]) => ({ group, ...toCourse(course) })),
        deployments: Array.from(deployments, ([deploymentId, course]) => ({ deploymentId, group: course.group, ...toCourse(course) })),
        keys: Array.from(keys, ([key, totals]) => ({ key, totals })),
        queued,
        pointSeconds: pointMs / 1_000,
        draining: health.draining,
        etag: operator.etag,
      };
    },
  };
}

function toCourse({ totals, points }: Course) {
  return {
    totals,
    course: points.map(({ requests, failures, totalMs, firstTokenMs }) => ({
      requests,
      failures,
      ...(totalMs !== undefined && { totalMs }),
      ...(firstTokenMs !== undefined && { firstTokenMs }),
    })),
  };
}
