import type { InboundProtocol } from "../core/call.ts";
import type { Endpoint } from "../core/endpoints.ts";
import type { ErrorCode } from "../core/errors.ts";
import type { AttemptTrace } from "../core/reply-sink.ts";
import type { Totals } from "./stats.ts";

/** What has happened lately, for people to look at: single calls, and what was used over time. All times are in milliseconds. */

/** A call that has ended. Holds nothing of its prompt or answer, and nothing of a provider's words. */
export interface RecentCall {
  readonly id: string;
  /** On the router's clock, which all threads share. */
  readonly endedAt: number;
  /** As it was asked for, shortened. */
  readonly model: string;
  /** Empty when it came to none. */
  readonly group: string;
  readonly deploymentId: string;
  /** The name of the caller's key. Empty without one. */
  readonly keyName: string;
  readonly inboundProtocol: InboundProtocol;
  readonly endpoint: Endpoint;
  readonly stream: boolean;
  /** Undefined when it went well. */
  readonly code: ErrorCode | undefined;
  readonly totalMs: number;
  readonly firstTokenMs: number | undefined;
  readonly queuedMs: number;
  readonly retries: number;
  readonly fallbacks: number;
  /** Undefined where it is not known. */
  readonly promptTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly isEstimated: boolean;
  /** US dollars. Undefined where it is not known. */
  readonly costUsd: number | undefined;
  /** In the order in which they ended; of very many the first ones. */
  readonly attempts: readonly AttemptTrace[];
  /** As `RouteInfo.adjusted`. */
  readonly adjusted: readonly string[] | undefined;
}

/** Which calls are asked for. What is undefined narrows nothing. */
export interface CallQuery {
  /** The most that are wanted. */
  readonly limit: number;
  /** What was asked for, or the group that answered. */
  readonly model: string | undefined;
  /** Where an attempt was made. */
  readonly deploymentId: string | undefined;
  readonly keyName: string | undefined;
  /** Whether only calls are wanted that failed, or had an attempt that did: on `deploymentId`, where that is given. */
  readonly failedOnly: boolean;
}

/** What came of a {@link CallQuery}. */
export interface RecentCalls {
  /** Newest first. */
  readonly calls: readonly RecentCall[];
  /** How many are kept at most. */
  readonly capacity: number;
}

/** Which use is asked for. */
export interface UsageQuery {
  readonly resolution: "minutes" | "hours";
  /** What the series are of: neither, either or both. */
  readonly byKey: boolean;
  readonly byModel: boolean;
  /** Counts only calls by this key, or of this group. Undefined counts all; an empty key stands for none. */
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  /** The most series: the rest is summed up as one more. */
  readonly limit: number;
}

/** What came of a {@link UsageQuery}. */
export interface Usages {
  /** What costs most comes first, the rest last. */
  readonly series: readonly UsageSeries[];
  /** The time that one point stands for. */
  readonly pointMs: number;
  /** When counting began, since the Unix epoch. */
  readonly startedAt: number;
}

/** What was used over time. */
export interface UsageSeries {
  /** Undefined where it is not asked for, and for the rest. */
  readonly keyName: string | undefined;
  readonly model: string | undefined;
  readonly isRest: boolean;
  /** Of all points. */
  readonly totals: Totals;
  /** Oldest first, always the same number. The last one is under way. */
  readonly points: readonly Totals[];
}

/** Keeps what has happened lately, on all threads. */
export interface HistorySource {
  calls(query: CallQuery): Promise<RecentCalls>;
  usage(query: UsageQuery): Promise<Usages>;
}
