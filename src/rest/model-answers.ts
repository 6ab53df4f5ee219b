import { keyOf, type Caller } from "../auth/caller.ts";
import type { CallRouter } from "../core/call-router.ts";
import { RouterError } from "../core/errors.ts";
import type { JsonMembers } from "../core/provider.ts";
import { metadataJson, modelMetadata } from "../inbound/model-metadata.ts";
import { modelObject, serverStart, visibleModels } from "../inbound/visible-models.ts";
import { isTooLongName, shownName } from "../lib/long-name.ts";
import type { Clock } from "../lib/clock.ts";
import { anthropicModel, anthropicModels, formatOfModels } from "./anthropic-models.ts";
import type { Exchange } from "./exchange.ts";
import type { Route } from "./routes.ts";

interface ModelAnswersOptions {
  readonly router: Pick<CallRouter, "models" | "knows" | "behind">;
  readonly clock: Clock;
}

type ModelRoute = Extract<Route, { readonly kind: "models" | "model" }>;

/** @returns Answers what OpenAI's clients ask of models: which there are, and whether there is one, with what is known of each where they ask for that. */
export function createModelAnswers({
  router,
  clock,
}: ModelAnswersOptions): (exchange: Exchange, route: ModelRoute, caller: Caller, query: URLSearchParams) => void {
  const created = serverStart(clock);

  return (exchange, route, caller, query) => {
    const key = keyOf(caller);
    const withMetadata = query.get("include_metadata")?.toLowerCase() === "true";
    const { url = "", headers } = exchange.request;
    const isAnthropic = formatOfModels(url, headers["anthropic-version"]) !== undefined;
    const told = (id: string): JsonMembers =>
      isAnthropic
        ? anthropicModel(id, created, modelMetadata(router.behind(id)))
        : {
            ...modelObject(id, created),
            ...(withMetadata && { metadata: metadataJson(modelMetadata(router.behind(id))) }),
          };
    const listOf = (ids: readonly string[]): JsonMembers =>
      isAnthropic ? anthropicModels(ids, query, told) : { object: "list", data: ids.map(told) };
    switch (route.kind) {
      case "models":
        exchange.sendJson(200, JSON.stringify(listOf(visibleModels(router, key))));
        return;
      case "model":
        // A model that the key may not use is answered like one that does not exist: the key's holder may not learn which it is.
        if (!isTooLongName(route.model) && router.knows(route.model) && key?.allows(route.model) !== false) {
          exchange.sendJson(200, JSON.stringify(told(route.model)));
        } else {
          const message = `The model ${JSON.stringify(shownName(route.model))} does not exist here.`;
          exchange.sendError(new RouterError("model_not_found", message, { param: "model" }));
        }
        return;
      default:
        route satisfies never;
    }
  };
}
