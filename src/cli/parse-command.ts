import { CommanderError, type Command, type Option } from "commander";
import { err, ok, type Result } from "../lib/result.ts";
import { applyEnvironment, type CliEnvironment } from "./kit/env-option.ts";
import type { Task } from "./kit/task.ts";
import { huntgroup, leaves, pathOf, withDescendants } from "./program.ts";

/**
 * Reads the command line, with the environment for what it leaves out.
 * @param columns How wide the help may be; omit it where there is no terminal.
 * @returns The task, or what is wrong with the line and where to read more.
 */
export function parseCommand(args: readonly string[], env: CliEnvironment, columns?: number): Result<Task, string> {
  const state: { task?: Task; text: string } = { text: "" };
  const program = huntgroup((task) => (state.task = task), columns);
  for (const command of withDescendants(program)) command.configureOutput({ writeOut: (text) => (state.text += text) });
  const { command, line } = arrange(args, program);
  program.hook("preAction", (_program, chosen) => {
    refuseOptionsAsValues(chosen, args);
    applyEnvironment(chosen, env);
  });
  try {
    program.parse(line, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) return err(`${sentence(error, command)}\nSee ${pathOf(command)} --help.`);
  }
  return ok(state.task ?? { kind: "print", text: state.text });
}

/**
 * Options may stand before the command's name too. Finds the command and puts its name first, where commander looks for it; `help a b`
 * becomes `a b --help`.
 */
function arrange(args: readonly string[], program: Command): { readonly command: Command; readonly line: readonly string[] } {
  const valued = new Set(leaves(program).flatMap(({ options }) => options.filter(({ required }) => required).flatMap(flagsOf)));
  const words: number[] = [];
  for (let index = 0; index < args.length && args[index] !== "--"; index++) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-") || arg === "-") words.push(index);
    else if (valued.has(arg)) index++;
  }
  const helpWanted = args[words[0] ?? -1] === "help";
  if (helpWanted) words.shift();
  let command = program;
  const name: string[] = [];
  for (const index of words) {
    const next = command.commands.find((one) => one.name() === args[index]);
    if (next === undefined) break;
    command = next;
    name.push(next.name());
  }
  const rest = args.filter((_, index) => !words.slice(0, name.length).includes(index));
  const unknown = args[words[name.length] ?? -1];
  // commander would give help on what there is, instead of saying that this is not there.
  if (command.commands.length > 0 && unknown !== undefined) return { command, line: [...name, unknown] };
  if (helpWanted || args.length === 0) return { command, line: [...name, "--help"] };
  return { command, line: [...name, ...rest] };
}

function flagsOf({ short, long }: Option): readonly string[] {
  return [short, long].filter((flag) => flag !== undefined);
}

/** commander takes whatever follows for an option's value. `--url --json` is rather one that was forgotten; `--url=--json` is not. */
function refuseOptionsAsValues(command: Command, args: readonly string[]): void {
  for (const option of command.options) {
    const values: readonly unknown[] = [command.getOptionValue(option.attributeName()) as unknown].flat();
    const swallowed = values.some((value) => typeof value === "string" && value.startsWith("--") && args.includes(value));
    if (swallowed) command.error(`error: option '${option.flags}' argument missing`);
  }
}

/** What commander says, without the values of options, which may be secrets. */
function sentence({ code, message }: CommanderError, command: Command): string {
  const said = message.replace(/^error: /, "");
  const below = command.commands.map((one) => one.name()).join(", ");
  switch (code) {
    case "commander.help":
      return `"${command.name()}" needs one of ${below} after it.`;
    case "commander.unknownCommand":
      return said.includes("(Did you mean") ? said.replace("\n", " ") : `${said}; ${pathOf(command)} has ${below}`;
    case "commander.unknownOption": {
      const safe = said.replace(/=.*(?='(\n|$))/s, "");
      const flag = /'(.*)'/.exec(safe)?.[1] ?? "";
      if (command.parent === null) return `${safe}. Name a command first: did you mean huntgroup serve ${flag} …?`;
      return command.options.some((option) => flagsOf(option).includes(flag)) ? `option '${flag}' takes no value` : safe;
    }
    default:
      return said;
  }
}
