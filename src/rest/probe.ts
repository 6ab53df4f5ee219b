import type { Call } from "../core/call.ts";
import type { CallRouter } from "../core/call-router.ts";
import type { Deployment } from "../core/deployment.ts";
import { RouterError } from "../core/errors.ts";
import type { CallHandle, RouteInfo } from "../core/reply-sink.ts";
import type { Clock } from "../lib/clock.ts";
import { openAi } from "../formats/openai/index.ts";
import type { ProbeBody } from "./probe-body.ts";

/** Long enough for a model that thinks before it answers, short enough for whoever waits for the list. */
const usualTimeoutMs = 15_000;

export interface ProbeDeps {
  readonly router: CallRouter;
  readonly clock: Clock;
  newCallId(): string;
}

export interface ProbeOutcome {
  /** Undefined: it is well. */
  readonly error: RouterError | undefined;
  /** Whether it was asked at all, and not kept from it by its limits or its state. */
  readonly asked: boolean;
  readonly ms: number;
}

/**
 * Makes one real call to this very deployment: not tried again, and nobody else's answer counts.
 * @param mostMs It takes no longer, whatever is configured.
 */
export function probe(
  deployment: Deployment,
  { endpoint, body }: ProbeBody,
  mostMs: number,
  deps: ProbeDeps,
  onOutcome: (outcome: ProbeOutcome) => void,
): CallHandle | undefined {
  const { clock, router } = deps;
  const begunAt = clock.now();
  const finish = (error: RouterError | undefined, asked: boolean): void => onOutcome({ error, asked, ms: clock.now() - begunAt });
  const timeoutMs = Math.min(deployment.info.healthCheck.timeoutMs ?? usualTimeoutMs, mostMs);
  const read = openAi.caller.readCall(Buffer.from(JSON.stringify(body)), {
    endpoint,
    pathModel: undefined,
    callId: deps.newCallId(),
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: begunAt,
    deadline: begunAt + timeoutMs,
  });
  if (!read.ok) {
    finish(read.error, false);
    return undefined;
  }
  const call: Call = { ...read.value, numRetries: 0, disableFallbacks: true, maxFallbacks: 0, timeoutMs };
  // A group may bear the name of a deployment's id, and wins.
  const isOurs = ({ deploymentId }: RouteInfo): boolean => deploymentId === deployment.id;
  return router.start(call, {
    onReply: (_reply, route) => finish(isOurs(route) ? undefined : shadowed(deployment.id), isOurs(route)),
    onFailure: (error, route) => finish(isOurs(route) || route.deploymentId === "" ? error : shadowed(deployment.id), isOurs(route)),
    // It asks for no stream.
    onStreamStart: () => undefined,
    onStreamEvent: () => true,
    onStreamEnd: () => undefined,
  });
}

function shadowed(id: string): RouterError {
  return new RouterError(
    "invalid_request",
    `"${id}" is also the name of a group, so calls by that name do not reach this deployment alone.`,
  );
}
