import type { AdminMethod } from "./admin-method.ts";
import { toDeployment } from "./messages/deployment-message.ts";
import { optional } from "./messages/request-fields.ts";
import { toTimestamp } from "./messages/time-fields.ts";
import { DeploymentHub } from "./watch/deployment-hub.ts";

/** The deployments, then what changes of them, until the caller hangs up or the server drains. */
export const watchDeploymentsMethod: AdminMethod<"watchDeployments"> = ({ operator, clock, health }) => {
  const hub = new DeploymentHub(operator, clock);
  health.onDrain(() => hub.close());
  return async function* watchDeployments({ group }, { signal }) {
    const watch = hub.watch(optional(group));
    const leave = (): void => hub.leave(watch);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    try {
      for await (const { snapshot, deployments, removedIds, etag } of watch) {
        const time = toTimestamp(clock.wallTime());
        yield { snapshot, deployments: deployments.map(toDeployment), removedIds: [...removedIds], etag, time };
      }
    } finally {
      leave();
      signal.removeEventListener("abort", leave);
    }
  };
};
