/** The changes that an operator can make, each in a file named after its method of AdminService. */
export { addDeployment } from "./add-deployment.ts";
export { createKey } from "./create-key.ts";
export { removeDeployment } from "./remove-deployment.ts";
export { resetCooldown } from "./reset-cooldown.ts";
export { revokeKey } from "./revoke-key.ts";
export { rotateKey } from "./rotate-key.ts";
export { setAlias } from "./set-alias.ts";
export { setDeploymentState } from "./set-deployment-state.ts";
export { setRoutingStrategy } from "./set-routing-strategy.ts";
export { setWeights } from "./set-weights.ts";
export { updateDeployment } from "./update-deployment.ts";
