import type { Call, FallbackTable, FallbackTarget } from "../call.ts";
import { codeClasses, RouterError } from "../errors.ts";
import { callEndpointRefusal } from "../keys/endpoint-access.ts";
import { modelRefusal } from "../keys/model-access.ts";
import type { FallbackSettings } from "../router-settings.ts";
import type { Resolution, RoutingTable } from "../table/routing-table.ts";
import type { CallAccounting } from "./accounting.ts";
import { GroupAttempts } from "./group-attempts.ts";

const none: readonly FallbackTarget[] = [];

/** What a call says about its own fallbacks. */
type Wishes = Pick<Call, "pinnedTo" | "disableFallbacks" | "fallbacks" | "contextWindowFallbacks" | "contentPolicyFallbacks">;

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
  if (call.disableFallbacks || call.pinnedTo !== undefined) return none;
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

/** The way of one call from group to group once the first has failed it. */
export class FallbackPath {
  readonly #call: Call;
  readonly #table: RoutingTable;
  readonly #most: number;
  readonly #visited: Set<string>;
  #ahead: readonly FallbackTarget[] = none;
  #taken = 0;
  /** What a group failed with that would have taken the call. */
  #failure: RouterError | undefined;

  constructor(call: Call, table: RoutingTable) {
    this.#call = call;
    this.#table = table;
    this.#most = call.maxFallbacks ?? table.settings.fallbacks.maxFallbacks;
    this.#visited = new Set([call.model]);
  }

  /** Whether there is another group to go to after this failure. Changes nothing. */
  leadsOn({ names }: GroupAttempts, error: RouterError): boolean {
    if (this.#taken >= this.#most) return false;
    return this.#after(names, error).some(({ model }) => !this.#visited.has(model) && this.#table.resolve(model) !== undefined);
  }

  /**
   * The group's next order, then the next group that was not tried yet and exists. Counts as taken.
   * @param canServe Whether anything may be used there now; not asked of another group.
   */
  next(from: GroupAttempts, error: RouterError, canServe: (higher: GroupAttempts) => boolean): GroupAttempts | undefined {
    if (!isUnfit(error)) this.#failure ??= error;
    const mayGo = this.#taken < this.#most;
    const higher = mayGo ? from.nextOrder(error) : undefined;
    if (higher !== undefined && canServe(higher)) {
      this.#taken++;
      return higher;
    }
    this.#ahead = this.#after(from.names, error);
    const next = mayGo ? this.#nextTarget() : undefined;
    if (next !== undefined) this.#taken++;
    return next;
  }

  /**
   * What the caller hears when nothing is left to try.
   * @param last What the last group failed with. Where none of all could be sent the call, that is the caller's to change.
   */
  verdict(last: RouterError): RouterError {
    if (!isUnfit(last)) return last;
    const { message, param, deploymentId } = last;
    return this.#failure ?? new RouterError("invalid_request", message, { param, deploymentId });
  }

  /** What lies ahead once a group has failed with this error. */
  #after(names: readonly string[], error: RouterError): readonly FallbackTarget[] {
    return [...this.#ahead, ...fallbackTargets(error, names, this.#call, this.#table.settings.fallbacks)];
  }

  #nextTarget(): GroupAttempts | undefined {
    for (;;) {
      const [target, ...rest] = this.#ahead;
      if (target === undefined) return undefined;
      this.#ahead = rest;
      if (this.#visited.has(target.model)) continue;
      this.#visited.add(target.model);
      const resolution = this.#table.resolve(target.model);
      if (resolution === undefined) continue;
      const named: Call = { ...this.#call, model: target.model };
      const call = target.amend === undefined ? named : target.amend(named);
      if (call === undefined) continue;
      return new GroupAttempts(withKeyTags(call), resolution, this.#table.settings);
    }
  }
}

/** Whether an adapter, and no provider, found that a deployment lacks what a call asks for. */
function isUnfit({ code, upstream }: RouterError): boolean {
  return code === "cannot_serve_this" && upstream === undefined;
}

/** A fallback may come with tags of its own; the key's stay. */
function withKeyTags(call: Call): Call {
  const missing = call.caller?.tags.filter((tag) => !call.tags.includes(tag)) ?? [];
  return missing.length === 0 ? call : { ...call, tags: [...call.tags, ...missing] };
}

function noKeeper(id: string, model: string, table: RoutingTable): RouterError {
  if (table.entry(id) === undefined) return new RouterError("not_found", "The deployment that keeps this is no longer configured here.");
  const message = `The deployment that keeps what the request names is not one of the model "${model}", nor is any of the same account.`;
  return new RouterError("invalid_request", message, { param: "model" });
}

/** A call that is pinned to what is not there for its model, as others can serve it; every other call as it is. */
export function withLivePin(call: Call, table: RoutingTable): Call {
  if (call.pinnedTo === undefined || call.withoutPin === undefined) return call;
  return table.resolvePinned(call.pinnedTo, call.model, true) === undefined ? call.withoutPin() : call;
}

/** Where a call goes first, once its key's limits have admitted it; or why it goes nowhere. */
export function destinationOf(call: Call, table: RoutingTable, accounting: CallAccounting): Resolution | RouterError {
  const refusal = callEndpointRefusal(call) ?? modelRefusal(call);
  if (refusal !== undefined) return refusal;
  const resolution =
    call.pinnedTo === undefined
      ? (table.resolve(call.model) ?? table.resolveLeftOut(call.model))
      : table.resolvePinned(call.pinnedTo, call.model, call.endpoint !== "kept");
  if (resolution !== undefined) return accounting.admit(resolution) ?? resolution;
  if (call.pinnedTo !== undefined) return noKeeper(call.pinnedTo, call.model, table);
  const message = `The model "${call.model}" does not exist here. The list of models (GET /v1/models) has the names that do.`;
  return new RouterError("model_not_found", message, { param: "model" });
}
