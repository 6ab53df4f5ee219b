import type { Authenticator } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import { readCredentials } from "../auth/credentials.ts";
import type { Operator } from "../control/operator.ts";
import type { CallRouter } from "../core/call-router.ts";
import { RouterError } from "../core/errors.ts";
import type { CallerFormat } from "../core/format.ts";
import { headerReader } from "../inbound/call-headers.ts";
import { callIdOf } from "../inbound/call-id.ts";
import { preflightHeaders, type Cors } from "../inbound/cors.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../inbound/http-handler.ts";
import type { PinnedIds } from "../core/pinned-ids.ts";
import type { InboundObserver } from "../inbound/inbound-observer.ts";
import { pathOfUrl } from "../inbound/path-of-url.ts";
import { clientIdentity } from "../inbound/client-identity.ts";
import { remoteAddress } from "../inbound/remote-address.ts";
import type { Clock } from "../lib/clock.ts";
import { formatOfModels } from "./anthropic-models.ts";
import { createCallAnswers } from "./call-answers.ts";
import { Exchange } from "./exchange.ts";
import { answerMetrics, type MetricsAccess } from "./metrics-answers.ts";
import { createModelAnswers } from "./model-answers.ts";
import { createOperatorAnswers } from "./operator-answers.ts";
import { allowedMethods, findRoute, isRealtimePath, knownPaths, type PassThroughRoute, type Route } from "./routes.ts";
import { cutText } from "../lib/cut-text.ts";

/** What the REST API works on. */
export interface RestHandlerOptions {
  readonly router: CallRouter;
  /** Answers operators. A handler instead: the requests of operators, those for metrics too, are passed on to it. */
  readonly operator: Operator | HttpHandler;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  /** The largest request body in bytes. It is read for each request, because a reload may change it. */
  readonly maxBodyBytes: number;
  /** Reads and makes the ids of what deployments keep. */
  readonly ids: PinnedIds;
  /** Makes an id for a call whose caller gave none: printable ASCII. */
  newCallId(): string;
  /** The formats that callers may speak. Omit it for all that are listed in `formats/`. */
  readonly formats?: readonly CallerFormat[] | undefined;
  /** Which web pages may call. Omit it to let none. */
  readonly cors?: Cors | undefined;
  /** Paths that lead to other servers. Omit it for none. */
  readonly passThrough?: ((path: string) => PassThroughRoute | undefined) | undefined;
  /** Whether a load balancer should send requests here. */
  isReady(): boolean;
  /** The page at `/metrics`. Omit it to have none there. */
  readonly metrics?: MetricsAccess | undefined;
  /** Called for each request that is turned away. Omit it to ignore them. */
  readonly observer?: InboundObserver | undefined;
  /** Called for each fault of this program; the request at hand got a 500. Must not throw. */
  onInternalError(error: unknown): void;
}

/**
 * The REST API: OpenAI's paths in front of the router, those that LiteLLM's operators know, and probes. The handler does not throw. Attach it
 * to the `checkContinue` event too: it asks for the bodies that it wants.
 */
export function createRestHandler(options: RestHandlerOptions): HttpHandler {
  const { authenticator, cors, formats } = options;
  const newCallId = () => options.newCallId();
  const onInternalError = (error: unknown) => options.onInternalError(error);
  const { answer, passOn } = createAnswers(options);

  return (request, response) => {
    const exchange = new Exchange({
      request,
      response,
      callId: callIdOf(headerReader(request.headers)("x-request-id"), newCallId),
      cors: cors?.(request.headers.origin),
      onRefused: options.observer && ((error) => tell(request, exchange.callId, error)),
      onInternalError,
    });
    exchange.guard(() => serve(exchange, response));
  };

  function serve(exchange: Exchange, response: HttpResponse): void {
    const { request } = exchange;
    const path = pathOfUrl(request.url ?? "");
    const route = findRoute(path, request.method ?? "", formats) ?? options.passThrough?.(path);
    if (route?.kind === "call") exchange.format = route.caller;
    else exchange.format = formatOfModels(path, request.headers["anthropic-version"]) ?? exchange.format;
    if (passOn !== undefined && route !== undefined && operatorRoutes.has(route.kind)) {
      passOn(request, response);
      return;
    }
    if (route === undefined || (route.kind === "metrics" && options.metrics === undefined)) {
      exchange.refuse(new RouterError("unknown_url", nothingAt(path)));
      return;
    }
    if (request.method === "OPTIONS") {
      answerOptions(exchange, route, cors);
      return;
    }
    const methods = allowedMethods(route);
    if (request.method !== methods && !methods.split(", ").includes(request.method ?? "")) {
      const message = `${request.method} is not possible at ${quotePath(path)}: use ${methods}.`;
      exchange.refuse(new RouterError("invalid_request", message), 405, { allow: methods });
      return;
    }
    if (!authenticator.required || needsNoKey(route) || (route.kind === "metrics" && options.metrics?.isOpen === true)) {
      answer(exchange, route, anyone);
      return;
    }
    const header = headerReader(request.headers);
    const caller = authenticator.authenticate(readCredentials(header, remoteAddress(request), "rest", clientIdentity(request)));
    if (caller instanceof Promise) void caller.then((one) => exchange.guard(() => admit(exchange, route, one)), onInternalError);
    else admit(exchange, route, caller);
  }

  function admit(exchange: Exchange, route: Route, caller: Caller | RouterError): void {
    if (caller instanceof RouterError) {
      exchange.refuse(caller, undefined, caller.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {});
      return;
    }
    answer(exchange, route, caller);
  }

  function tell(request: HttpRequest, callId: string, { code }: RouterError): void {
    options.observer?.refused({ inboundProtocol: "rest", code, callId, address: remoteAddress(request) });
  }
}

/** Answers a request whose method is allowed and whose key was checked. */
type Answer = (exchange: Exchange, route: Route, caller: Caller) => void;

/** @returns The answers of all routes, and where those of operators are passed on to instead, if they are. */
function createAnswers(options: RestHandlerOptions): { readonly answer: Answer; readonly passOn: HttpHandler | undefined } {
  const { router, operator, clock, cors, metrics } = options;
  const answerCall = createCallAnswers(options);
  const answerModels = createModelAnswers(options);
  const newCallId = () => options.newCallId();
  const answerOperator = typeof operator === "function" ? undefined : createOperatorAnswers({ router, operator, clock, cors, newCallId });

  const answer: Answer = (exchange, route, caller) => {
    switch (route.kind) {
      case "call":
        answerCall(exchange, route, caller);
        return;
      case "pass_through":
        route.pass(exchange, caller);
        return;
      case "models":
      case "model":
        answerModels(exchange, route, caller, queryOf(exchange.request.url ?? ""));
        return;
      case "model_info":
      case "model_group_info":
      case "health":
      case "router_settings":
        answerOperator?.(exchange, route, caller, queryOf(exchange.request.url ?? ""));
        return;
      case "metrics":
        if (metrics !== undefined) answerMetrics(exchange, caller, metrics);
        return;
      case "liveness":
        exchange.sendJson(200, `"I'm alive!"`);
        return;
      case "readiness":
        if (options.isReady()) exchange.sendJson(200, `{"status":"healthy"}`);
        else exchange.sendJson(503, `{"status":"not_ready"}`);
        return;
      case "hello":
        exchange.sendJson(200, JSON.stringify({ name: "huntgroup", rest: knownPaths, rpc: rpcServices }));
        return;
      default:
        return route satisfies never;
    }
  };
  return { answer, passOn: typeof operator === "function" ? operator : undefined };
}

function answerOptions(exchange: Exchange, route: Route, cors: Cors | undefined): void {
  const { headers } = exchange.request;
  const answer = { allow: `${allowedMethods(route)}, OPTIONS` };
  // Without CORS headers, a browser takes the answer for a refusal.
  if (cors?.(headers.origin) !== undefined) Object.assign(answer, preflightHeaders(headers["access-control-request-headers"]));
  exchange.writeHead(204, answer);
  exchange.end();
}

/** What is served beside REST. */
const rpcServices = ["Chat", "Embedding", "Model", "Admin"].map((name) => `huntgroup.v1.${name}Service`).join(", ");

const anyone: Caller = { kind: "anyone" };

/** The routes that only the thread of the operator can answer. */
const operatorRoutes: ReadonlySet<Route["kind"]> = new Set(["model_info", "model_group_info", "health", "router_settings", "metrics"]);

/** Load balancers and newcomers ask for these without a key. */
function needsNoKey(route: Route): boolean {
  if (route.kind === "pass_through") return !route.needsKey;
  return route.kind === "liveness" || route.kind === "readiness" || route.kind === "hello";
}

function queryOf(url: string): URLSearchParams {
  const query = url.indexOf("?");
  return new URLSearchParams(query === -1 ? "" : url.slice(query + 1));
}

/** Long enough to recognise a mistake in it. */
const longestPathShown = 200;

function quotePath(path: string): string {
  return path.length <= longestPathShown ? path : `${cutText(path, longestPathShown)}…`;
}

/** Says that there is nothing, or what there is by other means: proxies are often not set to pass WebSockets on. */
function nothingAt(path: string): string {
  if (!isRealtimePath(path)) return `There is nothing at ${quotePath(path)}. Known are: ${knownPaths}.`;
  return `${quotePath(path)} is served over WebSocket, by HTTP/1.1: the request came without "upgrade: websocket". A proxy in between has to pass that on.`;
}
