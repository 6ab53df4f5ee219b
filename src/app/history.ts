import type { Operator } from "../control/operator.ts";
import { RouterError } from "../core/errors.ts";
import { err } from "../lib/result.ts";
import type { Routing } from "./routing.ts";
import type { ConfigurationInForce } from "../config/load/configuration-in-force.ts";
import type { HistorySource, RecentCall } from "../control/history.ts";
import type { ShadowSource } from "../control/strategies.ts";
import type { StatsSource } from "../control/stats.ts";
import { joinRecentCalls } from "../telemetry/history/recent-calls.ts";
import type { ThreadPool } from "../threads/thread-pool.ts";
import type { Counting } from "./counting.ts";

/**
 * Joins what all threads remember. What callers sent is cleaned of the secrets in force before it is told.
 * @param pool The other threads. Undefined when there are none.
 */
export function composeHistory(
  { recent, usage }: Pick<Counting, "recent" | "usage">,
  pool: ThreadPool | undefined,
  inForce: ConfigurationInForce,
): HistorySource {
  const clean = (call: RecentCall): RecentCall => {
    const { secrets } = inForce.config;
    return {
      ...call,
      id: secrets.scrub(call.id),
      model: call.model === call.group ? call.model : secrets.scrub(call.model),
      // Callers may name what is to be left out.
      adjusted: call.adjusted?.map((name) => secrets.scrub(name)),
    };
  };
  return {
    async calls(query) {
      const { capacity } = recent;
      // Each thread keeps as many by itself, so that these are the latest of all, whichever threads they were on.
      const limit = Math.min(query.limit, capacity);
      const elsewhere = (await pool?.recentCalls({ ...query, limit })) ?? [];
      const calls = joinRecentCalls([recent.find({ ...query, limit }), ...elsewhere], limit);
      return { calls: calls.map(clean), capacity };
    },
    async usage(query) {
      await pool?.flush();
      return usage.usage(query);
    },
  };
}

/** What all threads have counted. @param pool The other threads. Undefined when there are none. */
export function composeStats({ stats }: Pick<Counting, "stats">, pool: ThreadPool | undefined): StatsSource {
  return {
    async stats() {
      await pool?.flush();
      return stats.stats();
    },
  };
}

/** What all threads have counted of shadow strategies. @param pool The other threads. Undefined when there are none. */
export function composeShadows({ shadows }: Pick<Counting, "shadows">, pool: ThreadPool | undefined): ShadowSource {
  return {
    async shadows() {
      await pool?.flush();
      return shadows.counts();
    },
  };
}

/** Says where a call would go, also one with a key, which is given by its name. */
export function explain(
  { key, ...query }: Parameters<Operator["explain"]>[0],
  { router, keyRing }: Routing,
): ReturnType<Operator["explain"]> {
  if (key === undefined) return router.explain(query);
  const found = keyRing.named(key);
  if (found.kind === "valid") return router.explain({ ...query, caller: found.key });
  // An unknown name is not repeated: it may be the secret itself, given in its place.
  const why = found.reason === "unknown" ? "There is no key of that name." : `Not valid (${found.reason}) is the key "${key}".`;
  return err(new RouterError("not_found", why, { param: "key" }));
}
