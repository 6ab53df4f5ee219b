import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { ControlState } from "../state/control-state.ts";

/**
 * Says how the state differs from the files, in a sentence each.
 * @param base The files alone. Undefined when they are not valid by themselves.
 */
export function describeChanges(state: ControlState, base: LoadedConfig | undefined): readonly string[] {
  const files = new Map(base?.source.deployments.map((deployment) => [deployment.id, deployment]));
  const aliases = new Map(base?.source.aliases.map((alias) => [alias.alias, alias.targets]));
  const keys = new Set(base?.keys.map((key) => key.name));
  const lines: string[] = [];
  for (const [id, entry] of state.entries) {
    const model = entry["model_name"];
    const group = typeof model === "string" ? model : "?";
    lines.push(
      base?.content.listedIds.has(id) === true
        ? `deployment ${id} has another entry, in ${group}`
        : `deployment ${id} was added to ${group}`,
    );
  }
  for (const id of state.removedIds) lines.push(`deployment ${id} was removed${unknown(base, base?.content.listedIds.has(id))}`);
  for (const [id, weight] of state.weights) {
    const written = files.get(id)?.weight;
    if (written === weight) continue;
    lines.push(
      `the weight of ${id} is ${weight}${written === undefined ? "" : `, in the file ${written}`}${unknown(base, isKnown(id, state, base))}`,
    );
  }
  for (const [id, made] of state.states) lines.push(`deployment ${id} is ${made}${unknown(base, isKnown(id, state, base))}`);
  for (const [group, { strategy }] of state.strategies) {
    const written = base?.source.groupStrategies.get(group) ?? base?.source.strategy;
    lines.push(`the strategy of ${group} is ${strategy}${written === undefined ? "" : `, in the file ${written.name}`}`);
  }
  for (const [alias, { targets, hidden }] of state.aliases) {
    const written = aliases.get(alias);
    const now = targets.length === 0 ? "was removed" : `stands for ${targets.join(", ")}${hidden ? " (hidden)" : ""}`;
    lines.push(`the alias ${alias} ${now}${written === undefined ? "" : `, in the file for ${written.join(", ")}`}`);
  }
  for (const { name, origin, revoked } of state.keys.values()) {
    if (origin === "admin") lines.push(`the key ${name} was made${revoked ? " and revoked" : ""}`);
    else lines.push(`the key ${name} was ${revoked ? "revoked" : "rotated"}${unknown(base, keys.has(name))}`);
  }
  return lines;
}

function isKnown(id: string, state: ControlState, base: LoadedConfig | undefined): boolean {
  return state.entries.has(id) || base?.content.listedIds.has(id) === true;
}

function unknown(base: LoadedConfig | undefined, known: boolean | undefined): string {
  return base === undefined || known === true ? "" : " (the configuration does not know it any more)";
}
