import { PieceGatherer } from "../../lib/piece-gatherer.ts";
import type { RouterError } from "../errors.ts";
import { tooLong } from "./attempt-errors.ts";
import type { AttemptPlan } from "./attempt-plan.ts";

/** A reply beyond this is refused rather than held in memory. The largest real ones, batches of embeddings, are about 40 MB. */
const longestReplyBytes = 128 * 1024 * 1024;
/** Enough of an error's body to read what it says. */
const longestErrorBytes = 64 * 1024;

/** The body of a reply that is read whole, until it is there. The call's share of buffered bytes holds it, but for that of an error. */
export class CollectedBody {
  readonly #plan: AttemptPlan;
  #gathered: PieceGatherer | undefined;
  /** What the call's intake holds of it. */
  #held = 0;

  constructor(plan: AttemptPlan) {
    this.#plan = plan;
  }

  /** @returns Why there is no room for more. */
  add(chunk: Buffer, isSuccess: boolean): RouterError | undefined {
    const gathered = (this.#gathered ??= new PieceGatherer());
    gathered.push(chunk);
    const { entry, call } = this.#plan;
    const most = isSuccess ? longestReplyBytes : longestErrorBytes;
    if (gathered.length > most) return tooLong(entry, most, "a reply of over {bytes} bytes");
    if (!isSuccess) return undefined;
    const noRoom = call.intake?.hold(chunk.length);
    if (noRoom === undefined) this.#held += chunk.length;
    return noRoom;
  }

  /** Hands over what there is and begins anew. It stays held: the caller is still to get it. */
  take(): Buffer {
    const pieces = this.#gathered?.take() ?? [];
    const [only] = pieces;
    this.#gathered = undefined;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  }

  /** Gives up what is held: nothing of it goes to the caller. */
  drop(): void {
    this.#gathered = undefined;
    if (this.#held > 0) this.#plan.call.intake?.drop(this.#held);
    this.#held = 0;
  }
}

/** Whether a status of HTTP says that the request was served. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
