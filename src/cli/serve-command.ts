import { join } from "node:path";
import { isOpen } from "../config/is-open.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import type { ConfigLoader } from "../control/load-under-state.ts";
import { openControl } from "../control/open-control.ts";
import { systemClock } from "../lib/clock.ts";
import { auditLine } from "./audit-line.ts";
import type { ServeOptions } from "./command.ts";
import { greeting } from "./greeting.ts";
import { exitCodes, type CliIo, type ExitCode, type RunningService } from "./io.ts";
import { guardedLoad } from "./guarded-load.ts";
import { isLoopback } from "./is-loopback.ts";
import { packageRoot } from "./package-root.ts";
import { readTls } from "./read-tls.ts";
import { reloadLines } from "./reload-lines.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup serve`: until a signal asks it to stop. */
export async function serveCommand(options: ServeOptions, io: CliIo): Promise<ExitCode> {
  const file = options.configFile ?? join(packageRoot(), "examples", "quickstart.yaml");
  const load: ConfigLoader = (changes) => io.loadConfig(file, { skipInvalid: options.skipInvalid, ...changes });
  // The embedded default is no place to keep anything beside.
  const stateFile = (config: LoadedConfig) => (options.configFile === undefined ? undefined : config.stateFile);
  const opened = await openControl({ load, clock: systemClock, readOnly: false, stateFile });
  const onWarning = (message: string): void => io.err(`warning: ${message}\n`);
  const config = reportFindings(file, opened.result, io);
  if (config === undefined) return exitCodes.badUse;
  for (const message of opened.warnings) onWarning(message);
  if (isOpen(config) && !isLoopback(options.host)) {
    if (!options.insecure) {
      io.err(
        `huntgroup: ${options.host} can be reached from other machines, and no general_settings.master_key is set. Set one, or say --insecure.\n`,
      );
      return exitCodes.badUse;
    }
    io.err(`warning: everybody who can reach ${options.host} can use these deployments: no general_settings.master_key is set.\n`);
  }
  const tls = await readTls(options, io);
  if (tls instanceof Error) {
    io.err(`huntgroup: ${tls.message}\n`);
    return exitCodes.badUse;
  }
  try {
    const onInternalError = (error: unknown): void => io.err(`internal error: ${describeError(error)}\n`);
    const service = io.compose({
      config,
      opened,
      load: options.insecure || isLoopback(options.host) ? load : guardedLoad(load, options.host),
      watch: options.configFile !== undefined,
      host: options.host,
      port: options.port,
      tls,
      consoleFolder: join(packageRoot(), "dist", "console"),
      onInternalError,
      audit: (entry) => io.err(`${auditLine(entry)}\n`),
      onReload: (report, who) => io.err(reloadLines(report, who)),
      onWarning,
    });
    const address = await service.listen();
    // Before anybody is told that it serves, and may tell it to stop.
    const stopped = untilStopped(service, options, io);
    io.onReloadSignal((signal) => void service.reload(signal));
    io.out(greeting(config, options.configFile ?? "its embedded default, examples/quickstart.yaml,", address, tls !== undefined));
    return await stopped;
  } catch (error) {
    io.err(`huntgroup: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  }
}

/** The first signal drains; a second one does not wait. */
function untilStopped(service: RunningService, { drainDelayMs, drainMs }: ServeOptions, io: CliIo): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    io.onStopSignal((signal) => {
      if (stopping) {
        io.err(`${signal} again: stopping at once.\n`);
        resolve(exitCodes.failure);
        return;
      }
      stopping = true;
      const serving = drainDelayMs === 0 ? "" : `not ready any more, and in ${drainDelayMs / 1_000} s `;
      io.err(`${signal}: ${serving}taking no new requests; those under way have ${drainMs / 1_000} s to end.\n`);
      void drained(service, drainDelayMs, drainMs, io).then(resolve);
    });
  });
}

async function drained(service: RunningService, delayMs: number, graceMs: number, io: CliIo): Promise<ExitCode> {
  try {
    const dropped = await service.drain(graceMs, delayMs);
    if (dropped === 0) return exitCodes.ok;
    io.err(`huntgroup: ${dropped === 1 ? "1 request that had not ended was" : `${dropped} requests that had not ended were`} cut.\n`);
  } catch (error) {
    io.err(`huntgroup: ${describeError(error)}\n`);
  }
  return exitCodes.failure;
}

/** For the log: with the stack and the causes, which callers never see. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\n  caused by ${describeError(error.cause)}`;
}
