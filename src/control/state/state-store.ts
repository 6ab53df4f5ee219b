import { ok, type Result } from "../../lib/result.ts";
import type { StateContent } from "./state-json.ts";

/** Keeps changes. */
export interface StateStore {
  /** The path of the file. Undefined when nothing is kept. */
  readonly path: string | undefined;
  /**
   * Writes all of it or nothing: once this has resolved well, the content outlives a crash; else what was there before does.
   * @returns Why it failed.
   */
  write(content: StateContent): Promise<Result<undefined, string>>;
}

/** Keeps nothing: changes last until the server stops. */
export const noStore: StateStore = { path: undefined, write: () => Promise.resolve(ok(undefined)) };
