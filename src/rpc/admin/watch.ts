import type { AdminMethods, AdminServiceOptions } from "./admin-methods.ts";
import { DeploymentHub } from "./deployment-hub.ts";
import { toDeployment } from "./deployment-message.ts";
import { toTimestamp } from "./time-fields.ts";

/** The deployments as they change. */
export function watchMethods({ operator, clock, health }: AdminServiceOptions): AdminMethods<"watchDeployments"> {
  const hub = new DeploymentHub(operator, clock);
  health.onDrain(() => hub.close());
  return {
    async *watchDeployments({ group }, { signal }) {
      const watch = hub.watch(group === "" ? undefined : group);
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
    },
  };
}
