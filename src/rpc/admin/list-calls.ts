import type { RecentCall } from "../../control/history.ts";
import { toldUsd } from "../../core/keys/told-usd.ts";
import type { AttemptTrace } from "../../core/reply-sink.ts";
import type { AdminMethod } from "./admin-method.ts";
import { optional } from "./messages/request-fields.ts";
import { toTimestamp } from "./messages/time-fields.ts";

/** The latest calls that have ended, newest first. */
export const listCallsMethod: AdminMethod<"listCalls"> =
  ({ operator, clock }) =>
  async ({ limit, model, deploymentId, key, failedOnly }) => {
    const { calls, capacity } = await operator.recentCalls({
      limit: limit === 0 ? Number.POSITIVE_INFINITY : limit,
      model: optional(model),
      deploymentId: optional(deploymentId),
      keyName: optional(key),
      failedOnly,
    });
    // The router's clock has a zero of its own.
    const zero = clock.wallTime() - clock.now();
    return { calls: calls.map((call) => toCall(call, zero)), capacity };
  };

function toCall(call: RecentCall, zero: number) {
  const { id, endedAt, keyName, inboundProtocol, code = "", firstTokenMs, promptTokens, outputTokens, isEstimated, costUsd } = call;
  return {
    callId: id,
    endedAt: toTimestamp(zero + endedAt),
    model: call.model,
    group: call.group,
    deploymentId: call.deploymentId,
    key: keyName,
    protocol: inboundProtocol,
    endpoint: call.endpoint,
    stream: call.stream,
    errorCode: code,
    totalMs: call.totalMs,
    queuedMs: call.queuedMs,
    retries: call.retries,
    fallbacks: call.fallbacks,
    tokensEstimated: isEstimated,
    attempts: call.attempts.map(toAttempt),
    adjusted: [...(call.adjusted ?? [])],
    ...(firstTokenMs !== undefined && { firstContentMs: firstTokenMs }),
    ...(promptTokens !== undefined && { promptTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(costUsd !== undefined && { costUsd: toldUsd(costUsd) }),
  };
}

function toAttempt({ deploymentId, group, outcome, ms, status }: AttemptTrace) {
  return { deploymentId, group, outcome, ms, ...(status !== undefined && { status }) };
}
