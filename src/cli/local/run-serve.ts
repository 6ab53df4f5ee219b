import { join } from "node:path";
import { isOpen } from "../../config/load/is-open.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { ConfigLoader } from "../../control/plane/load-under-state.ts";
import { openControl } from "../../control/plane/open-control.ts";
import { describeError, EventLog } from "../../telemetry/log/event-log.ts";
import type { Log } from "../../telemetry/log/log.ts";
import type { ServeOptions } from "../kit/task.ts";
import { greeting } from "./greeting.ts";
import { exitCodes, type CliIo, type ExitCode, type RunningService } from "../kit/io.ts";
import { guardedLoad, isLoopback } from "./public-address.ts";
import { packageRoot, packageVersion } from "../../lib/package-root.ts";
import { readTls, tlsFiles } from "./read-tls.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup serve`: serves until a signal asks it to stop. */
export async function runServe(options: ServeOptions, io: CliIo): Promise<ExitCode> {
  const file = options.configFile ?? join(packageRoot(), "examples", "quickstart.yaml");
  const load: ConfigLoader = (changes) => io.loadConfig(file, { skipInvalid: options.skipInvalid, ...changes });
  // No state file is kept beside the embedded default, which is part of the package.
  const stateFile = (config: LoadedConfig) => (options.configFile === undefined ? undefined : config.stateFile);
  const opened = await openControl({ load, clock: io.clock, readOnly: false, stateFile });
  const { config } = opened.result;
  if (config === undefined) {
    reportFindings(file, opened.result, io);
    return exitCodes.badUse;
  }
  const { log, isForPeople } = openLog(config, options, io);
  const events = new EventLog(log);
  for (const warning of opened.result.warnings) events.configWarning(warning);
  for (const message of opened.warnings) events.warned(message);
  tellLeftOut(config, log);
  const isPrivate = options.socket !== undefined || isLoopback(options.host);
  if (isOpen(config) && !isPrivate) {
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
  if (config.certificates !== undefined && tls?.clientCa === undefined)
    events.warned("general_settings.client_certificates counts for nothing: clients are asked for no certificate without --tls-client-ca");
  try {
    const onInternalError = (error: unknown): void => events.failed(error);
    const { otel } = config.telemetry;
    const tracing = otel === undefined ? undefined : await io.startTracing({ settings: otel, log, version: packageVersion() });
    // Only a port can be shared by several threads.
    const threads = options.threads ?? (options.socket === undefined ? io.cores : 1);
    const service = io.compose({
      config,
      opened,
      load: options.insecure || isPrivate ? load : guardedLoad(load, options.host),
      watch: options.configFile !== undefined,
      host: options.host,
      port: options.port,
      socket: options.socket,
      tls,
      tlsFiles: tlsFiles(options, io),
      consoleFolder: join(packageRoot(), "dist", "console"),
      log,
      tracing,
      threads: threads === 1 ? undefined : { count: threads, configFile: file, skipInvalid: options.skipInvalid, env: io.env },
      onInternalError,
    });
    // Before it listens, since probes are told that it is ready from then on, and other threads may take seconds to begin.
    const stopped = untilStopped(service, options, io, log);
    let stopping = false;
    io.onStopSignal(() => (stopping = true));
    io.onReloadSignal((signal) => void service.reload(signal));
    const address = await Promise.race([service.listen(), stopped]);
    if (typeof address === "number") return address;
    if (stopping) return await stopped;
    const greeted = greeting(config, options.configFile ?? "its embedded default, examples/quickstart.yaml,", address, tls !== undefined);
    if (isForPeople) io.out(greeted);
    else log.write("info", { kind: "start", host: address.host, port: address.port }, greeted.slice(0, greeted.indexOf("\n")));
    return await stopped;
  } catch (error) {
    io.err(`huntgroup: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  }
}

/** Says loudly that there is less capacity than the file asks for. */
function tellLeftOut({ source }: LoadedConfig, log: Log): void {
  const { deployments, invalid } = source;
  if (invalid.length === 0) return;
  const all = deployments.length + invalid.length;
  const names = [...new Set(invalid.map(({ group }) => group))].join(", ");
  const message = `${invalid.length} of ${all} deployments are LEFT OUT, because something is wrong in them (--strict refuses them): ${names}`;
  log.write("error", { kind: "config", left_out: invalid.length }, message);
}

/** Opens the log. The command line goes before the configuration. */
function openLog(
  { secrets, telemetry }: LoadedConfig,
  options: ServeOptions,
  io: CliIo,
): { readonly log: Log; readonly isForPeople: boolean } {
  const wanted = options.logFormat ?? telemetry.logFormat ?? "auto";
  const format = wanted === "auto" ? (io.terminal() === undefined ? "json" : "pretty") : wanted;
  const level = options.logLevel ?? telemetry.logLevel ?? "info";
  return { log: io.openLog({ format, level, secrets }), isForPeople: format === "pretty" };
}

async function stop(service: RunningService, delayMs: number, graceMs: number, log: Log): Promise<ExitCode> {
  try {
    const dropped = await service.drain(graceMs, delayMs);
    if (dropped === 0) {
      log.write("info", { kind: "stop" }, "stopped");
      return exitCodes.ok;
    }
    const cut = dropped === 1 ? "1 request that had not ended was" : `${dropped} requests that had not ended were`;
    log.write("error", { kind: "stop", dropped }, `${cut} cut`);
  } catch (error) {
    log.write("error", { kind: "stop", error: describeError(error) }, "stopping went wrong");
  }
  return exitCodes.failure;
}

/** Waits for a signal. The first one drains the service; a second one ends the wait for it. */
function untilStopped(service: RunningService, { drainDelayMs, drainMs }: ServeOptions, io: CliIo, log: Log): Promise<ExitCode> {
  return new Promise((resolve) => {
    let stopping = false;
    io.onStopSignal((signal) => {
      if (stopping) {
        log.write("warn", { kind: "stop" }, `${signal} again: stopping at once`);
        resolve(exitCodes.failure);
        return;
      }
      stopping = true;
      const serving = drainDelayMs === 0 ? "" : `not ready any more, and in ${drainDelayMs / 1_000} s `;
      log.write("info", { kind: "stop" }, `${signal}: ${serving}taking no new requests; those under way have ${drainMs / 1_000} s to end`);
      // Resolving with the promise itself would make the second signal wait for it.
      void stop(service, drainDelayMs, drainMs, log).then(resolve);
    });
  });
}
