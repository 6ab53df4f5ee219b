import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus as Status, type Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import { StreamQueue } from "../kit/stream-queue.ts";
import type { HealthState } from "./health-state.ts";

/**
 * grpc.health.v1 over the server's state. The deployments' health is no part of it: a router whose deployments are all cooling down still
 * answers, and to restart it would not help.
 * @param serviceNames Full names. The empty name, which stands for the server as a whole, is added.
 */
export function createHealthService(state: HealthState, serviceNames: readonly string[]): ServiceImpl<typeof Health> {
  const known = new Set(["", ...serviceNames]);
  const status = (): Status => (state.draining ? Status.NOT_SERVING : Status.SERVING);
  return {
    check({ service }) {
      if (!known.has(service)) throw new ConnectError(`This server has no service "${service}".`, Code.NotFound);
      return { status: status() };
    },

    list() {
      return { statuses: Object.fromEntries([...known].map((name) => [name, { status: status() }])) };
    },

    /** Ends at the drain, after the last status: an endless stream would keep the server from stopping. */
    async *watch({ service }, { signal }) {
      const statuses = new StreamQueue<Status>(2, () => undefined);
      statuses.push(known.has(service) ? status() : Status.SERVICE_UNKNOWN);
      const drained = (): void => {
        if (known.has(service)) statuses.push(Status.NOT_SERVING);
        statuses.end();
      };
      const hungUp = (): void => statuses.end();
      const forget = state.onDrain(drained);
      signal.addEventListener("abort", hungUp, { once: true });
      if (state.draining || signal.aborted) statuses.end();
      try {
        for await (const current of statuses) yield { status: current };
      } finally {
        forget();
        signal.removeEventListener("abort", hungUp);
      }
    },
  };
}
