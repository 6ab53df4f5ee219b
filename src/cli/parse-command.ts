import { parseArgs } from "node:util";
import { logFormats, logLevels } from "../config/telemetry-settings.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Command } from "./command.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

interface Values {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly "tls-cert"?: string;
  readonly "tls-key"?: string;
  readonly insecure?: boolean;
  readonly "skip-invalid"?: boolean;
  readonly "drain-seconds"?: string;
  readonly "log-level"?: string;
  readonly "log-format"?: string;
  readonly help?: boolean;
  readonly version?: boolean;
}

const options = {
  config: { type: "string", short: "c" },
  host: { type: "string" },
  port: { type: "string", short: "p" },
  "tls-cert": { type: "string" },
  "tls-key": { type: "string" },
  insecure: { type: "boolean" },
  "skip-invalid": { type: "boolean" },
  "drain-seconds": { type: "string" },
  "log-level": { type: "string" },
  "log-format": { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

const longestDrainSeconds = 86_400;

/**
 * Reads the command line, with the environment for what it leaves out.
 * @returns The command, or a sentence that says what is wrong with it.
 */
export function parseCommand(args: readonly string[], environment: Environment): Result<Command, string> {
  // `X=`, as compose files write it for "not set", is taken as such.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  let values: Values;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) return ok({ kind: "help" });
  if (values.version === true) return ok({ kind: "version" });
  const [name, ...rest] = positionals;
  switch (name) {
    case undefined:
      return args.length === 0 ? ok({ kind: "help" }) : err(`Name a command. Did you mean: huntgroup serve ${args.join(" ")}`);
    case "help":
      return ok({ kind: "help" });
    case "check":
      return parseCheck(values, rest, env);
    case "serve":
      return rest.length === 0
        ? parseServe(values, env)
        : err(`"serve" takes no argument "${rest.join(" ")}"; the configuration is given with --config FILE.`);
    default:
      return err(`There is no command "${name}"; there are "serve" and "check".`);
  }
}

function parseCheck(values: Values, rest: readonly string[], env: Environment): Result<Command, string> {
  const files = values.config === undefined ? rest : [values.config, ...rest];
  const [file] = files;
  if (file === undefined || files.length > 1) return err('"check" takes one file: huntgroup check FILE.');
  const skipInvalid = flag("HUNTGROUP_SKIP_INVALID", values["skip-invalid"], env);
  return skipInvalid.ok ? ok({ kind: "check", file, skipInvalid: skipInvalid.value }) : skipInvalid;
}

function parseServe(values: Values, env: Environment): Result<Command, string> {
  const port = wholeNumber("--port", values.port, "HUNTGROUP_PORT", env, 8_000, 65_535);
  if (!port.ok) return port;
  const drain = wholeNumber("--drain-seconds", values["drain-seconds"], "HUNTGROUP_DRAIN_SECONDS", env, 30, longestDrainSeconds);
  if (!drain.ok) return drain;
  const insecure = flag("HUNTGROUP_INSECURE", values.insecure, env);
  if (!insecure.ok) return insecure;
  const skipInvalid = flag("HUNTGROUP_SKIP_INVALID", values["skip-invalid"], env);
  if (!skipInvalid.ok) return skipInvalid;
  const logLevel = oneOf("--log-level", values["log-level"], "HUNTGROUP_LOG_LEVEL", env, logLevels);
  if (!logLevel.ok) return logLevel;
  const logFormat = oneOf("--log-format", values["log-format"], "HUNTGROUP_LOG_FORMAT", env, logFormats);
  if (!logFormat.ok) return logFormat;
  const tlsCertFile = values["tls-cert"] ?? env["HUNTGROUP_TLS_CERT"];
  const tlsKeyFile = values["tls-key"] ?? env["HUNTGROUP_TLS_KEY"];
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) return err("TLS needs both --tls-cert FILE and --tls-key FILE.");
  return ok({
    kind: "serve",
    configFile: values.config ?? env["HUNTGROUP_CONFIG"] ?? env["CONFIG_FILE_PATH"],
    host: values.host ?? env["HUNTGROUP_HOST"] ?? "127.0.0.1",
    port: port.value,
    tlsCertFile,
    tlsKeyFile,
    insecure: insecure.value,
    skipInvalid: skipInvalid.value,
    logLevel: logLevel.value,
    logFormat: logFormat.value,
    drainMs: drain.value * 1_000,
  });
}

function wholeNumber(
  option: string,
  given: string | undefined,
  variable: string,
  env: Environment,
  usual: number,
  most: number,
): Result<number, string> {
  const text = given ?? env[variable];
  if (text === undefined) return ok(usual);
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return ok(number);
  return err(`${given === undefined ? variable : option} is "${text}"; it must be a whole number from 0 to ${most}.`);
}

function oneOf<Value extends string>(
  option: string,
  given: string | undefined,
  variable: string,
  env: Environment,
  allowed: readonly Value[],
): Result<Value | undefined, string> {
  const text = given ?? env[variable];
  if (text === undefined) return ok(undefined);
  const value = allowed.find((one) => one === text.toLowerCase());
  return value === undefined
    ? err(`${given === undefined ? variable : option} is "${text}"; it must be one of ${allowed.join(", ")}.`)
    : ok(value);
}

const yes: readonly string[] = ["1", "true", "yes", "on"];
const no: readonly string[] = ["0", "false", "no", "off"];

function flag(variable: string, given: boolean | undefined, env: Environment): Result<boolean, string> {
  const text = env[variable]?.toLowerCase();
  if (given !== undefined) return ok(given);
  if (text === undefined || no.includes(text)) return ok(false);
  return yes.includes(text) ? ok(true) : err(`${variable} is "${env[variable]}"; it must be one of ${[...yes, ...no].join(", ")}.`);
}
