import { InvalidArgumentError, Option, type Command } from "commander";

/** The variables of the process, or of a test. */
export type CliEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * An option that environment variables stand for when it is not given; the first that is set counts. commander's own `env()` knows one
 * variable, reads it from the process, and takes an empty one for a value.
 */
export class EnvOption extends Option {
  readonly variables: readonly string[];

  constructor(flags: string, description: string, variables: readonly string[]) {
    super(flags, `${description} [${variables.join(", ")}]`);
    this.variables = variables;
  }
}

/** Gives a command's options that are not on the command line their values from the environment. */
export function applyEnvironment(command: Command, env: CliEnvironment): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!(option instanceof EnvOption) || command.getOptionValueSource(name) === "cli") continue;
    // `X=`, as compose files write it for "not set", is taken as such.
    const variable = option.variables.find((one) => (env[one] ?? "") !== "");
    if (variable === undefined) continue;
    const text = env[variable] ?? "";
    try {
      command.setOptionValueWithSource(name, valueOf(option, text), "env");
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      command.error(`error: option '${option.flags}' value '${text}' from env '${variable}' is invalid. ${error.message}`);
    }
  }
}

const yes: readonly string[] = ["1", "true", "yes", "on"];
const no: readonly string[] = ["0", "false", "no", "off"];

function valueOf(option: Option, text: string): unknown {
  if (!option.isBoolean()) return option.parseArg?.<unknown>(text, undefined) ?? text;
  const word = text.toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  throw new InvalidArgumentError(`It must be one of ${[...yes, ...no].join(", ")}.`);
}
