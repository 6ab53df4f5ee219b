import { hostname } from "node:os";
import { SharedLimits } from "../cluster/shared-limits.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { Router } from "../core/router/router.ts";
import { type LeaseSignals, localLeaseSignals } from "../core/state/lease-signals.ts";
import type { Clock } from "../lib/clock.ts";
import { systemRandom } from "../lib/random.ts";
import type { SharedMemory } from "./other-threads.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";

interface SharedLimitsParts {
  readonly config: LoadedConfig;
  readonly router: Router;
  readonly signals: LeaseSignals | undefined;
  readonly clock: Clock;
  readonly events: EventLog | undefined;
  readonly port: number;
}

/** The signals of leases, where limits are shared with other nodes. */
export function leaseSignalsOf({ sharedState }: LoadedConfig, memory: SharedMemory | undefined): LeaseSignals | undefined {
  if (sharedState === undefined) return undefined;
  return memory === undefined ? localLeaseSignals() : memory.access.leases;
}

/** Limits over several nodes, where the configuration has a store for them. */
export function composeSharedLimits({ config, router, signals, clock, events, port }: SharedLimitsParts): SharedLimits | undefined {
  const { sharedState: settings } = config;
  if (settings === undefined || signals === undefined) return undefined;
  let wasThere: boolean | undefined;
  return new SharedLimits({
    settings,
    limits: router.leased(),
    signals,
    clock,
    random: systemRandom,
    // A port that the system chooses is not known yet.
    usualName: `${hostname()}:${port === 0 ? process.pid : port}`,
    onStore(isThere) {
      if (isThere === wasThere) return;
      events?.warned(isThere ? storeFound : wasThere === undefined ? storeMissing : storeLost);
      wasThere = isThere;
    },
  });
}

const storeFound = "the store of shared limits answers: limits hold for all nodes together";
const storeLost =
  "the store of shared limits does not answer: this node goes on with what it holds, and after a minute with its share of each limit of a minute";
const storeMissing =
  "the store of shared limits has not answered since the start: limited deployments and keys take no calls until it does (general_settings.shared_state)";
