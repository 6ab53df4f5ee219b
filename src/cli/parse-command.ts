import { parseArgs } from "node:util";
import { didYouMean, suggest } from "../lib/suggest.ts";
import { err, ok, type Result } from "../lib/result.ts";
import type { Command } from "./kit/command.ts";
import type { CommandSpec } from "./kit/command-spec.ts";
import { commands } from "./commands.ts";
import type { OptionSpec } from "./kit/option-spec.ts";
import { Words, type Environment } from "./kit/words.ts";

const general: readonly OptionSpec[] = [
  { name: "help", short: "h", help: "this text" },
  { name: "version", short: "v", help: "the version" },
];

/**
 * Reads the command line, with the environment for what it leaves out.
 * @returns The command, or a sentence that says what is wrong with it.
 */
export function parseCommand(args: readonly string[], environment: Environment): Result<Command, string> {
  const { positionals, given } = readArguments(args);
  const helpWanted = given.some(({ name }) => name === "help");
  if (given.some(({ name }) => name === "version") && !helpWanted) return ok({ kind: "version" });
  if (positionals[0] === "help") return parseHelp(positionals.slice(1));
  const spec = findCommand(positionals);
  if (spec === undefined) {
    if (positionals.length === 0) {
      return helpWanted || args.length === 0
        ? ok({ kind: "help", topic: undefined })
        : err(`Name a command. Did you mean: huntgroup serve ${args.join(" ")}`);
    }
    return err(unknownCommand(positionals));
  }
  if (helpWanted) return ok({ kind: "help", topic: spec.name });
  const options = collectOptions(spec, given);
  if (!options.ok) return options;
  // `X=`, as compose files write it for "not set", is taken as such.
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const words = new Words(spec, positionals.slice(spec.name.split(" ").length), options.value, env);
  const command = spec.parse(words);
  words.end();
  return words.problem === undefined ? ok(command) : err(words.problem);
}

interface GivenOption {
  readonly name: string;
  /** As it was written: `-p`. */
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inline: boolean;
}

/** Tells options and their values from arguments, wherever they stand: whether they belong together is asked later. */
function readArguments(args: readonly string[]): { readonly positionals: readonly string[]; readonly given: readonly GivenOption[] } {
  const known = [...general, ...commands.flatMap(({ options }) => options)];
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      known.map(({ name, short, value }) => [
        name,
        { type: value === undefined ? "boolean" : "string", ...(short !== undefined && { short }) } as const,
      ]),
    ),
  });
  const positionals: string[] = [];
  const given: GivenOption[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    else if (token.kind === "option")
      given.push({ name: token.name, rawName: token.rawName, value: token.value, inline: token.inlineValue === true });
  }
  return { positionals, given };
}

/** The values of each option, if the command has all of them. */
function collectOptions(spec: CommandSpec, given: readonly GivenOption[]): Result<ReadonlyMap<string, readonly string[]>, string> {
  const options = new Map<string, string[]>();
  for (const { name, rawName, value, inline } of given) {
    const option = spec.options.find((one) => one.name === name);
    if (option === undefined) {
      const near = didYouMean(
        name,
        spec.options.map((one) => one.name),
      ).replace("mean ", "mean --");
      return err(`"${spec.name}" has no option ${rawName}${near}.`);
    }
    const values = options.get(name) ?? [];
    options.set(name, values);
    if (option.value === undefined) {
      if (value !== undefined) return err(`${rawName} takes no value.`);
      continue;
    }
    if (value === undefined || (!inline && value.startsWith("--"))) return err(`${rawName} needs a value: ${rawName} ${option.value}.`);
    values.push(value);
  }
  return ok(options);
}

function parseHelp(topic: readonly string[]): Result<Command, string> {
  if (topic.length === 0) return ok({ kind: "help", topic: undefined });
  const spec = findCommand(topic);
  // The first word of several commands is a topic too.
  const [first = ""] = topic;
  if (spec === undefined && !commands.some(({ name }) => name.startsWith(`${first} `))) return err(unknownCommand(topic));
  return ok({ kind: "help", topic: spec?.name ?? first });
}

function findCommand([first = "", second]: readonly string[]): CommandSpec | undefined {
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
}

function unknownCommand([first = "", second]: readonly string[]): string {
  const family = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name.slice(first.length + 1));
  if (family.length > 0) {
    const wrong = second === undefined ? "" : `, not "${second}"${didYouMean(second, family)}`;
    return `"${first}" needs one of ${family.join(", ")} after it${wrong}.`;
  }
  const words = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
  const near = suggest(first, words);
  return `There is no command "${first}"; ${near === undefined ? `there are ${words.join(", ")}` : `did you mean "${near}"?`}`;
}
