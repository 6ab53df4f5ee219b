import { Worker } from "node:worker_threads";
import type { ContestOrder, SimulationStart, Simulators } from "../simulation/contest.ts";
import type { ScenarioRun } from "../simulation/run-scenario.ts";

/** From a thread that simulates to the first one. */
export type SimulatorAnswer =
  | { readonly kind: "progress"; readonly at: number }
  | { readonly kind: "run"; readonly run: ScenarioRun }
  | { readonly kind: "failed"; readonly message: string };

interface Asked {
  readonly order: ContestOrder;
  readonly onProgress: (at: number) => void;
  readonly resolve: (run: ScenarioRun) => void;
  readonly reject: (error: Error) => void;
}

/** A simulation makes many objects that live for some thousand calls: a small young generation would copy them again and again. */
const resourceLimits = { maxYoungGenerationSizeMb: 192 };

/** Starts threads that simulate side by side. Each takes the next run when it has ended one. */
export function startSimulators(count: number, start: SimulationStart): Simulators {
  const waiting: Asked[] = [];
  const workers = Array.from({ length: count }, () => new Worker(entryFile(), { workerData: start, name: "simulation", resourceLimits }));
  const idle = [...workers];
  const asked = new Map<Worker, Asked>();
  const give = (): void => {
    for (let next = waiting[0]; next !== undefined && idle.length > 0; next = waiting[0]) {
      const worker = idle.pop();
      waiting.shift();
      if (worker === undefined) return;
      asked.set(worker, next);
      worker.postMessage(next.order);
    }
  };
  const lost = (worker: Worker, error: Error): void => {
    asked.get(worker)?.reject(error);
    for (const one of waiting.splice(0)) one.reject(error);
  };
  for (const worker of workers) {
    worker.on("error", (error: unknown) => lost(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on("message", (answer: SimulatorAnswer) => {
      const current = asked.get(worker);
      if (answer.kind === "progress") {
        current?.onProgress(answer.at);
        return;
      }
      asked.delete(worker);
      idle.push(worker);
      if (answer.kind === "run") current?.resolve(answer.run);
      else current?.reject(new Error(answer.message));
      give();
    });
  }
  return {
    run: (order, onProgress) =>
      new Promise((resolve, reject) => {
        waiting.push({ order, onProgress, resolve, reject });
        give();
      }),
    stop() {
      for (const worker of workers) void worker.terminate();
    },
  };
}

function entryFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "../simulation-thread.ts" : "../simulation-thread.js", import.meta.url);
}
