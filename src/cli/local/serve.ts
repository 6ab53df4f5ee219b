import { Command, InvalidArgumentError, type Option } from "commander";
import { resolve } from "node:path";
import { longestSocketPath } from "../../server/socket-file.ts";
import { logFormats, logLevels, type LogFormat, type LogLevel } from "../../config/settings/telemetry-settings.ts";
import { invalidOptions, skipsInvalid } from "./invalid-options.ts";
import { EnvOption } from "../kit/env-option.ts";
import type { Understood } from "../kit/task.ts";
import type { ClientAuth } from "../../server/listening-socket.ts";
import { choiceOption, wholeNumber } from "../kit/values.ts";

const longestDrainSeconds = 86_400;
/** More than the cores of any machine that this runs on. */
const mostThreads = 256;

const notes = `
On SIGTERM or SIGINT: readiness is false at once; after the delay new connections are refused and what is under way has its
time to end; what is left then is cut, and the exit code is 1. A second signal stops at once. Behind a load balancer, set the delay
to the time it takes to notice: its probe's period times the failures that it waits for. docs/cli.md says more.`;

interface ServeFlags {
  readonly config?: string;
  readonly host: string;
  readonly port: number;
  readonly listen?: string;
  readonly listenMode: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly tlsClientAuth?: ClientAuth;
  readonly threads?: number;
  readonly insecure?: boolean;
  readonly skipInvalid?: boolean;
  readonly strict?: boolean;
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  readonly drainDelaySeconds: number;
  readonly drainSeconds: number;
}

/** Makes the command `huntgroup serve`. */
export function serveCommand(understood: Understood): Command {
  const command = new Command("serve").description("serve REST, gRPC, gRPC-Web and Connect on one port").usage("[options]");
  for (const option of serveOptions()) command.addOption(option);
  return command
    .allowExcessArguments(true)
    .addHelpText("after", notes)
    .action((flags: ServeFlags) => {
      if (command.args.length > 0)
        command.error(`"serve" takes no argument "${command.args.join(" ")}"; the configuration is given with --config FILE.`);
      const { config: configFile, tlsCert: tlsCertFile, tlsKey: tlsKeyFile, tlsClientCa: tlsClientCaFile, tlsClientAuth } = flags;
      const { drainDelaySeconds, drainSeconds } = flags;
      if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) command.error("TLS needs both --tls-cert FILE and --tls-key FILE.");
      if (tlsClientCaFile !== undefined && tlsCertFile === undefined) command.error("--tls-client-ca needs --tls-cert and --tls-key.");
      if (tlsClientAuth !== undefined && tlsClientCaFile === undefined) command.error("--tls-client-auth needs --tls-client-ca.");
      const socket = flags.listen === undefined ? undefined : { path: flags.listen, mode: flags.listenMode };
      if (socket !== undefined && (flags.threads ?? 1) > 1)
        command.error(
          "--listen unix:PATH serves on one thread, since the system shares out ports alone: leave out --threads, or listen on a port.",
        );
      const { host, port, threads, insecure = false, logLevel, logFormat } = flags;
      const skipInvalid = skipsInvalid(flags);
      const [drainDelayMs, drainMs] = [1_000 * drainDelaySeconds, 1_000 * drainSeconds];
      const files = { configFile, tlsCertFile, tlsKeyFile, tlsClientCaFile, tlsClientAuth };
      understood({
        kind: "serve",
        ...files,
        host,
        port,
        socket,
        threads,
        insecure,
        skipInvalid,
        logLevel,
        logFormat,
        drainDelayMs,
        drainMs,
      });
    });
}

/** Takes `unix:PATH`. @returns The whole path. */
function socketPath(text: string): string {
  const path = /^unix:(?:\/\/(?=\/))?(.+)$/.exec(text)?.[1];
  if (path === undefined) throw new InvalidArgumentError("It must be unix:PATH, such as unix:/run/huntgroup/router.sock.");
  const whole = resolve(path);
  if (Buffer.byteLength(whole) <= longestSocketPath) return whole;
  throw new InvalidArgumentError(`The path has ${Buffer.byteLength(whole)} bytes; a socket's may have ${longestSocketPath}.`);
}

function fileMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError("It must be three octal digits, such as 660.");
}

function serveOptions(): readonly Option[] {
  const seconds = wholeNumber(0, longestDrainSeconds);
  return [
    new EnvOption("-c, --config <FILE>", "LiteLLM's YAML; without it, an embedded default with mock deployments", [
      "HUNTGROUP_CONFIG",
      "CONFIG_FILE_PATH",
    ]),
    new EnvOption("--host <HOST>", "address to listen on", ["HUNTGROUP_HOST"]).default("127.0.0.1", "127.0.0.1"),
    new EnvOption("-p, --port <PORT>", "0 takes any free one", ["HUNTGROUP_PORT"]).argParser(wholeNumber(0, 65_535)).default(8_000),
    new EnvOption("--listen <unix:PATH>", "a socket in the file system, in place of address and port", ["HUNTGROUP_LISTEN"]).argParser(
      socketPath,
    ),
    new EnvOption("--listen-mode <MODE>", "its permissions in octal digits; to connect takes that to write", ["HUNTGROUP_LISTEN_MODE"])
      .argParser(fileMode)
      .default(0o600, "600"),
    new EnvOption("--tls-cert <FILE>", "PEM certificate chain; with --tls-key serves TLS (h2, HTTP/1.1)", ["HUNTGROUP_TLS_CERT"]),
    new EnvOption("--tls-key <FILE>", "PEM private key", ["HUNTGROUP_TLS_KEY"]),
    new EnvOption("--tls-client-ca <FILE>", "PEM certificates of the authorities whose clients are let in", ["HUNTGROUP_TLS_CLIENT_CA"]),
    choiceOption(
      new EnvOption("--tls-client-auth <WHAT>", "whether clients must show a certificate, default required", ["HUNTGROUP_TLS_CLIENT_AUTH"]),
      ["required", "optional"],
    ),
    new EnvOption("--threads <N>", "threads that serve, default 1 for each core", ["HUNTGROUP_THREADS"]).argParser(
      wholeNumber(1, mostThreads),
    ),
    new EnvOption("--insecure", "allow a public address without a master key", ["HUNTGROUP_INSECURE"]),
    ...invalidOptions(),
    choiceOption(new EnvOption("--log-level <LEVEL>", "default info", ["HUNTGROUP_LOG_LEVEL"]), logLevels),
    choiceOption(
      new EnvOption("--log-format <FORMAT>", "default auto: pretty on a terminal, else json", ["HUNTGROUP_LOG_FORMAT"]),
      logFormats,
    ),
    new EnvOption("--drain-delay-seconds <N>", "how long to serve on after SIGTERM with readiness false", ["HUNTGROUP_DRAIN_DELAY_SECONDS"])
      .argParser(seconds)
      .default(0),
    new EnvOption("--drain-seconds <N>", "how long requests may take to end after that", ["HUNTGROUP_DRAIN_SECONDS"])
      .argParser(seconds)
      .default(30),
  ];
}
