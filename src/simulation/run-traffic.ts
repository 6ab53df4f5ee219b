import type { CallRouter } from "../core/call-router.ts";
import type { RouterError } from "../core/errors.ts";
import type { DecodedReply, StreamEvent } from "../core/provider.ts";
import type { CallHandle, ReplySink, RouteInfo } from "../core/reply-sink.ts";
import type { VirtualClock } from "../lib/virtual-clock.ts";
import type { CallResult } from "./call-result.ts";
import { promptBody } from "./prompt-body.ts";
import type { Arrival, Traffic } from "./traffic/traffic.ts";
import type { SimulatedCall } from "./world/simulated-call.ts";

/** The end of a run: what is not over by then is as if it never ended. */
const longestTailMs = 600_000;

/** How a run is watched. */
export interface RunWatch {
  /** Called now and then. @param at How far the run is, in milliseconds from its beginning. */
  onProgress?(at: number): void;
}

/**
 * Sends traffic through routers on virtual time, to each in turn, and lets all calls end.
 * @returns How each call went, in the order of their arrival.
 */
export async function runTraffic(
  routers: readonly CallRouter[],
  clock: VirtualClock,
  traffic: Traffic,
  watch: RunWatch = {},
): Promise<CallResult[]> {
  const beginAt = clock.now();
  const results: CallResult[] = [];
  const arrivals = traffic[Symbol.iterator]();
  const left = { isLast: false, open: 0 };
  const next = (): void => {
    const { value, done } = arrivals.next();
    if (done === true) {
      left.isLast = true;
      return;
    }
    clock.schedule(beginAt + value.at - clock.now(), () => {
      const number = results.length;
      const router = routers[number % routers.length];
      if (router === undefined) throw new Error("there is no router to send traffic to");
      left.open++;
      results.push(startCall({ router, clock, beginAt, arrival: value, number, onEnd: () => void left.open-- }));
      next();
    });
  };
  next();
  let end = Number.POSITIVE_INFINITY;
  let told = 0;
  const endOfTurn = Promise.resolve();
  while (!left.isLast || left.open > 0) {
    if (!clock.step(end)) break;
    // What the router puts off to the end of its turn happens before time goes on.
    await endOfTurn;
    if (left.isLast && end === Number.POSITIVE_INFINITY) end = clock.now() + longestTailMs;
    if (watch.onProgress !== undefined && clock.now() - told >= 10_000) {
      told = clock.now();
      watch.onProgress(told - beginAt);
    }
  }
  return results;
}

interface StartedCall {
  readonly router: CallRouter;
  readonly clock: VirtualClock;
  readonly beginAt: number;
  readonly arrival: Arrival;
  readonly number: number;
  readonly onEnd: () => void;
}

function startCall({ router, clock, beginAt, arrival, number, onEnd }: StartedCall): CallResult {
  const result: CallResult = {
    arrival,
    firstAt: undefined,
    endAt: undefined,
    error: undefined,
    deploymentId: "",
    attempts: 0,
    refusals: 0,
    isFirstRefused: false,
    cachedTokens: 0,
  };
  const sink = new ResultSink(result, clock, beginAt, onEnd);
  const handle = router.start(callOf(arrival, number, clock.now()), sink);
  if (arrival.patienceMs !== undefined) sink.waitFor(arrival.patienceMs, handle);
  return result;
}

function callOf(arrival: Arrival, number: number, now: number): SimulatedCall {
  return {
    id: String(number),
    endpoint: "chat",
    format: "openai",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    model: arrival.model,
    stream: arrival.stream,
    includeUsage: false,
    body: promptBody(arrival.work, number),
    foreign: undefined,
    maxOutputTokens: undefined,
    answers: 1,
    arrivedAt: now,
    deadline: arrival.deadlineMs === undefined ? undefined : now + arrival.deadlineMs,
    numRetries: undefined,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    fallbacks: undefined,
    contextWindowFallbacks: undefined,
    contentPolicyFallbacks: undefined,
    disableFallbacks: false,
    maxFallbacks: undefined,
    tags: [],
    allowedRegion: undefined,
    wantsResponseSchema: false,
    priority: arrival.priority,
    session: arrival.session,
    tenant: arrival.tenant ?? arrival.session,
    work: arrival.work,
  };
}

class ResultSink implements ReplySink {
  readonly takesTogether = true;
  readonly #result: CallResult;
  readonly #clock: VirtualClock;
  readonly #beginAt: number;
  readonly #onEnd: () => void;

  constructor(result: CallResult, clock: VirtualClock, beginAt: number, onEnd: () => void) {
    this.#result = result;
    this.#clock = clock;
    this.#beginAt = beginAt;
    this.#onEnd = onEnd;
  }

  /** The caller hangs up where nothing has come by then. */
  waitFor(patienceMs: number, handle: CallHandle): void {
    this.#clock.schedule(patienceMs, () => {
      if (this.#result.firstAt !== undefined || this.#result.endAt !== undefined) return;
      handle.cancel();
      this.#result.error = "cancelled";
      this.#end();
    });
  }

  onReply({ usage }: DecodedReply, route: RouteInfo): void {
    this.#result.firstAt = this.#now();
    this.#result.cachedTokens = usage?.cachedTokens ?? 0;
    this.#told(route);
    this.#end();
  }

  onStreamStart(route: RouteInfo): void {
    this.#result.firstAt = this.#now();
    this.#told(route);
  }

  onStreamEvent({ usage }: StreamEvent): boolean {
    if (usage?.cachedTokens !== undefined) this.#result.cachedTokens = usage.cachedTokens;
    return true;
  }

  onStreamEnd(): void {
    this.#end();
  }

  onFailure(error: RouterError, route: RouteInfo): void {
    this.#result.error = error.code;
    this.#told(route);
    this.#end();
  }

  #told({ deploymentId, trace }: RouteInfo): void {
    this.#result.deploymentId = deploymentId;
    this.#result.attempts = trace.length;
    this.#result.isFirstRefused = trace[0]?.outcome === "upstream_rate_limited";
    this.#result.refusals = trace.filter(({ outcome }) => outcome === "upstream_rate_limited").length;
  }

  #end(): void {
    this.#result.endAt = this.#now();
    this.#onEnd();
  }

  #now(): number {
    return this.#clock.now() - this.#beginAt;
  }
}
