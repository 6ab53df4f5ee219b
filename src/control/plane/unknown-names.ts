import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { ControlState } from "../state/control-state.ts";

/** Warnings of what a state says of deployments and keys that the configuration does not know any more. It is kept all the same. */
export function unknownNames(state: ControlState, config: LoadedConfig): readonly string[] {
  const ids = new Set([...config.content.listedIds, ...config.content.digests.keys()]);
  const keys = new Set(config.keys.map(({ name }) => name));
  const gone = new Set([...state.weights.keys(), ...state.states.keys(), ...state.removedIds].filter((id) => !ids.has(id)));
  const goneKeys = [...state.keys.values()].filter(({ name, origin }) => origin === "config" && !keys.has(name));
  return [
    ...[...gone].map((id) => `the state file speaks of a deployment ${id}, which the configuration does not know any more; that is kept`),
    ...goneKeys.map(({ name }) => `the state file speaks of a key ${name}, which the configuration does not know any more; that is kept`),
  ];
}
