import type { ConfigProblem } from "../../config/load/config-problem.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { RouterError } from "../../core/errors.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { Result } from "../../lib/result.ts";
import type { OperatedDeployment, OperatedKey } from "../operator.ts";
import type { ControlState } from "../state/control-state.ts";

/** What is in force at the moment of a change. Reading it changes nothing. */
export interface Present {
  readonly state: ControlState;
  readonly config: LoadedConfig;
  /** The configuration's files alone. Undefined when they are not valid by themselves. */
  readonly base: LoadedConfig | undefined;
  /** Whether changes are written to disk. */
  readonly isKept: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** The same by a clock that does not jump when the system's is set: for moves that take their time. */
  readonly steadyNow: number;
  /** Of the router, with what is under way there. */
  deployments(): readonly OperatedDeployment[];
  /** The groups' strategies by the groups' names. */
  groups(): ReadonlyMap<string, string>;
  /** A key with what it has used so far. */
  operatedKey(record: KeyRecord): OperatedKey;
}

/** What a change has come to: {@link Present} once it is in force, and what it takes to answer for it. */
export interface Done extends Present {
  /** What was tolerated in the part that was checked. */
  readonly warnings: readonly ConfigProblem[];
  /** Ends a deployment's cooldown, which is no part of the state. @returns Whether there was one. */
  resetCooldown(deploymentId: string): boolean;
}

/**
 * What is to be done for an operator, decided and not yet begun. Each change is a pure function `(present, request) → Planned`; what it
 * plans is checked, kept, brought into force, put into the audit log and answered in one place, `plane/plan-runner.ts`.
 * @example
 * export function planRevokeAll({ state }: Present): Planned<number> {
 *   const keys = new Map([...state.keys].map(([name, record]) => [name, { ...record, revoked: true }]));
 *   return ok({ next: { ...state, keys }, conclude: () => ({ before: "keys", after: "no keys", answer: keys.size }) });
 * }
 */
export interface Plan<Value> {
  /** The state to come. The present one where nothing is kept. */
  readonly next: ControlState;
  /** Set where another configuration comes of the state, which is to be checked as the files are. */
  readonly check?: ConfigCheck;
  /** Called when all of it is in force. */
  readonly conclude: (done: Done) => Conclusion<Value>;
}

/** How the configuration that a state makes is checked. */
export interface ConfigCheck {
  /**
   * Of the part of the overlay that is changed: it counts again even if it was left out before, and its warnings are told. Undefined
   * where a part is only taken away.
   */
  readonly place: string | undefined;
  /** What the change asks of a valid configuration besides. */
  readonly accept?: (config: LoadedConfig) => Result<undefined, RouterError>;
}

/** The audit log's words for a change, and its answer. */
interface Conclusion<Value> {
  readonly before: string;
  readonly after: string;
  readonly answer: Value;
}

/** A plan, or the reason why there is none. */
export type Planned<Value> = Result<Plan<Value>, RouterError>;
