import { err, ok } from "../../lib/result.ts";
import { whyNotSteered } from "./named-deployment.ts";
import type { Planned, Present } from "./plan.ts";

/** Ends a deployment's cooldown. The answer is whether there was one. */
export function planResetCooldown({ state, config }: Present, deploymentId: string): Planned<boolean> {
  const unknown = whyNotSteered(deploymentId, config);
  if (unknown !== undefined) return err(unknown);
  return ok({
    next: state,
    conclude(done) {
      const was = done.resetCooldown(deploymentId);
      return {
        before: `${deploymentId} ${was ? "cooling down" : "not cooling down"}`,
        after: `${deploymentId} not cooling down`,
        answer: was,
      };
    },
  });
}
