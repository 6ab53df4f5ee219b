/**
 * What an operator has made of a deployment:
 * - `draining`: it gets no new calls, but for those that name it by its id.
 * - `blocked`: it gets no calls at all.
 *
 * Calls under way go on to their end in both.
 */
export const deploymentStates = ["active", "draining", "blocked"] as const;

export type DeploymentState = (typeof deploymentStates)[number];
