import type { Call, FallbackTable } from "../call.ts";
import type { CallerKey } from "../caller-key.ts";
import { RouterError } from "../errors.ts";

/**
 * Why a call's key may not make it. Undefined when it may. Names are compared as the caller wrote them, before it is known whether they exist,
 * so that a refusal does not tell which models there are. Fallbacks that the operator configured are not checked.
 */
export function modelRefusal(call: Call): RouterError | undefined {
  const { caller } = call;
  if (caller === undefined || caller.models.length === 0) return undefined;
  if (!caller.allows(call.model)) return refuse(caller, call.model, "model");
  const named = [
    ["fallbacks", (call.fallbacks ?? []).map((target) => target.model)],
    ["context_window_fallbacks", modelsOf(call.contextWindowFallbacks)],
    ["content_policy_fallbacks", modelsOf(call.contentPolicyFallbacks)],
  ] as const;
  for (const [param, models] of named) {
    const closed = models.find((model) => !caller.allows(model));
    if (closed !== undefined) return refuse(caller, closed, param);
  }
  return undefined;
}

function modelsOf(table: FallbackTable | undefined): readonly string[] {
  return [...(table?.values() ?? [])].flatMap((targets) => targets.map((target) => target.model));
}

function refuse(caller: CallerKey, model: string, param: string): RouterError {
  const message = `The key "${caller.name}" may not use the model "${model}". The list of models (GET /v1/models) has the names that it may.`;
  return new RouterError("permission_denied", message, { param });
}
