import { addDeploymentMethod } from "./add-deployment.ts";
import type { AdminMethods, AdminServiceOptions } from "./admin-method.ts";
import { createKeyMethod } from "./create-key.ts";
import { explainRouteMethod } from "./explain-route.ts";
import { getConfigMethod } from "./get-config.ts";
import { getDeploymentMethod } from "./get-deployment.ts";
import { getStatsMethod } from "./get-stats.ts";
import { getUsageMethod } from "./get-usage.ts";
import { listCallsMethod } from "./list-calls.ts";
import { listChangesMethod } from "./list-changes.ts";
import { listDeploymentsMethod } from "./list-deployments.ts";
import { listKeysMethod } from "./list-keys.ts";
import { listStrategiesMethod } from "./list-strategies.ts";
import { reloadConfigMethod } from "./reload-config.ts";
import { removeDeploymentMethod } from "./remove-deployment.ts";
import { resetCooldownMethod } from "./reset-cooldown.ts";
import { revokeKeyMethod } from "./revoke-key.ts";
import { rotateKeyMethod } from "./rotate-key.ts";
import { setAliasMethod } from "./set-alias.ts";
import { setDeploymentStateMethod } from "./set-deployment-state.ts";
import { setRoutingStrategyMethod } from "./set-routing-strategy.ts";
import { setWeightsMethod } from "./set-weights.ts";
import { updateDeploymentMethod } from "./update-deployment.ts";
import { watchDeploymentsMethod } from "./watch-deployments.ts";

/** AdminService over the operator: the list of its methods, each of which stands in a file of its name. */
export function createAdminService(options: AdminServiceOptions): AdminMethods {
  return {
    listDeployments: listDeploymentsMethod(options),
    getDeployment: getDeploymentMethod(options),
    watchDeployments: watchDeploymentsMethod(options),
    explainRoute: explainRouteMethod(options),
    setWeights: setWeightsMethod(options),
    setDeploymentState: setDeploymentStateMethod(options),
    resetCooldown: resetCooldownMethod(options),
    addDeployment: addDeploymentMethod(options),
    updateDeployment: updateDeploymentMethod(options),
    removeDeployment: removeDeploymentMethod(options),
    setRoutingStrategy: setRoutingStrategyMethod(options),
    setAlias: setAliasMethod(options),
    getConfig: getConfigMethod(options),
    reloadConfig: reloadConfigMethod(options),
    getStats: getStatsMethod(options),
    listCalls: listCallsMethod(options),
    getUsage: getUsageMethod(options),
    listStrategies: listStrategiesMethod(options),
    listChanges: listChangesMethod(options),
    createKey: createKeyMethod(options),
    listKeys: listKeysMethod(options),
    revokeKey: revokeKeyMethod(options),
    rotateKey: rotateKeyMethod(options),
  };
}
