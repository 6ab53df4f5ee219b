import type { CallerKey } from "./caller-key.ts";
import type { RouterError } from "./errors.ts";

/**
 * What one request holds of the process from its head to its end, before there is a call as well: a place among its key's calls while its
 * body comes, and its share of the bytes that may be buffered. The inbound protocol that makes it releases it when the response is closed.
 *
 * @example
 *     const intake = router.intake();
 *     response.on("close", () => intake.release());
 *     const refusal = intake.enter(caller) ?? intake.hold(piece.length);
 */
export interface Intake {
  /**
   * Checks what a key's limits say of calls as such, its parallel calls and its requests per minute, and takes a place among them. Called once
   * the key is known, before the body is read. The place becomes the call's own when the router admits it.
   * @returns Why the request may not go on.
   */
  enter(caller: CallerKey | undefined): RouterError | undefined;
  /** Gives the place up: no call will come of the request. Idempotent. */
  leave(): void;
  /** Hands the place over to who counts the call from now on: a row of the key's limits. Undefined where there is none. */
  takePlace(): number | undefined;
  /** Why a body of so many bytes, which its head declares, finds no room. Holds nothing. */
  refusal(bytes: number): RouterError | undefined;
  /** Holds further bytes. @returns Why there is no room for them; they are not held then. */
  hold(bytes: number): RouterError | undefined;
  /** Gives up bytes that were held. */
  drop(bytes: number): void;
  /** Gives up everything, for good. Idempotent. */
  release(): void;
}
