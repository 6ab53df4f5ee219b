import { PassThrough } from "node:stream";
import { keyOf } from "../../auth/caller.ts";
import type { PassThroughEndpoint } from "../../config/read/read-pass-through.ts";
import type { CallerKey } from "../../core/caller-key.ts";
import { RouterError } from "../../core/errors.ts";
import { endpointRefusal } from "../../core/keys/endpoint-access.ts";
import type { UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "../../core/upstream.ts";
import type { Cors } from "../../inbound/cors.ts";
import type { PassedThrough } from "../../inbound/inbound-observer.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import type { StreamedRequest } from "../../upstream/streamed-upstream.ts";
import type { Exchange } from "../exchange.ts";
import { requestHeaders, responseHeaders } from "./passed-headers.ts";
import type { PassThroughRoute } from "../routes.ts";
import { findEndpoint, type FoundEndpoint, targetPath } from "./target-path.ts";

/** What passes requests on to other servers. */
export interface PassThroughOptions {
  /** The longest paths first. Is read for each request, because a reload may change it. */
  readonly endpoints: readonly PassThroughEndpoint[];
  /** One more header that callers' keys may stand in, in lower case. */
  readonly keyHeader: string | undefined;
  readonly upstream: { send(request: StreamedRequest, listener: UpstreamListener): UpstreamExchange };
  /** Which web pages may call. */
  readonly cors: Cors;
  readonly clock: Clock;
  /** Called for each request that passed through, at its end. Must not throw. */
  onPassed(passed: PassedThrough): void;
}

/** @returns Finds what a path that is not one of the router's own leads to. */
export function createPassThrough(options: PassThroughOptions): (path: string) => PassThroughRoute | undefined {
  return (path) => {
    const found = findEndpoint(options.endpoints, path);
    if (found === undefined) return undefined;
    const { methods, needsKey } = found.endpoint;
    return { kind: "pass_through", methods, needsKey, pass: (exchange, caller) => pass(exchange, found, keyOf(caller), options) };
  };
}

function pass(exchange: Exchange, found: FoundEndpoint, key: CallerKey | undefined, options: PassThroughOptions): void {
  const { url = "", headers } = exchange.request;
  const refusal = found.endpoint.needsKey ? endpointRefusal(key, "pass_through") : undefined;
  // Where no key is asked for, any page could have a browser send this.
  const isFromUnknownPage = headers.origin !== undefined && options.cors(headers.origin) === undefined;
  const query = url.indexOf("?");
  const path = targetPath(found, query === -1 ? "" : url.slice(query));
  if (refusal !== undefined) exchange.refuse(refusal);
  else if (isFromUnknownPage) exchange.refuse(unknownPage());
  else if (path === undefined)
    exchange.refuse(new RouterError("invalid_request", "The path does not stay below the endpoint's, however it is read."));
  else new Passage(exchange, { ...found, path, keyName: key?.name }, options).start();
}

function unknownPage(): RouterError {
  return new RouterError("permission_denied", "Web pages of this origin may not call: see general_settings.cors_allow_origins.");
}

interface PassageRequest extends FoundEndpoint {
  /** Path and query at the target. */
  readonly path: string;
  readonly keyName: string | undefined;
}

/** One request on its way to a target, and the answer on its way back. */
class Passage implements UpstreamListener {
  readonly #exchange: Exchange;
  readonly #request: PassageRequest;
  readonly #options: PassThroughOptions;
  readonly #startedAt: number;
  readonly #body: PassThrough | undefined;
  #upstream: UpstreamExchange | undefined;
  #timer: Timer | undefined;
  #status = 0;
  #isPaused = false;
  #isOver = false;

  constructor(exchange: Exchange, request: PassageRequest, options: PassThroughOptions) {
    this.#exchange = exchange;
    this.#request = request;
    this.#options = options;
    this.#startedAt = options.clock.now();
    // In between, so that a target that breaks off does not take the caller's connection with it.
    this.#body = hasBody(exchange.request) ? new PassThrough() : undefined;
  }

  start(): void {
    const { endpoint, path } = this.#request;
    const { request } = this.#exchange;
    const body = this.#body;
    this.#exchange.onClose(() => this.#closed());
    this.#exchange.onDrain(() => this.#drained());
    if (body !== undefined) {
      body.on("error", ignore);
      request.pipe(body);
      this.#exchange.invite();
    }
    this.#wait();
    const headers = requestHeaders(request.headers, endpoint.headers, this.#options.keyHeader);
    this.#upstream = this.#options.upstream.send({ method: request.method ?? "GET", origin: endpoint.origin, path, headers, body }, this);
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#guard(() => {
      this.#status = status;
      this.#exchange.writeHead(status, responseHeaders(headers));
      this.#wait();
    });
  }

  onData(chunk: Buffer): boolean {
    this.#guard(() => {
      this.#isPaused = !this.#exchange.write([chunk], chunk.length);
      // A caller that reads slowly is not the target's fault.
      if (this.#isPaused) this.#options.clock.cancel(this.#timer);
      else this.#wait();
    });
    return !this.#isPaused;
  }

  onEnd(): void {
    this.#guard(() => {
      this.#exchange.end();
      this.#end(undefined);
    });
  }

  onFailure({ kind, reason }: UpstreamFailure): void {
    const what = kind === "connect" ? "cannot be reached" : kind === "local" ? "cannot be asked now" : "broke the connection off";
    this.#fail(new RouterError(kind === "local" ? "local_fault" : "upstream_unreachable", `The target of this path ${what} (${reason}).`));
  }

  #drained(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#wait();
    this.#upstream?.resume();
  }

  /** The response has gone out whole, or the caller has hung up. */
  #closed(): void {
    if (this.#isOver) return;
    this.#upstream?.abort();
    this.#end("cancelled");
  }

  #wait(): void {
    const { clock } = this.#options;
    clock.cancel(this.#timer);
    this.#timer = clock.schedule(this.#request.endpoint.timeoutMs, () => this.#timedOut());
  }

  #timedOut(): void {
    this.#upstream?.abort();
    this.#fail(new RouterError("upstream_timeout", "The target of this path took too long."), 504);
  }

  #fail(error: RouterError, status?: number): void {
    if (this.#isOver) return;
    this.#end(error.code);
    this.#guard(() => {
      if (this.#exchange.headersSent) this.#exchange.cutShort();
      else this.#exchange.sendError(error, status);
    });
  }

  #end(code: PassedThrough["code"]): void {
    const { clock } = this.#options;
    const { request, callId } = this.#exchange;
    const { endpoint, keyName } = this.#request;
    this.#isOver = true;
    clock.cancel(this.#timer);
    if (this.#body !== undefined) {
      request.unpipe(this.#body);
      this.#body.destroy();
      request.resume();
    }
    const durationMs = clock.now() - this.#startedAt;
    this.#options.onPassed({ callId, keyName, path: endpoint.path, method: request.method ?? "", status: this.#status, code, durationMs });
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (fault) {
      this.#upstream?.abort();
      if (!this.#isOver) this.#end("internal");
      this.#exchange.break(fault);
    }
  }
}

function hasBody(request: Exchange["request"]): boolean {
  if ("stream" in request) return !request.stream.endAfterHeaders;
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

function ignore(): void {}
