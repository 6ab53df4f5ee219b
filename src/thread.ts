import { parentPort, workerData, type Transferable } from "node:worker_threads";
import { composeThread } from "./app/thread.ts";
import { createProgramLoader } from "./app/load.ts";
import { systemClock } from "./lib/clock.ts";
import type { FromThread, ThreadStart } from "./threads/messages.ts";

/** Where a thread beside the first one begins. The program begins in {@link file://./main.ts}. */

const port = parentPort;
if (port === null) throw new Error("this file is a thread's, and not a program");
const send = (message: FromThread, transfer: readonly Transferable[] = []): void => port.postMessage(message, [...transfer]);
const start = workerData as ThreadStart;
const loadFile = createProgramLoader(systemClock);
const load = (inputs: ThreadStart["inputs"]) => loadFile(start.configFile, { skipInvalid: start.skipInvalid, ...inputs });

try {
  await composeThread({ start, load, port, send });
} catch (error) {
  send({ kind: "unable", message: error instanceof Error ? error.message : String(error) });
}
