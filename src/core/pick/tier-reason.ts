import type { Eligibility } from "../deployment-status.ts";
import type { Tier } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * Says which rule keeps back a deployment that is eligible by itself, but stands in a tier that is not reached.
 * @param serving The tier that serves. Undefined when none does.
 * @param own The deployment's own eligibility.
 */
export function tierReason(entry: RoutedDeployment, serving: Tier | undefined, own: Eligibility): Eligibility {
  if (own !== "eligible" || serving === undefined) return own;
  if (serving.order !== entry.deployment.order) return "lower_order_preferred";
  return serving.backup === entry.backup ? own : "backup";
}
