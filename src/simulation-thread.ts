import { parentPort, workerData } from "node:worker_threads";
import { createProgramLoader } from "./app/load.ts";
import type { SimulatorAnswer } from "./app/simulators.ts";
import { systemClock } from "./lib/clock.ts";
import { type ContestOrder, runContestant, type SimulationStart } from "./simulation/contest.ts";
import { loadScenario } from "./simulation/load-scenario.ts";
import { plainScenario } from "./simulation/scenario/plain-scenario.ts";

/** Where a thread begins that simulates. It loads what the first thread has loaded, and runs what it is asked for. */

const port = parentPort;
if (port === null) throw new Error("this file is a thread's, and not a program");
const answer = (message: SimulatorAnswer): void => port.postMessage(message);
const { configFile, skipInvalid, texts, scenario: written } = workerData as SimulationStart;

const { config } = await createProgramLoader(systemClock)(configFile, { skipInvalid, texts });
if (config === undefined) throw new Error(`${configFile} is not as it was`);
const { source } = config;
const scenario =
  written === undefined ? plainScenario(source.deployments) : (await loadScenario(written.file, written.text, source)).scenario;
if (scenario === undefined) throw new Error(`${written?.file} is not as it was`);

port.on("message", (order: ContestOrder) => {
  runContestant(source, scenario, order, (at) => answer({ kind: "progress", at })).then(
    (run) => answer({ kind: "run", run }),
    (error: unknown) => answer({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
});
