import type { CommandSpec } from "./kit/command-spec.ts";
import { commands } from "./commands.ts";
import { connectionOptions } from "./kit/connection-options.ts";
import type { OptionSpec } from "./kit/option-spec.ts";

/** @param topic A command, or the first word of several; undefined: everything in short. */
export function helpText(topic: string | undefined): string {
  if (topic === undefined) return overview();
  const spec = commands.find(({ name }) => name === topic);
  if (spec !== undefined) return commandHelp(spec);
  return `${lines(commands.filter(({ name }) => name.startsWith(`${topic} `)))}\n`;
}

function overview(): string {
  const [local, remote] = [commands.filter(isLocal), commands.filter((spec) => !isLocal(spec))];
  return `huntgroup: one model name, many deployments

Usage: huntgroup COMMAND [options], to begin with: huntgroup serve --config FILE

Here
${lines(local)}

At a running server, with its master key in HUNTGROUP_KEY
${lines(remote)}

  huntgroup help COMMAND        what a command takes; -h, --help after it says the same
  huntgroup --version           -v

Options of every command that asks a server (or from the environment)
${optionLines(connectionOptions)}

${exitCodeText}`;
}

function commandHelp({ name, usage, summary, options, notes }: CommandSpec): string {
  const own = options.filter((option) => !connectionOptions.includes(option));
  const shared = options.filter((option) => connectionOptions.includes(option));
  const parts = [`huntgroup ${name} ${usage}`.trimEnd(), `  ${summary}`];
  if (own.length > 0) parts.push("", "Options", optionLines(own));
  if (shared.length > 0) parts.push("", "Which server, and how it is answered", optionLines(shared));
  if (notes !== undefined) parts.push("", notes);
  return `${parts.join("\n")}\n`;
}

const exitCodeText = `Exit codes: 0 all went well, 1 failure, 2 bad use or bad configuration.
`;

function isLocal({ name }: CommandSpec): boolean {
  return name === "serve" || name === "check";
}

/** Room for the usual; what is longer pushes its explanation away. */
const usageColumns = 44;

function lines(specs: readonly CommandSpec[]): string {
  return specs.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(usageColumns)}  ${summary}`).join("\n");
}

const optionColumns = 28;

function optionLines(options: readonly OptionSpec[]): string {
  return options
    .map(({ name, short, value, help, variables }) => {
      const written = `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
      return `  ${written.padEnd(optionColumns)}  ${help}${variables === undefined ? "" : `  [${variables.join(", ")}]`}`;
    })
    .join("\n");
}
