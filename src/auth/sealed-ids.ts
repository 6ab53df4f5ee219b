import { createHmac, timingSafeEqual } from "node:crypto";
import type { AnswerShelf, PinnedId, PinnedIds } from "../core/pinned-ids.ts";

const version = "1";
const tagBytes = 16;
/** Longer than any id that is made here of what providers send: their own have at most some hundred characters. */
const longestId = 2_048;

/** Makes ids that nobody without the secret can make, change, or use with another key. What they stand for is not hidden: it is no secret. */
export class SealedIds implements PinnedIds {
  #secret: Buffer;
  readonly shelf: AnswerShelf | undefined;

  /** @param secret The same in all processes that are to read each other's ids. */
  constructor(secret: Buffer, shelf?: AnswerShelf) {
    this.#secret = secret;
    this.shelf = shelf;
  }

  /** A changed secret ends the ids that were made with the one before. */
  configure(secret: Buffer): void {
    this.#secret = secret;
  }

  seal(prefix: string, { deploymentId, model, id }: PinnedId, caller: string | undefined): string {
    const text = Buffer.from(JSON.stringify([deploymentId, model, id]));
    return `${prefix}${version}${Buffer.concat([this.#tag(prefix, text, caller), text]).toString("base64url")}`;
  }

  open(prefix: string, id: string, caller: string | undefined): PinnedId | undefined {
    const head = prefix + version;
    if (!id.startsWith(head) || id.length > longestId) return undefined;
    const written = id.slice(head.length);
    const bytes = Buffer.from(written, "base64url");
    // What reads base64 passes over what is none, but an id is one text and no other: not with a `?`, a `#` or a line break in it.
    if (bytes.length <= tagBytes || bytes.toString("base64url") !== written) return undefined;
    const text = bytes.subarray(tagBytes);
    if (!timingSafeEqual(bytes.subarray(0, tagBytes), this.#tag(prefix, text, caller))) return undefined;
    const [deploymentId, model, own] = JSON.parse(text.toString()) as [string, string, string];
    // Whatever a provider calls what it keeps, its name has a place in a path, and leads to no other.
    return own === "." || own === ".." || !own.isWellFormed() ? undefined : { deploymentId, model, id: own };
  }

  #tag(prefix: string, text: Buffer, caller: string | undefined): Buffer {
    // A name of a key may hold anything; JSON keeps it apart from what follows.
    const bound = createHmac("sha256", this.#secret)
      .update(JSON.stringify([prefix, caller ?? null]))
      .update(text);
    return bound.digest().subarray(0, tagBytes);
  }
}
