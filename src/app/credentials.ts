import type { ConfigurationInForce } from "../config/load/configuration-in-force.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { FetchedCredentials } from "../core/provider.ts";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../telemetry/log/log.ts";

/** How long a configuration waits for the first credentials of its deployments. Those that take longer come while it is in force. */
const longestWaitMs = 10_000;

/** The credentials of the deployments in force on one thread. */
export interface LiveCredentials {
  /** Has those of the configuration at the start fetched. Fulfilled when they are there, have failed, or take too long. */
  begin(): Promise<void>;
  /** Nothing is fetched any more. */
  end(): void;
}

/**
 * Has credentials fetched before the deployments that need them come into force, and renewed until these no longer are.
 * @param log Told of credentials that could not be had. Undefined when nothing is logged.
 */
export function composeCredentials(inForce: ConfigurationInForce, clock: Clock, log: Log | undefined): LiveCredentials {
  let begun = new Set<FetchedCredentials>();
  const prepare = async ({ source }: LoadedConfig): Promise<void> => {
    const wanted = source.deployments.flatMap(({ group, adapter: { credentials } }) =>
      credentials === undefined ? [] : { group, credentials },
    );
    if (wanted.length === 0) return;
    for (const { credentials } of wanted) begun.add(credentials);
    const outcome = wanted.map(async ({ group, credentials }) => ({ group, failure: await credentials.begin() }));
    const failed = (await inTime(Promise.all(outcome), clock)).filter(({ failure }) => failure !== undefined);
    for (const [message, groups] of Map.groupBy(failed, ({ failure }) => failure?.message ?? "")) {
      log?.write("warn", { kind: "config", groups: [...new Set(groups.map(({ group }) => group))] }, message);
    }
  };
  inForce.follow({
    prepare,
    adopt({ config }) {
      if (config === undefined) return;
      const now = new Set(config.source.deployments.flatMap(({ adapter }) => adapter.credentials ?? []));
      for (const one of begun) if (!now.has(one)) one.end();
      begun = now;
    },
  });
  return {
    begin: () => prepare(inForce.config),
    end() {
      for (const one of begun) one.end();
      begun.clear();
    },
  };
}

/** @returns What came of it, or nothing when that takes too long. */
async function inTime<Outcome>(outcome: Promise<readonly Outcome[]>, clock: Clock): Promise<readonly Outcome[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Outcome[]>();
  const timer = clock.schedule(longestWaitMs, () => resolve([]));
  try {
    return await Promise.race([outcome, promise]);
  } finally {
    clock.cancel(timer);
  }
}
