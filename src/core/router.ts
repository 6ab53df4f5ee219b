import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Call } from "./call.ts";
import { CallRun, type RunDeps } from "./call-run.ts";
import type { CallRouter, WeightChange } from "./call-router.ts";
import { describeDeployments } from "./describe-deployments.ts";
import type { DeploymentStatus } from "./deployment-status.ts";
import { RouterError } from "./errors.ts";
import { HedgeBudget } from "./hedge-budget.ts";
import { Ledger } from "./ledger.ts";
import { Picker } from "./picker.ts";
import type { CallHandle, ReplySink } from "./reply-sink.ts";
import { RoutingTable } from "./routing-table.ts";
import type { TableSource } from "./table-source.ts";
import type { Upstream } from "./upstream.ts";
import { WaitQueue } from "./wait-queue.ts";

export interface RouterOptions {
  readonly source: TableSource;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of faults in this program or in a user's strategy. */
  onInternalError(error: unknown): void;
}

/** Sums of weights stay exact below it. */
const heaviest = 1_000_000_000;

/** The one router behind all doors. */
export class Router implements CallRouter {
  readonly #deps: RunDeps;
  #table: RoutingTable;

  constructor(options: RouterOptions) {
    const { clock, random, upstream } = options;
    const ledger = new Ledger();
    const onInternalError = (error: unknown): void => options.onInternalError(error);
    this.#deps = {
      clock,
      random,
      upstream,
      ledger,
      picker: new Picker(ledger),
      queue: new WaitQueue(clock),
      hedges: new HedgeBudget(),
      onInternalError,
    };
    this.#table = new RoutingTable(options.source, { ledger, clock, random });
  }

  start(call: Call, sink: ReplySink): CallHandle {
    const run = new CallRun(call, sink, this.#table, this.#deps);
    run.start();
    return run;
  }

  models(): readonly string[] {
    return this.#table.models;
  }

  knows(model: string): boolean {
    return this.#table.resolve(model) !== undefined;
  }

  deployments(group?: string): readonly DeploymentStatus[] {
    const all = describeDeployments(this.#table, this.#deps.ledger, this.#deps.clock.now());
    return group === undefined ? all : all.filter((status) => status.group === group);
  }

  setWeights(weights: ReadonlyMap<string, number>): Result<readonly WeightChange[], RouterError> {
    const before = new Map<string, number>();
    for (const [id, weight] of weights) {
      const entry = this.#table.entry(id);
      if (entry === undefined) return err(new RouterError("model_not_found", `No deployment has the id "${id}"; nothing was changed.`));
      if (!(weight >= 0 && weight <= heaviest)) {
        const message = `The weight of "${id}" is ${weight}; it must be a number from 0 to ${heaviest}. Nothing was changed.`;
        return err(new RouterError("invalid_request", message, { param: "weights" }));
      }
      before.set(id, entry.weight);
    }
    this.#table = this.#table.withWeights(weights);
    return ok([...weights].map(([deploymentId, after]) => ({ deploymentId, before: before.get(deploymentId) ?? 0, after })));
  }

  /** Attempts that have not ended, over all deployments. Zero at rest. */
  get inFlight(): number {
    const { ledger } = this.#deps;
    let sum = 0;
    for (let row = 0; row < ledger.rows; row++) sum += ledger.inFlight(row);
    return sum;
  }
}
