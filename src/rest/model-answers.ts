import { keyOf, type Caller } from "../auth/caller.ts";
import type { CallRouter } from "../core/call-router.ts";
import type { CallerKey } from "../core/caller-key.ts";
import { RouterError } from "../core/errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Exchange } from "./exchange.ts";
import type { Route } from "./routes.ts";

interface ModelAnswersOptions {
  readonly router: Pick<CallRouter, "models" | "knows">;
  readonly clock: Clock;
}

/** @returns Answers what OpenAI's clients ask of models: which there are, and whether there is one. */
export function createModelAnswers({
  router,
  clock,
}: ModelAnswersOptions): (exchange: Exchange, route: Extract<Route, { readonly kind: "models" | "model" }>, caller: Caller) => void {
  // OpenAI's clients want a time of creation that stays the same. No deployment has one, so it is the server's start, in Unix seconds.
  const created = Math.floor(clock.wallTime() / 1000);
  const modelObject = (id: string) => ({ id, object: "model", created, owned_by: "huntgroup" });

  return (exchange, route, caller) => {
    const key = keyOf(caller);
    switch (route.kind) {
      case "models":
        exchange.sendJson(200, JSON.stringify({ object: "list", data: visibleModels(router, key).map(modelObject) }));
        return;
      case "model":
        // A model that the key may not use is answered like one that does not exist: the key's holder may not learn which it is.
        if (router.knows(route.model) && key?.allows(route.model) !== false) {
          exchange.sendJson(200, JSON.stringify(modelObject(route.model)));
        } else {
          const message = `The model ${JSON.stringify(route.model)} does not exist here.`;
          exchange.sendError(new RouterError("model_not_found", message, { param: "model" }));
        }
        return;
      default:
        route satisfies never;
    }
  };
}

/**
 * The names that a key may use; all of them without a key. Wildcard names are listed as configured. A name or pattern of the key that is in
 * no list, but that the router knows, is listed as the key has it.
 */
export function visibleModels(router: Pick<CallRouter, "models" | "knows">, key: CallerKey | undefined): readonly string[] {
  if (key === undefined || key.models.length === 0) return router.models();
  const listed = router.models().filter((model) => key.allows(model));
  return [...new Set([...listed, ...key.models.filter((model) => router.knows(model))])];
}
