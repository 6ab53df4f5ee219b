import { SetRoutingStrategyResponseSchema } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { operatorSpec } from "./operator-spec.ts";

export const strategy = operatorSpec({
  name: "strategy",
  usage: "GROUP NAME [--args JSON]",
  summary: "choose how a group's deployments are picked; --reset instead of NAME: as configured",
  options: [
    { name: "args", value: "JSON", help: "the strategy's arguments, as in routing_strategy_args" },
    { name: "reset", help: "back to the configuration's" },
  ],
  changes: true,
  parse(words) {
    const group = words.argument("a group");
    const reset = words.flag("reset");
    const name = reset ? "" : words.argument("a strategy (or --reset)");
    const args = words.json("args");
    if (reset && args !== undefined) words.refuse("--reset takes no --args.");
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
  },
});
