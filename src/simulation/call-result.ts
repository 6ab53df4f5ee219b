import type { ErrorCode } from "../core/errors.ts";
import type { Arrival } from "./traffic/traffic.ts";

/** How one call of the simulated traffic went. Moments are milliseconds from the beginning. */
export interface CallResult {
  readonly arrival: Arrival;
  /** Undefined where nothing came. */
  firstAt: number | undefined;
  /** Undefined while it goes on. */
  endAt: number | undefined;
  /** Undefined where it went well. `cancelled` where its caller gave up. */
  error: ErrorCode | undefined;
  /** The deployment that answered, or was tried last. Empty where none was. */
  deploymentId: string;
  attempts: number;
  /** Attempts that a deployment refused because a limit of its own was reached. */
  refusals: number;
  /** Whether the first attempt was refused so. */
  isFirstRefused: boolean;
  cachedTokens: number;
}

/** What a good answer is. */
export interface GoodAnswer {
  /** The first content comes within this time. */
  readonly firstMs: number;
  /** And the rest at this pace or faster, in milliseconds per token. */
  readonly tokenMs: number;
}

/** The first content within 2 s, and the rest at 10 tokens a second or more. */
export const usualGoodAnswer: GoodAnswer = { firstMs: 2_000, tokenMs: 100 };

/** Whether a call was answered well. */
export function isGood({ arrival, firstAt, endAt, error }: CallResult, good: GoodAnswer): boolean {
  if (error !== undefined || firstAt === undefined || endAt === undefined) return false;
  if (firstAt - arrival.at > good.firstMs) return false;
  const rest = arrival.work.outputTokens - 1;
  return !arrival.stream || rest <= 0 || (endAt - firstAt) / rest <= good.tokenMs;
}
