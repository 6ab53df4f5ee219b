import { shownName } from "../../lib/long-name.ts";
import type { JsonObject } from "../../config/overlay/json-node.ts";
import { RouterError } from "../../core/errors.ts";
import { err, ok } from "../../lib/result.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { Replaced } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { strategyPlace } from "../state/overlay-of.ts";
import { literalSecrets } from "./literal-secrets.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest, unchanged } from "./refuse.ts";

interface StrategyRequest {
  readonly group: string;
  /** Undefined gives the group the configuration's again. */
  readonly strategy: string | undefined;
  readonly args: object;
}

/** Gives a group another strategy. */
export function planSetRoutingStrategy(present: Present, { group, strategy, args }: StrategyRequest): Planned<Replaced<string>> {
  const { state } = present;
  const groups = present.groups();
  const before = groups.get(group);
  if (before === undefined) {
    const known = [...groups.keys()];
    return err(new RouterError("not_found", `There is no group "${shownName(group)}"${didYouMean(group, known)}. ${unchanged}`));
  }
  if (strategy !== undefined && /\/|\.[cm]?[jt]s$/.test(strategy)) {
    return refuseRequest("A strategy of your own is named in the configuration file, which stands beside it", "strategy");
  }
  const written = literalSecrets(args as JsonObject, "args");
  if (written.length > 0) return refuseRequest(`${written.join(", ")} must not hold a secret`, "args");
  const change = strategy === undefined ? undefined : { strategy, args: args as JsonObject };
  return ok({
    next: { ...state, strategies: withKey(state.strategies, group, change) },
    check: { place: strategyPlace(group) },
    conclude({ config: { source } }) {
      const after = (source.groupStrategies.get(group) ?? source.strategy).name;
      return { before: `${group} ${before}`, after: `${group} ${after}`, answer: { before, after } };
    },
  });
}
