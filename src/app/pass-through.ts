import type { Cors } from "../inbound/cors.ts";
import type { Clock } from "../lib/clock.ts";
import type { RestHandlerOptions } from "../rest/handler.ts";
import { createPassThrough } from "../rest/pass-through/pass-through.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";
import type { Routing } from "./routing.ts";

interface PassThroughParts {
  readonly routing: Pick<Routing, "inForce" | "streamed">;
  readonly clock: Clock;
  /** Undefined when nothing is logged. */
  readonly events: EventLog | undefined;
}

/** Joins paths that lead to other servers to the configuration in force. */
export function composePassThrough({ routing, clock, events }: PassThroughParts, cors: Cors): RestHandlerOptions["passThrough"] {
  const { inForce, streamed } = routing;
  return createPassThrough({
    get endpoints() {
      return inForce.config.passThrough;
    },
    get keyHeader() {
      return inForce.config.keyHeader;
    },
    upstream: streamed,
    cors,
    clock,
    onPassed: (passed) => events?.passed(passed),
  });
}
