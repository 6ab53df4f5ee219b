import type { CallerKey } from "../caller-key.ts";
import type { RateLimits, RateStatus } from "../rate-limits.ts";
import type { Group } from "../table/group.ts";
import type { KeyLimits } from "./key-limits.ts";

/**
 * The limits per minute that a caller is told of: those of its key or of the group that its call is in, of requests and of tokens the one with
 * less left. Spends nothing where there are none.
 * @param now On the router's clock.
 */
export function toldLimits(keys: KeyLimits, key: CallerKey | undefined, group: Group | undefined, now: number): RateLimits | undefined {
  const ofKey = key === undefined ? undefined : keys.rates(key, now);
  const ofGroup = group?.rates?.at(now);
  if (ofKey === undefined) return ofGroup;
  if (ofGroup === undefined) return ofKey;
  return { requests: tighter(ofKey.requests, ofGroup.requests), tokens: tighter(ofKey.tokens, ofGroup.tokens) };
}

function tighter(one: RateStatus | undefined, other: RateStatus | undefined): RateStatus | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.remaining < one.remaining ? other : one;
}
