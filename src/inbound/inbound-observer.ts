import type { Door } from "../core/call.ts";
import type { ErrorCode } from "../core/errors.ts";

/** A request that never became a call: no key, a body that is none, a path that leads nowhere. */
export interface Refusal {
  readonly door: Door;
  readonly code: ErrorCode;
  readonly callId: string | undefined;
  /** Where it came from; undefined where the door cannot tell. */
  readonly address: string | undefined;
}

/** Who is told of what the doors turn away. Called synchronously; must not throw. */
export interface DoorObserver {
  refused(refusal: Refusal): void;
}
