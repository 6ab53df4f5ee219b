import type { CallerKey } from "../core/caller-key.ts";
import { RouterError } from "../core/errors.ts";

/** Who stands at a door, once the key was looked at. */
export type Caller =
  /** No key is asked for here. */
  | { readonly kind: "anyone" }
  /** Showed the master key. */
  | { readonly kind: "admin" }
  | { readonly kind: "key"; readonly key: CallerKey };

/** Whether it may look at the router and steer it. */
export function mayOperate(caller: Caller): boolean {
  return caller.kind !== "key";
}

/** Whose limits its calls count for; undefined: nobody's. */
export function keyOf(caller: Caller): CallerKey | undefined {
  return caller.kind === "key" ? caller.key : undefined;
}

/** Why it may not look at the router and steer it; undefined: it may. */
export function operatorRefusal(caller: Caller): RouterError | undefined {
  if (mayOperate(caller)) return undefined;
  return new RouterError(
    "permission_denied",
    "This takes the master key (general_settings.master_key); a caller's key is for calling models.",
  );
}

/** How a caller is named in the audit log. */
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
