import { logFormats, logLevels } from "../../config/settings/telemetry-settings.ts";
import type { CommandSpec } from "../kit/command-spec.ts";

const longestDrainSeconds = 86_400;
/** More than any machine that this runs on has cores. */
const mostThreads = 256;

/** How `huntgroup serve` is written. */
export const serveSpec: CommandSpec = {
  name: "serve",
  usage: "[options]",
  summary: "serve REST, gRPC, gRPC-Web and Connect on one port",
  options: [
    {
      name: "config",
      short: "c",
      value: "FILE",
      help: "LiteLLM's YAML; without it, an embedded default with mock deployments",
      variables: ["HUNTGROUP_CONFIG", "CONFIG_FILE_PATH"],
    },
    { name: "host", value: "HOST", help: "address to listen on, default 127.0.0.1", variables: ["HUNTGROUP_HOST"] },
    { name: "port", short: "p", value: "PORT", help: "default 8000; 0 takes any free one", variables: ["HUNTGROUP_PORT"] },
    {
      name: "tls-cert",
      value: "FILE",
      help: "PEM certificate chain; with --tls-key serves TLS (h2, HTTP/1.1)",
      variables: ["HUNTGROUP_TLS_CERT"],
    },
    { name: "tls-key", value: "FILE", help: "PEM private key", variables: ["HUNTGROUP_TLS_KEY"] },
    {
      name: "threads",
      value: "N",
      help: "threads that serve, default 1 for each core",
      variables: ["HUNTGROUP_THREADS"],
    },
    { name: "insecure", help: "allow a public address without a master key", variables: ["HUNTGROUP_INSECURE"] },
    { name: "skip-invalid", help: "start without the deployments that have something wrong", variables: ["HUNTGROUP_SKIP_INVALID"] },
    {
      name: "log-level",
      value: "LEVEL",
      help: `${logLevels.join(", ")}; default info`,
      variables: ["HUNTGROUP_LOG_LEVEL"],
    },
    {
      name: "log-format",
      value: "FORMAT",
      help: `${logFormats.join(", ")}; default auto: pretty on a terminal, else json`,
      variables: ["HUNTGROUP_LOG_FORMAT"],
    },
    {
      name: "drain-delay-seconds",
      value: "N",
      help: "how long to serve on after SIGTERM with readiness false, default 0",
      variables: ["HUNTGROUP_DRAIN_DELAY_SECONDS"],
    },
    {
      name: "drain-seconds",
      value: "N",
      help: "how long requests may take to end after that, default 30",
      variables: ["HUNTGROUP_DRAIN_SECONDS"],
    },
  ],
  notes: `On SIGTERM or SIGINT: readiness is false at once; after the delay new connections are refused and what is under way has its
time to end; what is left then is cut, and the exit code is 1. A second signal stops at once. Behind a load balancer, set the delay
to the time it takes to notice: its probe's period times the failures that it waits for. docs/cli.md says more.`,
  parse(words) {
    const configFile = words.text("config");
    const extra = words.remaining();
    if (extra.length > 0) words.refuse(`"serve" takes no argument "${extra.join(" ")}"; the configuration is given with --config FILE.`);
    const tlsCertFile = words.text("tls-cert");
    const tlsKeyFile = words.text("tls-key");
    const command = {
      kind: "serve",
      configFile,
      host: words.text("host") ?? "127.0.0.1",
      port: words.wholeNumber("port", 0, 65_535) ?? 8_000,
      tlsCertFile,
      tlsKeyFile,
      threads: words.wholeNumber("threads", 1, mostThreads),
      insecure: words.flag("insecure"),
      skipInvalid: words.flag("skip-invalid"),
      logLevel: words.oneOf("log-level", logLevels),
      logFormat: words.oneOf("log-format", logFormats),
      drainDelayMs: 1_000 * (words.wholeNumber("drain-delay-seconds", 0, longestDrainSeconds) ?? 0),
      drainMs: 1_000 * (words.wholeNumber("drain-seconds", 0, longestDrainSeconds) ?? 30),
    } as const;
    if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) words.refuse("TLS needs both --tls-cert FILE and --tls-key FILE.");
    return command;
  },
};
