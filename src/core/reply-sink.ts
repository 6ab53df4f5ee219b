import type { ErrorCode, RouterError } from "./errors.ts";
import type { DecodedReply, StreamEvent } from "./provider.ts";

/** How one attempt went. */
export interface AttemptTrace {
  readonly deploymentId: string;
  readonly group: string;
  /** `streaming`: it has sent its first content and goes on. */
  readonly outcome: "success" | "cancelled" | "streaming" | ErrorCode;
  /** From the request to the end, or to the first content of a stream that goes on. */
  readonly ms: number;
}

/** Which deployment answered and what it took to get there. */
export interface RouteInfo {
  /** Empty when no deployment was tried. */
  readonly deploymentId: string;
  /** The group that answered. */
  readonly group: string;
  /** Attempts before the last one, in all groups. */
  readonly attemptedRetries: number;
  readonly attemptedFallbacks: number;
  /** Every attempt, in order. */
  readonly trace: readonly AttemptTrace[];
  /** Time inside this program: from the request's last byte to this moment, less the time waiting for deployments. */
  readonly overheadMs: number;
  /** What the answer cost, in US dollars; undefined where that is not known, and for a stream that has only begun. */
  readonly costUsd: number | undefined;
}

/**
 * A door's end of one call. The router calls exactly one of `onReply`, `onStreamEnd` and `onFailure`, once, and nothing after it;
 * after the door's own {@link CallHandle.cancel} it calls nothing more.
 */
export interface ReplySink {
  /** Whether pieces of text that came together may come as one event: for doors that look at bytes alone. */
  readonly takesTogether?: boolean;
  /** The whole reply to a unary call. */
  onReply(reply: DecodedReply, route: RouteInfo): void;
  /** The stream is committed: from here on nothing is retried. Comes before the first event. */
  onStreamStart(route: RouteInfo): void;
  /** Returning false asks for no more events until {@link CallHandle.resume}. Events that had already arrived may still follow. */
  onStreamEvent(event: StreamEvent): boolean;
  onStreamEnd(): void;
  /** After `onStreamStart` this is a stream cut short. */
  onFailure(error: RouterError, route: RouteInfo): void;
}

export interface CallHandle {
  /** The caller hung up: frees the upstream at once. Idempotent, and harmless after the end. */
  cancel(): void;
  /** The door can take events again. */
  resume(): void;
}
