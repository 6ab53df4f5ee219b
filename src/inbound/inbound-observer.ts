import type { InboundProtocol } from "../core/call.ts";
import type { ErrorCode } from "../core/errors.ts";

/** A request that never became a call: no key, a body that is none, a path that leads nowhere. */
export interface Refusal {
  readonly inboundProtocol: InboundProtocol;
  readonly code: ErrorCode;
  readonly callId: string | undefined;
  /** Where it came from; undefined where the door cannot tell. */
  readonly address: string | undefined;
}

/** Who is told of what the doors turn away. Called synchronously; must not throw. */
export interface InboundObserver {
  refused(refusal: Refusal): void;
}
