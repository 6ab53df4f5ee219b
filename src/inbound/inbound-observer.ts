import type { InboundProtocol } from "../core/call.ts";
import type { ErrorCode } from "../core/errors.ts";

/** A request that was turned away before it became a call: for its key, its body or its path. */
export interface Refusal {
  readonly inboundProtocol: InboundProtocol;
  readonly code: ErrorCode;
  /** Undefined where the request was turned away before it had an id. */
  readonly callId: string | undefined;
  /** The address that it came from. Undefined where that is not known at this point. */
  readonly address: string | undefined;
}

/** A request that went to another server than a deployment's, as it ended. */
export interface PassedThrough {
  readonly callId: string;
  /** The caller's key. Undefined where it has none of its own. */
  readonly keyName: string | undefined;
  /** The endpoint's, as configured. */
  readonly path: string;
  readonly method: string;
  /** The target's; 0 where it has not answered. */
  readonly status: number;
  /** Why it did not end as the target wanted. */
  readonly code: ErrorCode | undefined;
  readonly durationMs: number;
}

/**
 * Watches the inbound protocols: called for each request that is turned away. What becomes of calls, the core's observer hears.
 *
 * @example
 * const observer: InboundObserver = {
 *   refused: ({ inboundProtocol, code }) => counter.add(1, { protocol: inboundProtocol, code }),
 * };
 */
export interface InboundObserver {
  /** Called synchronously, before the caller has its answer. Must be quick, and must not throw. */
  refused(refusal: Refusal): void;
}
