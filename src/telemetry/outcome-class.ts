import { codeClasses, type ErrorCode, type OutcomeClass } from "../core/errors.ts";

/** @param code Undefined when it went well. */
export function outcomeClass(code: ErrorCode | undefined): OutcomeClass {
  return code === undefined ? "success" : codeClasses[code].outcome;
}

/** Whether people should look at it: nothing that a caller did, and no limit that did its work. */
export function isAlarming(outcome: OutcomeClass): boolean {
  return outcome === "server_error" || outcome === "timeout";
}
