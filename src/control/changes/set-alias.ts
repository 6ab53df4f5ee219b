import { shownName } from "../../lib/long-name.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import { RouterError } from "../../core/errors.ts";
import { err, ok } from "../../lib/result.ts";
import type { Replaced } from "../operator.ts";
import { withKey } from "../state/control-state.ts";
import { aliasPlace } from "../state/overlay-of.ts";
import type { Planned, Present } from "./plan.ts";
import { refuseRequest, unchanged } from "./refuse.ts";

interface AliasRequest {
  readonly alias: string;
  /** Empty removes the alias. */
  readonly targets: readonly string[];
  readonly hidden: boolean;
}

/** Sets or removes another name of groups. */
export function planSetAlias(present: Present, { alias, targets, hidden }: AliasRequest): Planned<Replaced<readonly string[]>> {
  const { state, config, base } = present;
  if (alias === "") return refuseRequest("The alias has no name", "alias");
  const current = targetsOf(alias, config);
  if (targets.length === 0 && current === undefined) {
    return err(new RouterError("not_found", `There is no alias "${shownName(alias)}" to remove. ${unchanged}`));
  }
  // One of the files is taken away by a change that says so; one that was set at run time by having no change of it.
  const inFiles = base === undefined || targetsOf(alias, base) !== undefined;
  const change = targets.length === 0 && !inFiles ? undefined : { targets, hidden };
  return ok({
    next: { ...state, aliases: withKey(state.aliases, alias, change) },
    check: { place: aliasPlace(alias) },
    conclude(done) {
      const before = current ?? [];
      const after = targetsOf(alias, done.config) ?? [];
      return {
        before: `${alias} → ${before.join(", ")}`,
        after: `${alias} → ${after.join(", ")}${hidden ? " (hidden)" : ""}`,
        answer: { before, after },
      };
    },
  });
}

function targetsOf(alias: string, { source }: LoadedConfig): readonly string[] | undefined {
  return source.aliases.find((one) => one.alias === alias)?.targets;
}
