import { type ChildProcess, fork } from "node:child_process";
import type { Summary } from "../../src/simulation/summary.ts";
import { projectFile } from "../support/project-file.ts";

/** One run, by names that every process makes the same things of. */
export interface RunOrder {
  readonly scenario: string;
  readonly contestant: string;
  readonly seed: number;
}

interface Waiting {
  readonly order: RunOrder;
  readonly resolve: (summary: Summary) => void;
  readonly reject: (error: Error) => void;
}

/** Processes that run simulations side by side. */
export class Workers {
  readonly #idle: ChildProcess[] = [];
  readonly #all: ChildProcess[] = [];
  readonly #waiting: Waiting[] = [];

  constructor(count: number) {
    for (let index = 0; index < count; index++) {
      const child = fork(projectFile("bench/routing/worker.ts"), { serialization: "advanced" });
      this.#all.push(child);
      this.#idle.push(child);
    }
  }

  run(order: RunOrder): Promise<Summary> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ order, resolve, reject });
      this.#give();
    });
  }

  stop(): void {
    for (const child of this.#all) child.kill();
  }

  #give(): void {
    const child = this.#idle.pop();
    if (child === undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#idle.push(child);
      return;
    }
    const ended = (): void => next.reject(new Error(`the process of ${next.order.contestant} in ${next.order.scenario} ended`));
    child.once("exit", ended);
    child.once("message", (answer: { readonly summary?: Summary; readonly error?: string }) => {
      child.off("exit", ended);
      this.#idle.push(child);
      if (answer.summary === undefined) next.reject(new Error(answer.error));
      else next.resolve(answer.summary);
      this.#give();
    });
    child.send(next.order);
  }
}
