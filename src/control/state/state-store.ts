import { ok, type Result } from "../../lib/result.ts";
import type { StateContent } from "./state-json.ts";

/** Where changes are kept. */
export interface StateStore {
  /** Undefined: nowhere. */
  readonly path: string | undefined;
  /** All or nothing: once it has resolved well, the content outlives a crash; else what was there before does. @returns Why it failed. */
  write(content: StateContent): Promise<Result<undefined, string>>;
}

/** Changes last until the server stops. */
export const noStore: StateStore = { path: undefined, write: () => Promise.resolve(ok(undefined)) };
