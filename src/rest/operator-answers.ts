import { mayOperate, type Caller } from "../auth/caller.ts";
import type { Operator } from "../control/operator.ts";
import type { Deployment } from "../core/deployment.ts";
import { RouterError } from "../core/errors.ts";
import { shownName } from "../lib/long-name.ts";
import type { Cors } from "../inbound/cors.ts";
import type { Exchange } from "./exchange.ts";
import { checkHealth } from "./health-check.ts";
import { modelGroupInfo, modelInfo } from "./model-info.ts";
import type { ProbeDeps } from "./probe.ts";
import { routerSettingsList } from "./router-settings.ts";
import type { Route } from "./routes.ts";

interface OperatorAnswersOptions extends ProbeDeps {
  /** Knows the configuration in force. */
  readonly operator: Pick<Operator, "config">;
  /** Which web pages may call. Omit it to let none. */
  readonly cors?: Cors | undefined;
}

/** What operators and their tools ask of a running router. The answers have the shapes of LiteLLM's. */
export type OperatorRoute = Extract<Route, { readonly kind: "model_info" | "model_group_info" | "health" | "router_settings" }>;

/** @returns Answers a caller whose key was checked. */
export function createOperatorAnswers(
  options: OperatorAnswersOptions,
): (exchange: Exchange, route: OperatorRoute, caller: Caller, query: URLSearchParams) => void {
  const { router, operator, cors } = options;

  return (exchange, route, caller, query) => {
    switch (route.kind) {
      case "model_info": {
        const id = query.get("litellm_model_id");
        const found = visible(caller).filter((deployment) => id === null || deployment.id === id);
        if (id !== null && found.length === 0) exchange.sendError(unknownDeployment(id, "litellm_model_id"));
        else send(exchange, { data: found.map((one) => modelInfo(one, caller.kind !== "key")) });
        return;
      }
      case "model_group_info": {
        const group = query.get("model_group");
        send(exchange, { data: modelGroupInfo(visible(caller).filter((deployment) => group === null || deployment.group === group)) });
        return;
      }
      case "health":
        if (mayAsk(exchange, caller)) answerHealth(exchange, query);
        return;
      case "router_settings":
        if (mayAsk(exchange, caller)) send(exchange, routerSettingsList(operator.config().config));
        return;
      default:
        route satisfies never;
    }
  };

  /** The deployments that a caller may call. */
  function visible(caller: Caller): readonly Deployment[] {
    const all = router.catalog();
    return caller.kind === "key" ? all.filter(({ group }) => caller.key.allows(group)) : all;
  }

  function answerHealth(exchange: Exchange, query: URLSearchParams): void {
    const { headers } = exchange.request;
    // Browsers send this without asking first: a page of unknown origin could spend the money behind a local router that has no key.
    const site = headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin" && site !== "none" && cors?.(headers.origin) === undefined) {
      exchange.sendError(new RouterError("permission_denied", "Pages of other origins may not probe the deployments here."));
      return;
    }
    const model = query.get("model");
    const wanted = router.catalog().filter(({ id, group, address }) => model === null || [id, group, address].includes(model));
    if (model !== null && wanted.length === 0) {
      exchange.sendError(unknownDeployment(model, "model"));
      return;
    }
    const cancel = checkHealth(wanted, options, (report) => send(exchange, report));
    exchange.onClose(cancel);
  }
}

function mayAsk(exchange: Exchange, caller: Caller): boolean {
  if (mayOperate(caller)) return true;
  exchange.sendError(new RouterError("permission_denied", "This key may call models. This is for the holder of the master key."));
  return false;
}

function send(exchange: Exchange, body: object): void {
  if (exchange.isOpen) exchange.sendJson(200, JSON.stringify(body));
}

function unknownDeployment(name: string, param: string): RouterError {
  return new RouterError("model_not_found", `No deployment is known as ${JSON.stringify(shownName(name))} here.`, { param });
}
