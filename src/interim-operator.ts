import type { Act, AuditEntry, ConfigView, OperatedDeployment, OperatedKey, Operator } from "./control/operator.ts";
import type { Stats } from "./control/stats.ts";
import type { WeightChange } from "./core/call-router.ts";
import type { DeploymentState } from "./core/deployment-state.ts";
import { RouterError } from "./core/errors.ts";
import type { RouteExplanation, RouteQuery } from "./core/explain.ts";
import type { Router } from "./core/router.ts";
import type { Clock } from "./lib/clock.ts";
import { err, ok, type Result } from "./lib/result.ts";

type Change<Value> = Promise<Result<Value, RouterError>>;

/**
 * INTERIM, in the place of the control plane (`src/control`): what the router itself can be asked and told, kept nowhere. What needs more
 * is refused.
 */
export class InterimOperator implements Operator {
  readonly #router: Router;
  readonly #view: ConfigView;
  readonly #startedAt: number;
  readonly #weights = new Map<string, number>();
  readonly #states = new Map<string, DeploymentState>();
  #changes = 0;

  constructor(router: Router, clock: Clock, files: readonly string[]) {
    this.#router = router;
    this.#startedAt = clock.wallTime();
    this.#view = { config: {}, files, changes: [], stateFile: undefined, loadedAt: this.#startedAt };
  }

  get etag(): string {
    return `${this.#startedAt}-${this.#changes}`;
  }

  deployments(group?: string): readonly OperatedDeployment[] {
    return this.#router.deployments(group).map((status) => ({ ...status, move: undefined }));
  }

  explain(query: RouteQuery & { readonly key: string | undefined }): Result<RouteExplanation, RouterError> {
    if (query.key !== undefined) return err(new RouterError("not_found", `No key has the name "${query.key}".`, { param: "key" }));
    return this.#router.explain(query);
  }

  stats(): Stats & { readonly queued: number } {
    const none = { groups: new Map(), deployments: new Map(), keys: new Map() };
    return { startedAt: this.#startedAt, pointMs: 5_000, queued: this.#router.queued, ...none };
  }

  config(): ConfigView {
    return this.#view;
  }

  changes(): readonly AuditEntry[] {
    return [];
  }

  keys(): readonly OperatedKey[] {
    return [];
  }

  setWeights(weights: ReadonlyMap<string, number>, overMs: number, act: Act): Change<readonly WeightChange[]> {
    return this.#change(act, () => {
      if (overMs > 0) return err(unavailable());
      const changed = this.#router.setWeights(weights);
      if (changed.ok) for (const [id, weight] of weights) this.#weights.set(id, weight);
      return changed;
    });
  }

  setDeploymentState(deploymentId: string, state: DeploymentState, act: Act): Change<OperatedDeployment> {
    return this.#change(act, () => {
      const find = (): OperatedDeployment | undefined => this.deployments().find(({ id }) => id === deploymentId);
      if (find() === undefined) return err(unknownId(deploymentId));
      this.#states.set(deploymentId, state);
      this.#router.apply({ weights: this.#weights, states: this.#states });
      const found = find();
      return found === undefined ? err(unknownId(deploymentId)) : ok(found);
    });
  }

  resetCooldown(deploymentId: string, act: Act): Change<boolean> {
    return this.#change(act, () => {
      const was = this.#router.resetCooldown(deploymentId);
      return was === undefined ? err(unknownId(deploymentId)) : ok(was);
    });
  }

  readonly addDeployment = refuse;
  readonly updateDeployment = refuse;
  readonly removeDeployment = refuse;
  readonly setRoutingStrategy = refuse;
  readonly setAlias = refuse;
  readonly reload = refuse;
  readonly createKey = refuse;
  readonly revokeKey = refuse;
  readonly rotateKey = refuse;

  async #change<Value>(act: Act, change: () => Result<Value, RouterError>): Change<Value> {
    if (act.etag !== undefined && act.etag !== this.etag) {
      return err(new RouterError("state_changed", "Something was changed since; nothing was changed. Look again."));
    }
    const result = change();
    if (result.ok) this.#changes++;
    return await Promise.resolve(result);
  }
}

async function refuse(): Promise<Result<never, RouterError>> {
  return await Promise.resolve(err(unavailable()));
}

function unavailable(): RouterError {
  return new RouterError("invalid_request", "This server cannot do that.");
}

function unknownId(deploymentId: string): RouterError {
  return new RouterError("not_found", `No deployment has the id "${deploymentId}".`);
}
