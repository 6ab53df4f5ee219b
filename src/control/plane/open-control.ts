import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { Clock } from "../../lib/clock.ts";
import { loadUnderState, type ConfigLoader, type LoadUnderState } from "./load-under-state.ts";
import { openState, type OpenedState } from "../state/open-state.ts";
import { unknownNames } from "./unknown-names.ts";

/** The configuration as the state file changes it, before anything runs. */
export interface OpenedControl extends OpenedState, LoadUnderState {}

interface OpenOptions {
  readonly load: ConfigLoader;
  readonly clock: Clock;
  /** Only looks: nothing on disk is changed. */
  readonly readOnly: boolean;
  /** @returns Where the state of a configuration is kept; undefined: nowhere. */
  readonly stateFile: (config: LoadedConfig) => string | undefined;
}

/** Loads a configuration, its state file, and the two together. */
export async function openControl({ load, clock, readOnly, stateFile }: OpenOptions): Promise<OpenedControl> {
  const alone = await load({ overlay: [], texts: undefined });
  const opened = await openState(alone.config === undefined ? undefined : stateFile(alone.config), { clock, readOnly });
  const loaded = await loadUnderState(load, opened.state, alone);
  const { config } = loaded.result;
  return { ...opened, ...loaded, warnings: [...opened.warnings, ...(config === undefined ? [] : unknownNames(opened.state, config))] };
}
