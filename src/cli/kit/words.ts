import type { JsonObject } from "@bufbuild/protobuf";
import { durationHelp, parseDuration } from "./parse-duration.ts";
import type { CommandSyntax, OptionSpec } from "./option-spec.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What was said after a command's name. Reading it collects the first thing that is wrong, so that readers need not look at each step. */
export class Words {
  /** A sentence, once something is wrong. */
  problem: string | undefined;
  readonly #command: CommandSyntax;
  readonly #arguments: string[];
  readonly #options: ReadonlyMap<string, readonly string[]>;
  readonly #env: Environment;

  /** @param options The values of each option that was given; of a switch: none. */
  constructor(command: CommandSyntax, args: readonly string[], options: ReadonlyMap<string, readonly string[]>, env: Environment) {
    this.#command = command;
    this.#arguments = [...args];
    this.#options = options;
    this.#env = env;
  }

  /** Says what is wrong. */
  refuse(problem: string): void {
    this.problem ??= problem;
  }

  /** The next argument, which must be there. @param name As in the usage. */
  argument(name: string): string {
    const next = this.#arguments.shift();
    if (next !== undefined && next !== "") return next;
    this.refuse(`"${this.#command.name}" needs ${name}: huntgroup ${this.#command.name} ${this.#command.usage}`);
    return "";
  }

  optionalArgument(): string | undefined {
    return this.#arguments.shift();
  }

  /** All arguments that are left. */
  remaining(): readonly string[] {
    return this.#arguments.splice(0);
  }

  /** To be called when everything was read. */
  end(): void {
    const [first] = this.#arguments;
    if (first !== undefined) this.refuse(`"${this.#command.name}" takes no argument "${first}".`);
  }

  /** Whether the option was given on the command line itself. */
  given(name: string): boolean {
    return this.#options.has(name);
  }

  text(name: string): string | undefined {
    return this.#find(name)?.text;
  }

  /** Of an option that may be given several times, each with several values: `--tag a,b --tag c`. */
  list(name: string): readonly string[] {
    const values = this.#options.get(name) ?? [];
    return values.flatMap((value) => value.split(",").map((one) => one.trim())).filter((one) => one !== "");
  }

  flag(name: string): boolean {
    if (this.given(name)) return true;
    const found = this.#find(name);
    const text = found?.text.toLowerCase();
    if (found === undefined || text === undefined || no.includes(text)) return false;
    if (!yes.includes(text)) this.refuse(`${found.source} is "${found.text}"; it must be one of ${[...yes, ...no].join(", ")}.`);
    return true;
  }

  wholeNumber(name: string, least: number, most: number): number | undefined {
    return this.#read(
      name,
      (text) => {
        const number = Number(text);
        return /^-?\d+$/.test(text) && number >= least && number <= most ? number : undefined;
      },
      `a whole number from ${least} to ${most}`,
    );
  }

  /** One of a closed list, in any case. */
  oneOf<Value extends string>(name: string, allowed: readonly Value[]): Value | undefined {
    return this.#read(name, (text) => allowed.find((one) => one === text.toLowerCase()), `one of ${allowed.join(", ")}`);
  }

  /** A finite number ≥ 0. */
  amount(name: string): number | undefined {
    return this.#read(name, parseAmount, "a number ≥ 0");
  }

  /** @returns Milliseconds. */
  duration(name: string): number | undefined {
    return this.#read(name, parseDuration, durationHelp);
  }

  json(name: string): JsonObject | undefined {
    return this.#read(name, parseJsonObject, 'a JSON object, such as {"key": 1}');
  }

  #read<Value>(name: string, parse: (text: string) => Value | undefined, wanted: string): Value | undefined {
    const found = this.#find(name);
    if (found === undefined) return undefined;
    const value = parse(found.text);
    if (value === undefined) this.refuse(`${found.source} is "${found.text}"; it must be ${wanted}.`);
    return value;
  }

  #find(name: string): { readonly text: string; /** What a person would look for. */ readonly source: string } | undefined {
    const given = this.#options.get(name)?.at(-1);
    if (given !== undefined) return { text: given, source: `--${name}` };
    for (const variable of this.#specOf(name)?.variables ?? []) {
      const text = this.#env[variable];
      if (text !== undefined) return { text, source: variable };
    }
    return undefined;
  }

  #specOf(name: string): OptionSpec | undefined {
    return this.#command.options.find((option) => option.name === name);
  }
}

const yes: readonly string[] = ["1", "true", "yes", "on"];
const no: readonly string[] = ["0", "false", "no", "off"];

/** A finite number ≥ 0 in decimal digits. */
export function parseAmount(text: string): number | undefined {
  const number = Number(text);
  return /^\d+(\.\d+)?(e\d{1,3})?$/i.test(text) && Number.isFinite(number) ? number : undefined;
}

function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
