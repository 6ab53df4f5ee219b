import { join } from "node:path";
import type { LoadedConfig } from "../config/load-config.ts";
import { describeError, EventLog } from "../telemetry/event-log.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServeOptions } from "./command.ts";
import { greeting } from "./greeting.ts";
import { exitCodes, type CliIo, type ExitCode, type RunningService } from "./io.ts";
import { isLoopback } from "./is-loopback.ts";
import { packageRoot, packageVersion } from "./package-root.ts";
import { readTls } from "./read-tls.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup serve`: until a signal asks it to stop. */
export async function serveCommand(options: ServeOptions, io: CliIo): Promise<ExitCode> {
  const file = options.configFile ?? join(packageRoot(), "examples", "quickstart.yaml");
  const loaded = await io.loadConfig(file, { skipInvalid: options.skipInvalid });
  const { config } = loaded;
  if (config === undefined) {
    reportFindings(file, loaded, io);
    return exitCodes.badUse;
  }
  const { log, isForPeople } = openLog(config, options, io);
  const events = new EventLog(log);
  for (const warning of loaded.warnings) events.configWarning(warning);
  if (config.masterKey === undefined && !isLoopback(options.host)) {
    if (!options.insecure) {
      io.err(
        `huntgroup: ${options.host} can be reached from other machines, and no general_settings.master_key is set. Set one, or say --insecure.\n`,
      );
      return exitCodes.badUse;
    }
    const message = `everybody who can reach ${options.host} can use these deployments: no general_settings.master_key is set`;
    log.write("warn", { kind: "config" }, message);
  }
  const tls = await readTls(options, io);
  if (tls instanceof Error) {
    io.err(`huntgroup: ${tls.message}\n`);
    return exitCodes.badUse;
  }
  try {
    const onInternalError = (error: unknown): void => events.failed(error);
    const { otel } = config.telemetry;
    const { secrets } = config;
    const tracing = otel === undefined ? undefined : await io.startTracing({ settings: otel, secrets, log, version: packageVersion() });
    const service = io.compose({ config, host: options.host, port: options.port, tls, log, tracing, onInternalError });
    const address = await service.listen();
    // Before anybody is told that it serves, and may tell it to stop.
    const stopped = untilStopped(service, options.drainMs, io, log);
    const greeted = greeting(config, options.configFile ?? "its embedded default, examples/quickstart.yaml,", address, tls !== undefined);
    if (isForPeople) io.out(greeted);
    else log.write("info", { kind: "start", host: address.host, port: address.port }, greeted.slice(0, greeted.indexOf("\n")));
    return await stopped;
  } catch (error) {
    io.err(`huntgroup: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  }
}

/** Where the configuration and the command line both speak, the command line counts. */
function openLog(config: LoadedConfig, options: ServeOptions, io: CliIo): { readonly log: Log; readonly isForPeople: boolean } {
  const wanted = options.logFormat ?? config.telemetry.logFormat ?? "auto";
  const format = wanted === "auto" ? (io.isTerminal ? "pretty" : "json") : wanted;
  const level = options.logLevel ?? config.telemetry.logLevel ?? "info";
  return { log: io.openLog({ format, level, secrets: config.secrets }), isForPeople: format === "pretty" };
}

async function stop(service: RunningService, drainMs: number, log: Log): Promise<ExitCode> {
  try {
    await service.drain(drainMs);
    log.write("info", { kind: "stop" }, "stopped");
    return exitCodes.ok;
  } catch (error) {
    log.write("error", { kind: "stop", error: describeError(error) }, "stopping went wrong");
    return exitCodes.failure;
  }
}

/** The first signal drains; a second one does not wait. */
function untilStopped(service: RunningService, drainMs: number, io: CliIo, log: Log): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    io.onStopSignal((signal) => {
      if (stopping) {
        log.write("warn", { kind: "stop" }, `${signal} again: stopping at once`);
        resolve(exitCodes.failure);
        return;
      }
      stopping = true;
      log.write("info", { kind: "stop" }, `${signal}: taking no new requests; those under way have ${drainMs / 1_000} s to end`);
      // Not resolved with the promise itself: a second signal must be able to come before it.
      void stop(service, drainMs, log).then(resolve);
    });
  });
}
