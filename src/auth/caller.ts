import type { CallerKey } from "../core/caller-key.ts";
import { RouterError } from "../core/errors.ts";

/** Who makes a request, once its key was checked. */
export type Caller =
  /** No keys are configured. */
  | { readonly kind: "anyone" }
  /** The holder of the master key. */
  | { readonly kind: "admin" }
  /** The holder of a caller's key. */
  | { readonly kind: "key"; readonly key: CallerKey };

/** Whether a caller may look into the router and steer it. */
export function mayOperate(caller: Caller): boolean {
  return caller.kind !== "key";
}

/** The key whose limits a caller's calls count for. Undefined where no limits do. */
export function keyOf(caller: Caller): CallerKey | undefined {
  return caller.kind === "key" ? caller.key : undefined;
}

/** Why a caller may not look into the router and steer it. Undefined where it may. */
export function operatorRefusal(caller: Caller): RouterError | undefined {
  if (mayOperate(caller)) return undefined;
  return new RouterError(
    "permission_denied",
    "This takes the master key (general_settings.master_key); a caller's key is for calling models.",
  );
}

/** A caller's name in the audit log. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case "anyone":
      return "anyone (no master key is set)";
    case "admin":
      return "master key";
    case "key":
      return `key ${caller.key.name}`;
    default:
      return caller satisfies never;
  }
}
