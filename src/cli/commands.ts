import { checkSpec } from "./local/check-spec.ts";
import type { CommandSpec } from "./kit/command-spec.ts";
import { alias } from "./operate/alias.ts";
import { changes } from "./operate/changes.ts";
import { config } from "./operate/config.ts";
import { deployments } from "./operate/deployments.ts";
import { add, remove, update } from "./operate/edit-deployment.ts";
import { explain } from "./operate/explain.ts";
import { keysCreate, keysList, keysRevoke, keysRotate } from "./operate/keys.ts";
import { reload } from "./operate/reload.ts";
import { resetCooldown } from "./operate/reset-cooldown.ts";
import { activate, block, drain } from "./operate/set-state.ts";
import { stats } from "./operate/stats.ts";
import { strategy } from "./operate/strategy.ts";
import { weightsSet } from "./operate/weights-set.ts";
import { serveSpec } from "./local/serve-spec.ts";

/** Every command, in the order that the help lists them. */
export const commands: readonly CommandSpec[] = [
  serveSpec,
  checkSpec,
  deployments,
  weightsSet,
  drain,
  block,
  activate,
  resetCooldown,
  explain,
  stats,
  reload,
  config,
  changes,
  add,
  update,
  remove,
  strategy,
  alias,
  keysList,
  keysCreate,
  keysRevoke,
  keysRotate,
];
