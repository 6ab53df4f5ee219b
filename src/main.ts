#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { openTransport } from "./cli/kit/open-transport.ts";
import { run } from "./cli/run.ts";
import { composeService } from "./app/service.ts";
import { startSimulators } from "./app/simulators.ts";
import { keepHeapHeadroom } from "./lib/heap-headroom.ts";
import { createProgramLoader } from "./app/load.ts";
import { readLines } from "./lib/read-lines.ts";
import { endOfReads, readFileInTime } from "./lib/read-file-in-time.ts";
import { systemRandom } from "./lib/random.ts";
import { systemClock } from "./lib/clock.ts";
import { EventLog } from "./telemetry/log/event-log.ts";
import { createLog } from "./telemetry/log/log.ts";
import { LogOutput } from "./telemetry/log/log-output.ts";

// The reader of the output may have gone. That is no reason to stop serving, and to tell of it would only fail again.
for (const output of [process.stdout, process.stderr]) output.on("error", () => {});

let output: LogOutput | undefined;
let events: EventLog | undefined;

// A fault in serving one caller must not take the others down: it is logged, and the rest goes on.
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error: unknown) => {
    if (events !== undefined) events.failed(error);
    else process.stderr.write(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  });
}

const exitCode = await run(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  clock: systemClock,
  // Other systems do not share a port out to threads, or not evenly.
  cores: process.platform === "linux" ? availableParallelism() : 1,
  random: systemRandom,
  terminal: () => (process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined),
  readFile: (path) => readFileInTime(path),
  writeFile: (path, content) => writeFile(path, content),
  startSimulators,
  readStandardInput: () => text(process.stdin),
  readLines,
  async confirm(question) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await lines.question(`${question} [y/N] `);
    lines.close();
    return /^y(?:es)?$/i.test(answer.trim());
  },
  openTransport,
  loadConfig: createProgramLoader(systemClock),
  openLog({ format, level, secrets }) {
    output = new LogOutput({ format, fd: process.stdout.fd, colours: process.stdout.isTTY, clock: systemClock });
    const log = createLog({ level, secrets, clock: systemClock, output });
    events = new EventLog(log);
    return log;
  },
  async startTracing(options) {
    // Loaded only where it is configured.
    const { startOpenTelemetry } = await import("./telemetry/traces/otel.ts");
    return startOpenTelemetry({ ...options, clock: systemClock });
  },
  compose: (options) => {
    keepHeapHeadroom(systemClock);
    return composeService(options);
  },
  onStopSignal: (listener) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => listener(signal));
  },
  onOutputClosed: (listener) => process.stdout.on("error", listener),
  onReloadSignal: (listener) => void process.on("SIGHUP", () => listener("SIGHUP")),
});

await output?.flush();
// A long answer into a pipe is written bit by bit, as it is read. A server does not wait for its reader.
if (output === undefined) await Promise.all([process.stdout, process.stderr].map(written));

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => (stream.writableLength === 0 ? resolve() : void stream.write("", () => resolve())));
}

// The end of the process waits for a read that hangs in the system, however long it hangs.
if (!(await endOfReads())) process.kill(process.pid, "SIGKILL");

// What is still open, such as a provider's connection kept for later, must not hold the process.
process.exit(exitCode);
