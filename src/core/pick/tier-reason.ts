import type { Eligibility } from "../deployment-status.ts";
import type { Tier } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * An eligible deployment of a tier that is not reached is no candidate: says which rule keeps it back.
 * @param serving The tier that serves; undefined: none does.
 * @param own What the deployment is in for by itself.
 */
export function tierReason(entry: RoutedDeployment, serving: Tier | undefined, own: Eligibility): Eligibility {
  if (own !== "eligible" || serving === undefined) return own;
  if (serving.order !== entry.deployment.order) return "lower_order_preferred";
  return serving.backup === entry.backup ? own : "backup";
}
