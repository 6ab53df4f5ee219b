import type { Authenticator } from "../auth/authenticator.ts";
import type { InboundObserver } from "../inbound/inbound-observer.ts";
import { type HeaderReader, wantsTrace, withCallHeaders } from "../inbound/call-headers.ts";
import { callIdOf } from "../inbound/call-id.ts";
import { keyOf, operatorRefusal, type Caller } from "../auth/caller.ts";
import { remoteAddress } from "../inbound/remote-address.ts";
import { readTraceContext } from "../inbound/trace-context.ts";
import { preflightHeaders, type Cors } from "../inbound/cors.ts";
import type { Operator } from "../control/operator.ts";
import type { CallRouter } from "../core/call-router.ts";
import { RouterError } from "../core/errors.ts";
import type { Clock } from "../lib/clock.ts";
import { readCall } from "../formats/openai/request/read-call.ts";
import { checkBodyType } from "./check-body-type.ts";
import { checkKey } from "./check-key.ts";
import { Exchange, type RestRequest, type RestResponse } from "./exchange.ts";
import { HttpSink } from "./http-sink.ts";
import { modelList, modelObject, visibleModels } from "./model-list.ts";
import { createOperatorAnswers } from "./operator-answers.ts";
import { readBody } from "./read-body.ts";
import { allowedMethods, findRoute, knownPaths, type Route } from "./routes.ts";

export interface RestHandlerOptions {
  readonly router: CallRouter;
  /** Whoever operates; a handler: what is for operators, the metrics too, is handed to it. */
  readonly operator: Operator | RestHandler;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  /** The largest request body in bytes; looked at with each request, since it may change. */
  readonly maxBodyBytes: number;
  newCallId(): string;
  /** Which web pages may call; undefined: none. */
  readonly cors?: Cors | undefined;
  /** Whether a load balancer should send requests here. */
  isReady(): boolean;
  /** What is scraped at `/metrics`; undefined: there is nothing there. */
  readonly metrics?: MetricsAccess | undefined;
  /** Told of what is turned away; undefined: nobody is. */
  readonly observer?: InboundObserver | undefined;
  /** Something in here failed that never should; the request at hand got a 500. Must not throw. */
  onInternalError(error: unknown): void;
}

/** The metrics, and who may see them. */
interface MetricsAccess {
  /** Whether they are there for everybody, also where a key is asked for. */
  readonly isOpen: boolean;
  page(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Answers one request of HTTP/1.1 or HTTP/2. To be attached to `checkContinue` too: it asks for the bodies that it wants. Does not throw. */
export type RestHandler = (request: RestRequest, response: RestResponse) => void;

/** The REST door: OpenAI's API in front of the router. */
export function createRestHandler(options: RestHandlerOptions): RestHandler {
  const { router, authenticator, clock, cors, metrics } = options;
  // When a model came to be is nobody's business here, but OpenAI's clients want a time, and one that stays the same.
  const createdSeconds = Math.floor(clock.wallTime() / 1000);
  const newCallId = () => options.newCallId();
  const onInternalError = (error: unknown) => options.onInternalError(error);
  const { operator } = options;
  const passOn = typeof operator === "function" ? operator : undefined;
  const answerOperator = typeof operator === "function" ? undefined : createOperatorAnswers({ router, operator, clock, cors, newCallId });

  return (request, response) => {
    const exchange = new Exchange({
      request,
      response,
      callId: callIdOf(headerReader(request)("x-request-id"), newCallId),
      cors: cors?.(request.headers.origin),
      clock,
      onRefused: options.observer && ((error) => tell(request, exchange.callId, error)),
      onInternalError,
    });
    exchange.guard(() => serve(exchange, response));
  };

  function serve(exchange: Exchange, response: RestResponse): void {
    const { request } = exchange;
    const path = pathOf(request.url ?? "");
    const route = findRoute(path);
    if (passOn !== undefined && route !== undefined && operatorRoutes.has(route.kind)) {
      passOn(request, response);
      return;
    }
    if (route === undefined || (route.kind === "metrics" && metrics === undefined)) {
      exchange.refuse(new RouterError("invalid_request", `There is nothing at ${quotePath(path)}. Known are: ${knownPaths}.`), 404);
      return;
    }
    if (request.method === "OPTIONS") {
      answerOptions(exchange, route);
      return;
    }
    const methods = allowedMethods(route);
    if (request.method !== methods && !methods.split(", ").includes(request.method ?? "")) {
      const message = `${request.method} is not possible at ${quotePath(path)}: use ${methods}.`;
      exchange.refuse(new RouterError("invalid_request", message), 405, { allow: methods });
      return;
    }
    if (isOpen(route) || (route.kind === "metrics" && metrics?.isOpen === true)) {
      answer(exchange, route, anyone);
      return;
    }
    const caller = authenticator.required ? checkKey(authenticator, request.headers, remoteAddress(request)) : anyone;
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

  function answer(exchange: Exchange, route: Route, caller: Caller): void {
    switch (route.kind) {
      case "call":
        answerCall(exchange, route, caller);
        return;
      case "models":
        exchange.sendJson(200, JSON.stringify(modelList(visibleModels(router, keyOf(caller)), createdSeconds)));
        return;
      case "model":
        if (router.knows(route.model) && keyOf(caller)?.allows(route.model) !== false)
          exchange.sendJson(200, JSON.stringify(modelObject(route.model, createdSeconds)));
        // One that the key may not use is one that is not there: whether it exists is not its holder's business.
        else
          exchange.sendError(
            new RouterError("model_not_found", `The model ${JSON.stringify(route.model)} does not exist here.`, { param: "model" }),
          );
        return;
      case "model_info":
      case "model_group_info":
      case "health":
      case "router_settings":
        answerOperator?.(exchange, route, caller, queryOf(exchange.request.url ?? ""));
        return;
      case "liveness":
        exchange.sendJson(200, `"I'm alive!"`);
        return;
      case "readiness":
        if (options.isReady()) exchange.sendJson(200, `{"status":"healthy"}`);
        else exchange.sendJson(503, `{"status":"not_ready"}`);
        return;
      case "metrics": {
        const refusal = operatorRefusal(caller);
        if (refusal === undefined) answerMetrics(exchange);
        else exchange.sendError(refusal);
        return;
      }
      case "hello":
        exchange.sendJson(
          200,
          JSON.stringify({ name: "huntgroup", rest: knownPaths, rpc: "huntgroup.v1.ChatService, huntgroup.v1.AdminService" }),
        );
        return;
      default:
        return route satisfies never;
    }
  }

  function answerCall(exchange: Exchange, route: Extract<Route, { kind: "call" }>, caller: Caller): void {
    const { headers } = exchange.request;
    const wrongType = checkBodyType(headers, headers.origin !== undefined && cors?.(headers.origin) === undefined);
    if (wrongType !== undefined) {
      exchange.refuse(new RouterError("invalid_request", wrongType), 415);
      return;
    }
    readBody(exchange, options.maxBodyBytes, (body) => {
      const { callId } = exchange;
      const header = headerReader(exchange.request);
      const read = readCall(body, {
        endpoint: route.endpoint,
        pathModel: route.model,
        callId,
        now: clock.now(),
        inboundProtocol: "rest",
        caller: keyOf(caller),
        traceContext: readTraceContext(header),
      });
      const call = read.ok ? withCallHeaders(read.value, header) : read.error;
      if (call instanceof RouterError) {
        exchange.refuse(call);
        return;
      }
      const sink = new HttpSink(exchange, wantsTrace(header));
      const handle = router.start(call, sink);
      // After a response that went out whole this does nothing.
      exchange.onClose(() => handle.cancel());
      if (!call.stream) return;
      exchange.onDrain(() => {
        sink.onDrain();
        handle.resume();
      });
    });
  }

  function answerMetrics(exchange: Exchange): void {
    metrics?.page().then(
      ({ contentType, body }) =>
        exchange.guard(() => {
          exchange.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
          exchange.end(body);
        }),
      (error: unknown) =>
        exchange.guard(() => {
          throw error;
        }),
    );
  }

  function tell(request: RestRequest, callId: string, { code }: RouterError): void {
    options.observer?.refused({ inboundProtocol: "rest", code, callId, address: remoteAddress(request) });
  }

  function answerOptions(exchange: Exchange, route: Route): void {
    const headers = { allow: `${allowedMethods(route)}, OPTIONS` };
    // Without CORS headers a browser takes this for a no.
    const mayAsk = cors?.(exchange.request.headers.origin) !== undefined;
    if (mayAsk) Object.assign(headers, preflightHeaders(exchange.request.headers["access-control-request-headers"]));
    exchange.writeHead(204, headers);
    exchange.end();
  }
}

const anyone: Caller = { kind: "anyone" };

/** What only whoever operates can answer. */
const operatorRoutes: ReadonlySet<Route["kind"]> = new Set(["model_info", "model_group_info", "health", "router_settings", "metrics"]);

/** What a load balancer or a newcomer asks without a key. */
function isOpen(route: Route): boolean {
  return route.kind === "liveness" || route.kind === "readiness" || route.kind === "hello";
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function queryOf(url: string): URLSearchParams {
  const query = url.indexOf("?");
  return new URLSearchParams(query === -1 ? "" : url.slice(query + 1));
}

/** Long enough to recognise one's own mistake. */
const longestPathShown = 200;

function quotePath(path: string): string {
  return path.length <= longestPathShown ? path : `${path.slice(0, longestPathShown)}…`;
}

function headerReader(request: RestRequest): HeaderReader {
  return (name) => {
    const value = request.headers[name];
    return typeof value === "string" ? value : undefined;
  };
}
