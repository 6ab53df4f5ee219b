import type { DeploymentError } from "../../control/operator.ts";
import { isDeploymentFault } from "../../core/errors.ts";
import type { Clock } from "../../lib/clock.ts";
import type { CountedAttempt, Counter } from "./counted-records.ts";

/** As many deployments as are remembered. Those whose failure is the oldest are forgotten first. */
const mostKept = 10_000;
const longestMessage = 300;

/** Remembers the latest failure of each deployment that was its own, on whichever thread. */
export class LastErrors implements Counter {
  readonly #clock: Pick<Clock, "wallTime">;
  readonly #errors = new Map<string, DeploymentError>();

  constructor(clock: Pick<Clock, "wallTime">) {
    this.#clock = clock;
  }

  attemptEnded({ deployment, outcome }: CountedAttempt): void {
    if (outcome.kind !== "failure" || !isDeploymentFault(outcome.error.code)) return;
    const { code, message = "" } = outcome.error;
    this.#errors.delete(deployment.id);
    this.#errors.set(deployment.id, { code, message: shortened(message), at: this.#clock.wallTime() });
    if (this.#errors.size <= mostKept) return;
    for (const oldest of this.#errors.keys()) {
      this.#errors.delete(oldest);
      return;
    }
  }

  /** Undefined when it has not failed since the start. */
  of(deploymentId: string): DeploymentError | undefined {
    return this.#errors.get(deploymentId);
  }
}

/** A provider's words may be long. They are cut between characters. */
function shortened(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message
    .slice(0, longestMessage)
    .toWellFormed()
    .replace(/\uFFFD$/, "")}…`;
}
