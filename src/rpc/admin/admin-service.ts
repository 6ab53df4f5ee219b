import type { ServiceImpl } from "@connectrpc/connect";
import type { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { addDeployment } from "./add-deployment.ts";
import type { AdminServiceOptions } from "./admin-method.ts";
import { createKey } from "./create-key.ts";
import { explainRoute } from "./explain-route.ts";
import { getConfig } from "./get-config.ts";
import { getDeployment } from "./get-deployment.ts";
import { getStats } from "./get-stats.ts";
import { listChanges } from "./list-changes.ts";
import { listDeployments } from "./list-deployments.ts";
import { listKeys } from "./list-keys.ts";
import { reloadConfig } from "./reload-config.ts";
import { removeDeployment } from "./remove-deployment.ts";
import { resetCooldown } from "./reset-cooldown.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotateKey } from "./rotate-key.ts";
import { setAlias } from "./set-alias.ts";
import { setDeploymentState } from "./set-deployment-state.ts";
import { setRoutingStrategy } from "./set-routing-strategy.ts";
import { setWeights } from "./set-weights.ts";
import { updateDeployment } from "./update-deployment.ts";
import { watchDeployments } from "./watch-deployments.ts";

/** AdminService over the operator: the list of its methods, each of which stands in a file of its name. */
export function createAdminService(options: AdminServiceOptions): ServiceImpl<typeof AdminService> {
  return {
    listDeployments: listDeployments(options),
    getDeployment: getDeployment(options),
    watchDeployments: watchDeployments(options),
    explainRoute: explainRoute(options),
    setWeights: setWeights(options),
    setDeploymentState: setDeploymentState(options),
    resetCooldown: resetCooldown(options),
    addDeployment: addDeployment(options),
    updateDeployment: updateDeployment(options),
    removeDeployment: removeDeployment(options),
    setRoutingStrategy: setRoutingStrategy(options),
    setAlias: setAlias(options),
    getConfig: getConfig(options),
    reloadConfig: reloadConfig(options),
    getStats: getStats(options),
    listChanges: listChanges(options),
    createKey: createKey(options),
    listKeys: listKeys(options),
    revokeKey: revokeKey(options),
    rotateKey: rotateKey(options),
  };
}
