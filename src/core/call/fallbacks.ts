import type { Call, FallbackTable, FallbackTarget } from "../call.ts";
import { codeClasses, type RouterError } from "../errors.ts";
import type { FallbackSettings } from "../router-settings.ts";

const none: readonly FallbackTarget[] = [];

/** What a call says of its own fallbacks. */
type Wishes = Pick<Call, "disableFallbacks" | "fallbacks" | "contextWindowFallbacks" | "contentPolicyFallbacks">;

/**
 * Where a call goes when a group has failed it. A prompt that is too long and a refused content have lists of their own; where such
 * a list is configured but does not name the group, there is no fallback, as in LiteLLM. Other faults of the caller have none.
 * @param names The name that the call was routed by and the group that it led to: an alias comes before what it stands for.
 */
export function fallbackTargets(
  error: RouterError,
  names: readonly string[],
  call: Wishes,
  settings: FallbackSettings,
): readonly FallbackTarget[] {
  if (call.disableFallbacks) return none;
  switch (error.code) {
    case "context_length_exceeded":
      return special(call.contextWindowFallbacks ?? settings.contextWindow, names, call, settings);
    case "content_policy_violation":
      return special(call.contentPolicyFallbacks ?? settings.contentPolicy, names, call, settings);
    case "no_capacity":
      return generic(names, call, settings);
    default:
      return codeClasses[error.code].failure === "caller" ? none : generic(names, call, settings);
  }
}

function special(table: FallbackTable, names: readonly string[], call: Wishes, settings: FallbackSettings): readonly FallbackTarget[] {
  return table.size === 0 ? generic(names, call, settings) : (lookUp(table, names) ?? none);
}

function generic(names: readonly string[], call: Wishes, settings: FallbackSettings): readonly FallbackTarget[] {
  return call.fallbacks ?? lookUp(settings.generic, names) ?? none;
}

/** By the exact names, by the names without their provider, and last by `*`. */
function lookUp(table: FallbackTable, names: readonly string[]): readonly FallbackTarget[] | undefined {
  const bare = names.map((name) => name.slice(name.indexOf("/") + 1));
  for (const name of [...names, ...bare, "*"]) {
    const targets = table.get(name);
    if (targets !== undefined) return targets;
  }
  return undefined;
}
