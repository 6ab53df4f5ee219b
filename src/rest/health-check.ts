import type { Deployment } from "../core/deployment.ts";
import type { CallHandle } from "../core/reply-sink.ts";
import { isWildcard } from "../core/table/wildcard.ts";
import { httpStatus } from "./errors.ts";
import { probe, type ProbeDeps, type ProbeOutcome } from "./probe.ts";
import { probeBody } from "./probe-body.ts";

/** Enough to probe a hundred deployments quickly, too few to be a load. */
const probesAtOnce = 10;
/** The report comes after this time at the latest, and says which deployments were not probed. */
const longestCheckMs = 60_000;

/** The answer of LiteLLM's `/health`, and what was not probed and why. */
export interface HealthReport {
  readonly healthy_endpoints: readonly object[];
  readonly unhealthy_endpoints: readonly object[];
  readonly healthy_count: number;
  readonly unhealthy_count: number;
  readonly skipped_endpoints: readonly object[];
}

/** Probes each deployment, some at a time. @returns Stops the check: the caller no longer waits for the report. */
export function checkHealth(deployments: readonly Deployment[], deps: ProbeDeps, onReport: (report: HealthReport) => void): () => void {
  const check = new HealthCheck(deployments, deps, onReport);
  check.proceed();
  return () => check.cancel();
}

class HealthCheck {
  readonly #deps: ProbeDeps;
  readonly #onReport: (report: HealthReport) => void;
  readonly #waiting: Deployment[];
  readonly #running = new Map<Deployment, CallHandle | undefined>();
  readonly #until: number;
  readonly #healthy: object[] = [];
  readonly #unhealthy: object[] = [];
  readonly #skipped: object[] = [];
  #isOver = false;

  constructor(deployments: readonly Deployment[], deps: ProbeDeps, onReport: (report: HealthReport) => void) {
    this.#deps = deps;
    this.#onReport = onReport;
    this.#waiting = [...deployments];
    this.#until = deps.clock.now() + longestCheckMs;
  }

  proceed(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#probe(next);
    if (this.#isOver || this.#running.size > 0) return;
    this.#isOver = true;
    this.#onReport({
      healthy_endpoints: this.#healthy,
      unhealthy_endpoints: this.#unhealthy,
      healthy_count: this.#healthy.length,
      unhealthy_count: this.#unhealthy.length,
      skipped_endpoints: this.#skipped,
    });
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const handle of this.#running.values()) handle?.cancel();
  }

  #next(): Deployment | undefined {
    return this.#isOver || this.#running.size >= probesAtOnce ? undefined : this.#waiting.shift();
  }

  #probe(deployment: Deployment): void {
    const leftMs = this.#until - this.#deps.clock.now();
    const body = probeBody(deployment);
    const reason = leftMs <= 0 ? "The time for all probes ran out." : whyNot(deployment);
    if (reason !== undefined || body === undefined) {
      this.#skipped.push({
        ...endpoint(deployment),
        reason: reason ?? `Nothing is known to ask a deployment of mode "${deployment.info.mode}".`,
      });
      return;
    }
    this.#running.set(deployment, undefined);
    const handle = probe(deployment, body, leftMs, this.#deps, (outcome) => {
      this.#running.delete(deployment);
      this.#note(deployment, outcome);
      this.proceed();
    });
    if (this.#running.has(deployment)) this.#running.set(deployment, handle);
  }

  #note(deployment: Deployment, { error, asked, ms }: ProbeOutcome): void {
    const told = endpoint(deployment);
    const responseMs = Math.round(ms);
    if (error === undefined) this.#healthy.push({ ...told, response_ms: responseMs });
    else if (!asked) this.#skipped.push({ ...told, reason: error.message });
    else {
      const fault = { error: error.message, error_code: error.code, status_code: error.upstream?.status ?? httpStatus(error) };
      this.#unhealthy.push({ ...told, response_ms: responseMs, ...fault });
    }
  }
}

function whyNot({ blocked, upstreamModel }: Deployment): string | undefined {
  if (blocked) return "It is blocked.";
  return isWildcard(upstreamModel) ? "It stands for many models, and no single one is known to ask for." : undefined;
}

function endpoint({ id, group, address, provider, info }: Deployment): object {
  const { api_base: apiBase } = info.params;
  return {
    model: address,
    model_id: id,
    model_name: group,
    litellm_provider: provider,
    ...(apiBase !== undefined && { api_base: apiBase }),
  };
}
