import { join } from "node:path";
import { isOpen } from "../config/is-open.ts";
import type { ServeOptions } from "./command.ts";
import { greeting } from "./greeting.ts";
import { exitCodes, type CliIo, type ExitCode, type RunningService } from "./io.ts";
import { isLoopback } from "./is-loopback.ts";
import { packageRoot } from "./package-root.ts";
import { readTls } from "./read-tls.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup serve`: until a signal asks it to stop. */
export async function serveCommand(options: ServeOptions, io: CliIo): Promise<ExitCode> {
  const file = options.configFile ?? join(packageRoot(), "examples", "quickstart.yaml");
  const config = reportFindings(file, await io.loadConfig(file, { skipInvalid: options.skipInvalid }), io);
  if (config === undefined) return exitCodes.badUse;
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
    const service = io.compose({ config, host: options.host, port: options.port, tls, onInternalError });
    const address = await service.listen();
    // Before anybody is told that it serves, and may tell it to stop.
    const stopped = untilStopped(service, options.drainMs, io);
    io.out(greeting(config, options.configFile ?? "its embedded default, examples/quickstart.yaml,", address, tls !== undefined));
    return await stopped;
  } catch (error) {
    io.err(`huntgroup: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  }
}

/** The first signal drains; a second one does not wait. */
function untilStopped(service: RunningService, drainMs: number, io: CliIo): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    io.onStopSignal((signal) => {
      if (stopping) {
        io.err(`${signal} again: stopping at once.\n`);
        resolve(exitCodes.failure);
        return;
      }
      stopping = true;
      io.err(`${signal}: taking no new requests; those under way have ${drainMs / 1_000} s to end.\n`);
      service.drain(drainMs).then(
        () => resolve(exitCodes.ok),
        (error: unknown) => {
          io.err(`huntgroup: ${describeError(error)}\n`);
          resolve(exitCodes.failure);
        },
      );
    });
  });
}

/** For the log: with the stack and the causes, which callers never see. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\n  caused by ${describeError(error.cause)}`;
}
