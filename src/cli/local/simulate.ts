import { Command, Option } from "commander";
import { list, presentText, wholeNumber } from "../kit/values.ts";
import type { Understood } from "../kit/task.ts";
import { invalidOptions, skipsInvalid } from "./invalid-options.ts";

interface SimulateFlags {
  readonly config: string;
  readonly scenario?: string;
  readonly strategy?: readonly string[];
  readonly seeds?: number;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly html?: string;
  readonly skipInvalid?: boolean;
  readonly strict?: boolean;
}

/** Makes the command `huntgroup simulate`. */
export function simulateCommand(understood: Understood): Command {
  const command = new Command("simulate")
    .description("run a configuration on virtual time, without a network, and compare strategies")
    .addOption(new Option("-c, --config <FILE>", "the configuration").argParser(presentText).makeOptionMandatory())
    .addOption(
      new Option("--scenario <FILE>", "deployments, callers and faults; without it, made of the configuration's limits").argParser(
        presentText,
      ),
    )
    .addOption(
      new Option(
        "--strategy <NAME>",
        "a strategy, as often as you like: its name, configured, or oracle, which knows everything (default: configured, and all)",
      ).argParser(list),
    )
    .addOption(new Option("--seeds <N>", "how many runs of each (default: the scenario's, else 3)").argParser(wholeNumber(1, 1_000)))
    .addOption(new Option("--jobs <N>", "how many run at a time (default: one for each core)").argParser(wholeNumber(1, 256)))
    .addOption(new Option("--json", "print all figures as JSON in place of the table"))
    .addOption(new Option("--html <FILE>", "write a report with plots there").argParser(presentText));
  for (const option of invalidOptions()) command.addOption(option);
  return command.action((flags: SimulateFlags) => {
    const { config, scenario, strategy, seeds, jobs, json, html } = flags;
    understood({
      kind: "simulate",
      configFile: config,
      scenarioFile: scenario,
      strategies: strategy,
      seeds,
      jobs,
      json: json === true,
      htmlFile: html,
      skipInvalid: skipsInvalid(flags),
    });
  });
}
