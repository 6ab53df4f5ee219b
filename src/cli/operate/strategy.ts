import type { JsonObject } from "@bufbuild/protobuf";
import { Command, Option } from "commander";
import { SetRoutingStrategyResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { jsonObject, presentText } from "../kit/values.ts";
import { operatorCommand } from "./operator-command.ts";

interface StrategyFlags {
  readonly args?: JsonObject;
  readonly reset?: boolean;
}

/** Makes the command `huntgroup strategy GROUP NAME`. */
export function strategyCommand(understood: Understood): Command {
  const command = new Command("strategy")
    .description("choose how a group's deployments are picked; --reset instead of NAME: as configured")
    .argument("<GROUP>", "", presentText)
    .argument("[NAME]", "", presentText)
    .addOption(new Option("--args <JSON>", "the strategy's arguments, as in routing_strategy_args").argParser(jsonObject))
    .addOption(new Option("--reset", "back to the configuration's"));
  return operatorCommand(command, understood, setStrategy, { changes: true });
}

function setStrategy(group: string, given: string | undefined, { args, reset = false }: StrategyFlags, command: Command): ServerAct {
  if (!reset && given === undefined) command.error('"strategy" needs a strategy (or --reset): huntgroup strategy GROUP NAME');
  if (reset && given !== undefined) command.error(`--reset takes no NAME, such as "${given}".`);
  if (reset && args !== undefined) command.error("--reset takes no --args.");
  const name = given ?? "";
  return async (session) => {
    const response = await session.client.setRoutingStrategy({
      group,
      strategy: name,
      etag: session.etag,
      ...(args !== undefined && { args }),
    });
    session.answer(SetRoutingStrategyResponseSchema, response, () => `${group}: ${response.before} -> ${response.after}\n`);
    return ok(undefined);
  };
}
