import type { ConfigOverlay, OverlayPart } from "../../config/overlay/config-overlay.ts";
import type { ControlState } from "./control-state.ts";

/** The parts of a state that change the configuration, each under a place of its own. Weights, states and keys do not. */
export function overlayOf(state: ControlState): ConfigOverlay {
  return [
    ...[...state.removedIds].map((id): OverlayPart => ({ kind: "removal", id })),
    ...[...state.entries].map(([id, entry]): OverlayPart => ({ kind: "entry", id, entry, place: entryPlace(id) })),
    ...[...state.aliases].map(([alias, change]): OverlayPart => ({ kind: "alias", alias, ...change, place: aliasPlace(alias) })),
    ...[...state.strategies].map(([group, change]): OverlayPart => ({ kind: "strategy", group, ...change, place: strategyPlace(group) })),
  ];
}

/** Names a changed entry in messages, where a file's name would stand. */
export function entryPlace(id: string): string {
  return `deployment ${id} as changed at run time`;
}

/** The same for an alias. */
export function aliasPlace(alias: string): string {
  return `alias ${alias} as changed at run time`;
}

/** The same for a group's strategy. */
export function strategyPlace(group: string): string {
  return `strategy of ${group} as changed at run time`;
}
