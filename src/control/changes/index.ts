/** The changes that an operator can make, each in a file named after its method of AdminService. */
export { planAddDeployment } from "./add-deployment.ts";
export { planCreateKey } from "./create-key.ts";
export { planRemoveDeployment } from "./remove-deployment.ts";
export { planResetCooldown } from "./reset-cooldown.ts";
export { planRevokeKey } from "./revoke-key.ts";
export { planRotateKey } from "./rotate-key.ts";
export { planSetAlias } from "./set-alias.ts";
export { planSetDeploymentState } from "./set-deployment-state.ts";
export { planSetRoutingStrategy } from "./set-routing-strategy.ts";
export { planSetWeights } from "./set-weights.ts";
export { planUpdateDeployment } from "./update-deployment.ts";
