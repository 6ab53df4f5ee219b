import { BufferedBytes } from "../../lib/shared/buffered-bytes.ts";
import type { CallerKey } from "../caller-key.ts";
import { RouterError } from "../errors.ts";
import type { Intake } from "../intake.ts";
import type { KeyLimits } from "../keys/key-limits.ts";

/** A moment in which other requests end. */
const retryAfterMs = 1_000;

/** One request's {@link Intake}. Bytes are counted in steps, so that a small request costs one addition and one subtraction. */
export class CallIntake implements Intake {
  readonly #buffered: BufferedBytes;
  readonly #keys: KeyLimits;
  #bytes = 0;
  #steps = 0;
  #place: number | undefined;
  #isOver = false;

  constructor(buffered: BufferedBytes, keys: KeyLimits) {
    this.#buffered = buffered;
    this.#keys = keys;
  }

  enter(caller: CallerKey | undefined): RouterError | undefined {
    if (caller === undefined || this.#isOver) return undefined;
    const place = this.#keys.holdPlace(caller);
    if (place instanceof RouterError) return place;
    this.#place = place;
    return undefined;
  }

  leave(): void {
    const place = this.takePlace();
    if (place !== undefined) this.#keys.leavePlace(place);
  }

  takePlace(): number | undefined {
    const place = this.#place;
    this.#place = undefined;
    return place;
  }

  refusal(bytes: number): RouterError | undefined {
    return this.#buffered.fits(BufferedBytes.stepsOf(bytes)) ? undefined : noRoom();
  }

  hold(bytes: number): RouterError | undefined {
    if (this.#isOver) return undefined;
    const steps = BufferedBytes.stepsOf(this.#bytes + bytes);
    if (steps > this.#steps) {
      if (!this.#buffered.take(steps - this.#steps, steps)) return noRoom();
      this.#steps = steps;
    }
    this.#bytes += bytes;
    return undefined;
  }

  drop(bytes: number): void {
    if (this.#isOver) return;
    this.#bytes -= bytes;
    const steps = BufferedBytes.stepsOf(this.#bytes);
    this.#buffered.give(this.#steps - steps);
    this.#steps = steps;
  }

  release(): void {
    if (this.#isOver) return;
    this.leave();
    this.#isOver = true;
    this.#buffered.give(this.#steps);
    this.#steps = 0;
  }
}

function noRoom(): RouterError {
  const message =
    "This server holds as many bytes of requests and replies as it may (general_settings.max_buffered_bytes). Try again shortly.";
  return new RouterError("local_fault", message, { retryAfterMs });
}
