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
  /** Whether nothing on disk may be changed. */
  readonly readOnly: boolean;
  /** @returns The path of a configuration's state file. Undefined when the state is not kept. */
  readonly stateFile: (config: LoadedConfig) => string | undefined;
}

/** Loads a configuration, its state file, and the two together. */
export async function openControl({ load, clock, readOnly, stateFile }: OpenOptions): Promise<OpenedControl> {
  const alone = await load({ overlay: [], texts: undefined });
  const opened = await openState(alone.config === undefined ? undefined : stateFile(alone.config), { clock, readOnly });
  const loaded = await loadUnderState(load, opened.state, alone);
  const { config } = loaded.result;
  if (config === undefined) return { ...opened, ...loaded };
  if (!readOnly) await keepIdSecret(opened, config);
  return { ...opened, ...loaded, warnings: [...opened.warnings, ...unknownNames(opened.state, config)] };
}

/**
 * Has the secret of ids outlive the server where there is no other. A file that cannot be written is told of already, and one that is written
 * for another reason later takes it along.
 */
async function keepIdSecret({ store, state, spend, idSecret, idSecretIsKept }: OpenedState, config: LoadedConfig): Promise<void> {
  const isNeeded = config.idSecret === undefined && config.masterKey === undefined;
  if (isNeeded && !idSecretIsKept) await store.write({ state, spend, idSecret });
}
