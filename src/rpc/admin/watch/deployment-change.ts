import type { OperatedDeployment } from "../../../control/operator.ts";

/** A deployment as it was at one moment. */
export interface Look {
  readonly status: OperatedDeployment;
  /** The moment, on the router's clock. */
  readonly at: number;
}

/** The end of a cooldown or of a limit is known to the second: a smaller difference is no news. */
const noticeableMs = 1_000;

/**
 * Whether a watcher that knows the one look has to be told of the other. What moves by itself is no change: the time that is left of a
 * cooldown, and the sentence that tells it, for as long as the cooldown ends when it was said to.
 */
export function isChanged(before: Look, after: Look): boolean {
  const one = before.status;
  const other = after.status;
  const endMovedMs = Math.abs((endOf(before) ?? 0) - (endOf(after) ?? 0));
  const counts = one.eligibleInMs !== undefined && other.eligibleInMs !== undefined;
  return !(
    one.eligibility === other.eligibility &&
    (counts ? endMovedMs < noticeableMs : endOf(before) === endOf(after) && one.detail === other.detail) &&
    one.weight === other.weight &&
    one.inFlight === other.inFlight &&
    one.outstandingTokens === other.outstandingTokens &&
    one.usedRpm === other.usedRpm &&
    one.usedTpm === other.usedTpm &&
    one.successes === other.successes &&
    one.failures === other.failures &&
    one.cancellations === other.cancellations &&
    one.failureRate === other.failureRate &&
    one.health === other.health &&
    one.lastError?.at === other.lastError?.at &&
    one.lastError?.message === other.lastError?.message &&
    one.firstTokenMs === other.firstTokenMs &&
    one.msPerToken === other.msPerToken &&
    one.state === other.state &&
    one.move?.weight === other.move?.weight &&
    one.move?.at === other.move?.at &&
    one.usedRpd === other.usedRpd &&
    one.usedTpd === other.usedTpd &&
    one.rpdLimit === other.rpdLimit &&
    one.tpdLimit === other.tpdLimit &&
    one.rpmLimit === other.rpmLimit &&
    one.tpmLimit === other.tpmLimit &&
    one.maxParallelRequests === other.maxParallelRequests &&
    one.order === other.order &&
    one.strategy === other.strategy &&
    one.id === other.id &&
    one.group === other.group &&
    one.provider === other.provider &&
    one.address === other.address
  );
}

function endOf({ status, at }: Look): number | undefined {
  return status.eligibleInMs === undefined ? undefined : at + status.eligibleInMs;
}
