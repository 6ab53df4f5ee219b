import type { Call } from "../core/call.ts";
import type { CallRouter } from "../core/call-router.ts";
import type { Deployment } from "../core/deployment.ts";
import { RouterError } from "../core/errors.ts";
import type { CallHandle, RouteInfo } from "../core/reply-sink.ts";
import { openAi } from "../formats/openai/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { ProbeBody } from "./probe-body.ts";

/** Long enough for a model that thinks before it answers, short enough for a person who waits for the list. */
const usualTimeoutMs = 15_000;

/** What a probe needs. */
export interface ProbeDeps {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** Makes the id of the probe's call: printable ASCII. */
  newCallId(): string;
}

/** What came of a probe. */
export interface ProbeOutcome {
  /** Undefined when the deployment answered. */
  readonly error: RouterError | undefined;
  /** Whether the deployment was asked at all, rather than kept from it by its limits or its state. */
  readonly asked: boolean;
  /** How long the probe took, in milliseconds. */
  readonly ms: number;
}

/**
 * Makes one real call to one deployment, without retries, and takes no other deployment's answer for it.
 * @param mostMs Bounds the configured timeout.
 * @returns Cancels the call. Undefined where there was none to be made; `onOutcome` was called already then.
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
  // Where a group has the deployment's id for its name, the group wins.
  const isOurs = ({ deploymentId }: RouteInfo): boolean => deploymentId === deployment.id;
  return router.start(call, {
    onReply: (_reply, route) => finish(isOurs(route) ? undefined : shadowed(deployment.id), isOurs(route)),
    onFailure: (error, route) => finish(isOurs(route) || route.deploymentId === "" ? error : shadowed(deployment.id), isOurs(route)),
    // The probe asks for no stream.
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
