import { Command, Help, Option, type Argument } from "commander";
import { connectionOptions } from "./kit/connection.ts";
import { packageVersion } from "../lib/package-root.ts";
import type { Understood } from "./kit/task.ts";
import { calibrateCommand } from "./local/calibrate.ts";
import { checkCommand } from "./local/check.ts";
import { serveCommand } from "./local/serve.ts";
import { simulateCommand } from "./local/simulate.ts";
import { aliasCommand } from "./operate/alias.ts";
import { callsCommand } from "./operate/calls.ts";
import { changesCommand } from "./operate/changes.ts";
import { configCommand } from "./operate/config.ts";
import { deploymentsCommand } from "./operate/deployments.ts";
import { addCommand, removeCommand, updateCommand } from "./operate/edit-deployment.ts";
import { explainCommand } from "./operate/explain.ts";
import { keysCommand } from "./operate/keys.ts";
import { reloadCommand } from "./operate/reload.ts";
import { resetCooldownCommand } from "./operate/reset-cooldown.ts";
import { activateCommand, blockCommand, drainCommand } from "./operate/set-state.ts";
import { statsCommand } from "./operate/stats.ts";
import { strategiesCommand } from "./operate/strategies.ts";
import { strategyCommand } from "./operate/strategy.ts";
import { usageCommand } from "./operate/usage.ts";
import { weightsCommand } from "./operate/weights-set.ts";

/** Every command, in the order that the help lists them. */
const here = [serveCommand, checkCommand, simulateCommand, calibrateCommand];
const atServer = [
  deploymentsCommand,
  weightsCommand,
  drainCommand,
  blockCommand,
  activateCommand,
  resetCooldownCommand,
  explainCommand,
  statsCommand,
  callsCommand,
  usageCommand,
  reloadCommand,
  configCommand,
  changesCommand,
  addCommand,
  updateCommand,
  removeCommand,
  strategiesCommand,
  strategyCommand,
  aliasCommand,
  keysCommand,
];

/** commander's tree of the whole command line. */
export function huntgroup(understood: Understood, columns = 140): Command {
  const program: Command = new Command("huntgroup")
    .description("One model name, many deployments. To begin with: huntgroup serve --config FILE")
    .usage("COMMAND [options]")
    .version(packageVersion(), "-v, --version", "the version")
    .helpOption("-h, --help", "this text; after a command, what that takes")
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => columns })
    .configureHelp({ formatHelp })
    .addHelpText("after", () => `\n${serverOptions(program)}\n\nExit codes: 0 all went well, 1 failure, 2 bad use or bad configuration.`);
  const add = (commands: readonly ((understood: Understood) => Command)[], group: string): void => {
    for (const make of commands) {
      const command = make(understood);
      program.addCommand(command);
      for (const one of leaves(command)) one.helpGroup(group);
    }
  };
  add(here, "Here:");
  add(atServer, "At a running server, with its master key in HUNTGROUP_KEY:");
  for (const command of withDescendants(program)) if (command.parent !== null) inherit(command);
  return program;
}

/** A command by itself, or the commands below it. */
export function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** As it is typed: `huntgroup keys create`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** A command and all below it. */
export function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

/** What is set at the program counts everywhere, but for `serve`, which says itself what is wrong with an argument. */
function inherit(command: Command): void {
  if (command.parent === null) return;
  const excess = command.name() === "serve";
  command
    .copyInheritedSettings(command.parent)
    .addHelpOption(new Option("-h, --help", "this text").helpGroup("Options:"))
    .allowExcessArguments(excess);
}

/** Lists every command by its whole name, also those of two words. */
function formatHelp(command: Command, helper: Help): string {
  helper.visibleCommands = (of) => of.commands.flatMap(leaves);
  helper.subcommandTerm = (of) => {
    const [, ...name] = pathOf(of).split(" ");
    return [...name, ...of.registeredArguments.map(argumentText)].join(" ");
  };
  return Help.prototype.formatHelp.call(helper, command, helper);
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "…" : ""}`;
  return argument.required ? name : `[${name}]`;
}

function serverOptions(program: Command): string {
  const help = program.createHelp();
  help.prepareContext({ helpWidth: 140 });
  const options = connectionOptions();
  const width = Math.max(...options.map((option) => help.optionTerm(option).length));
  const lines = options.map((option) => help.formatItem(help.optionTerm(option), width, option.description, help));
  return ["Options of every command that asks a server (or from the environment):", ...lines].join("\n");
}
