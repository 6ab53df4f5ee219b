/** A reply beyond this is refused rather than held in memory. The largest real ones, batches of embeddings, are about 40 MB. */
export const longestReplyBytes = 128 * 1024 * 1024;
/** Enough of an error's body to read what it says. */
const longestErrorBytes = 64 * 1024;

/** The body of a reply that is read whole, until it is there. */
export class CollectedBody {
  #chunks: Buffer[] = [];
  #received = 0;

  /** @returns Whether there is room for more. */
  add(chunk: Buffer, isSuccess: boolean): boolean {
    this.#received += chunk.length;
    this.#chunks.push(chunk);
    return this.#received <= (isSuccess ? longestReplyBytes : longestErrorBytes);
  }

  /** Hands over what there is and begins anew. */
  take(): Buffer {
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#received = 0;
    return body;
  }
}

/** Whether a status of HTTP says that the request was served. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
