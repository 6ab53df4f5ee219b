import { codeClasses, type ErrorCode, type OutcomeClass } from "../core/errors.ts";

/** Classes how a call or an attempt ended, for labels and logs. @param code Undefined when it went well. */
export function outcomeClass(code: ErrorCode | undefined): OutcomeClass {
  return code === undefined ? "success" : codeClasses[code].outcome;
}

/** Tells whether people should look at an outcome. A fault of the caller and a limit that did its work are no reason to. */
export function isAlarming(outcome: OutcomeClass): boolean {
  return outcome === "server_error" || outcome === "timeout";
}
