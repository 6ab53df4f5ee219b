import { RouterError } from "../../core/errors.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { keyRecords } from "../state/key-records.ts";
import type { Present } from "./plan.ts";
import { unchanged } from "./refuse.ts";

/** The key of a name, with what was changed of it. Undefined when there is none. */
export function namedKey(name: string, { config, state }: Present): KeyRecord | undefined {
  return keyRecords(config.keys, state).find((record) => record.name === name);
}

/** The error for a name that no key has. Does not repeat the name, which may be a secret given in its place. */
export function noKey(): RouterError {
  return new RouterError("not_found", `There is no key of that name. ${unchanged}`);
}
