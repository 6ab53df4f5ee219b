import type { CallerKey } from "../core/caller-key.ts";

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
