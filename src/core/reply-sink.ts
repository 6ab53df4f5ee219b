import type { ErrorCode, RouterError } from "./errors.ts";
import type { DecodedReply, StreamEvent } from "./provider.ts";
import type { RateLimits } from "./rate-limits.ts";

/** How one attempt went. */
export interface AttemptTrace {
  readonly deploymentId: string;
  readonly group: string;
  /** `streaming`: it has sent its first content and goes on. */
  readonly outcome: "success" | "cancelled" | "streaming" | ErrorCode;
  /** From the request to the end, or to the first content of a stream that goes on. */
  readonly ms: number;
  /** The HTTP status that the deployment refused it with. Omit it where it sent none. */
  readonly status?: number | undefined;
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
  /** As `UpstreamRequest.adjusted`, of the request that was answered or failed last. Omit it where that is nothing. */
  readonly adjusted?: readonly string[] | undefined;
  /** Time inside this program: from the request's last byte to this moment, less the time waiting for deployments. */
  readonly overheadMs: number;
  /** What the answer cost, in US dollars; undefined where that is not known, and for a stream that has only begun. */
  readonly costUsd: number | undefined;
  /** What the caller's key has spent in its present period, in US dollars: this call included once it is over. Undefined without a key. */
  readonly keySpendUsd: number | undefined;
  /** The limits of the caller's key or of the group, of each the one that has less left. Undefined where neither has any. */
  readonly rateLimits: RateLimits | undefined;
}

/**
 * An inbound protocol's end of one call. The router calls exactly one of `onReply`, `onStreamEnd` and `onFailure`, once, and nothing after
 * it; after {@link CallHandle.cancel} it calls nothing more.
 *
 * A sink should not throw. What it throws is reported and ends its call as an internal fault: `onFailure` is called then, even after one of
 * the other ends, so it must end the response in any case.
 *
 * @example A sink that writes a stream's events as they are, and asks for a pause when the connection is full:
 *
 *     const sink: ReplySink = {
 *       onReply: ({ body }) => void response.end(body),
 *       onStreamStart: ({ deploymentId }) => void response.writeHead(200, { "x-deployment": deploymentId }),
 *       onStreamEvent: ({ bytes }) => response.write(bytes),
 *       onStreamEnd: () => void response.end(),
 *       onFailure: (error) => void response.destroy(error),
 *     };
 *     const handle = router.start(call, sink);
 *     response.on("drain", () => handle.resume()).on("close", () => handle.cancel());
 */
export interface ReplySink {
  /** Whether pieces of text that came together may come as one event: for protocols that look at bytes alone. Omit it for no. */
  readonly takesTogether?: boolean;
  /** The whole reply to a unary call. */
  onReply(reply: DecodedReply, route: RouteInfo): void;
  /**
   * Nothing has come of a stream for a while: sends what keeps a connection open. It may come before `onStreamStart`, again and again, and
   * opens the response then, while the call goes on as if nothing had been sent: what its headers cannot tell yet is told at the end. Omit
   * it for protocols that cannot.
   */
  readonly onPing?: (() => void) | undefined;
  /** The stream is committed: from here on nothing is retried. Comes before the first event. */
  onStreamStart(route: RouteInfo): void;
  /** Returning false asks for no more events until {@link CallHandle.resume}. Events that had already arrived may still follow. */
  onStreamEvent(event: StreamEvent): boolean;
  /** @param route What the headers could not tell yet, where `onPing` came before `onStreamStart`; undefined for other streams. */
  onStreamEnd(route?: RouteInfo): void;
  /** The call failed. After `onPing` or `onStreamStart` this is a stream that was cut short. */
  onFailure(error: RouterError, route: RouteInfo): void;
}

/** Steers a call that was started. */
export interface CallHandle {
  /** The caller hung up: frees the upstream at once. Idempotent, and ignored after the end. */
  cancel(): void;
  /** The sink takes events again. Ignored when no stream goes on. */
  resume(): void;
}
