import { meanChange, type ShadowCounts } from "../../core/shadow/shadow-counts.ts";
import type { AdminMethod } from "./admin-method.ts";

/** How each group is routed, and what other strategies in its place would do. */
export const listStrategiesMethod: AdminMethod<"listStrategies"> =
  ({ operator }) =>
  async ({ group: only }) => {
    const groups = (await operator.strategies()).filter(({ group }) => only === "" || group === only);
    return {
      groups: groups.map(({ group, strategy, deployments, shadows, advice }) => ({
        group,
        strategy,
        deployments,
        shadows: shadows.map(toShadow),
        advice: [...advice],
      })),
      etag: operator.etag,
    };
  };

function toShadow({ shadow, samples, agreed, failed, ...counts }: ShadowCounts) {
  const answerMs = meanChange(counts.answerMs);
  const costUsd = meanChange(counts.costUsd);
  return {
    strategy: shadow,
    samples,
    agreed,
    failed,
    ...(answerMs !== undefined && { answerMs }),
    ...(costUsd !== undefined && { costUsd }),
  };
}
