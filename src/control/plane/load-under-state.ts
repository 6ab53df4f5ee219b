import type { ConfigOverlay, OverlayPart } from "../../config/overlay/config-overlay.ts";
import { formatProblem, type ConfigProblem } from "../../config/load/config-problem.ts";
import type { LoadedConfig, LoadResult } from "../../config/load/load-config.ts";
import type { ControlState } from "../state/control-state.ts";
import { overlayOf } from "../state/overlay-of.ts";

/**
 * Loads the configuration with changes laid over its files.
 * @param options `texts` are the files' contents by path; undefined reads the disk. `knownFaults` are those of deployments that are borne.
 */
export type ConfigLoader = (options: {
  readonly overlay: ConfigOverlay;
  readonly texts: ReadonlyMap<string, string> | undefined;
  readonly knownFaults?: ReadonlySet<string> | undefined;
}) => Promise<LoadResult>;

/** A configuration as a state changes it. */
export interface LoadUnderState {
  readonly result: LoadResult;
  /** The files without any change. Undefined when something is wrong in them. */
  readonly base: LoadedConfig | undefined;
  /** Changes that do not fit the files any more. They are kept, and are not in force. */
  readonly leftOut: ConfigOverlay;
}

/**
 * Loads the files with a state laid over them. The files must be valid by themselves. Changes of the state that do not fit them any more
 * are left out with a warning: what was changed some time ago must not make a start or the edit of a file fail.
 * @param loaded The files without any change, where they were just loaded. Thousands of deployments take a while.
 */
export async function loadUnderState(load: ConfigLoader, state: ControlState, loaded?: LoadResult): Promise<LoadUnderState> {
  const base = loaded ?? (await load({ overlay: [], texts: undefined }));
  const overlay = overlayOf(state);
  if (overlay.length === 0 || base.config === undefined) return { result: base, base: base.config, leftOut: [] };
  const leftOut: OverlayPart[] = [];
  const told: ConfigProblem[] = [];
  for (let parts = overlay; parts.length > 0;) {
    const result = await load({ overlay: parts, texts: base.texts });
    if (result.config !== undefined) return { result: withWarnings(result, told), base: base.config, leftOut };
    const guilty = new Map(parts.map((part) => [part, result.problems.filter((problem) => problem.file === placeOf(part))]));
    const fitting = parts.filter((part) => guilty.get(part)?.length === 0);
    if (fitting.length === parts.length) {
      // Together they make the files themselves wrong, as when an alias's last deployment was removed.
      const [first] = result.problems;
      const reason = first === undefined ? "" : `: ${formatProblem(first)}`;
      const message = `the changes made at run time do not fit the configuration any more, and are LEFT OUT${reason}`;
      return { result: withWarnings(base, [{ ...atStart(base), message }]), base: base.config, leftOut: overlay };
    }
    for (const problems of guilty.values())
      told.push(...problems.map((problem) => ({ ...problem, message: `LEFT OUT: ${problem.message}` })));
    leftOut.push(...parts.filter((part) => !fitting.includes(part)));
    parts = fitting;
  }
  return { result: withWarnings(base, told), base: base.config, leftOut };
}

/** A state's overlay without the parts that were left out. */
export function overlayWithout(state: ControlState, leftOut: ConfigOverlay): ConfigOverlay {
  const names = new Set(leftOut.map(placeOf));
  return overlayOf(state).filter((part) => !names.has(placeOf(part)));
}

function placeOf(part: OverlayPart): string {
  return part.kind === "removal" ? `removal of ${part.id}` : part.place;
}

function withWarnings(result: LoadResult, warnings: readonly ConfigProblem[]): LoadResult {
  return { ...result, warnings: [...result.warnings, ...warnings] };
}

function atStart({ wanted }: LoadResult): ConfigProblem {
  return { file: wanted[0] ?? "", line: 1, column: 1, key: "", message: "", sourceLine: "", caretColumn: 1 };
}
