/** What an id that callers have stands for. */
export interface PinnedId {
  /** The deployment that keeps it. */
  readonly deploymentId: string;
  /** The model that it was made with, as its caller named it. */
  readonly model: string;
  /** The provider's own id. */
  readonly id: string;
}

/**
 * The ids by which callers name what a deployment keeps: responses, files, batches. An id says itself which deployment that is, so nothing is stored and
 * each process of the same secret can read it. It is authenticated, and bound to the caller's key.
 */
export interface PinnedIds {
  /** What is kept here of answers whose deployments keep none. Omit it for nothing. */
  readonly shelf?: AnswerShelf | undefined;
  /**
   * @param prefix What the provider's ids of this kind begin with: `resp_`.
   * @param caller The name of the caller's key; undefined where it has none.
   * @returns An id that begins with the prefix.
   */
  seal(prefix: string, pinned: PinnedId, caller: string | undefined): string;
  /** @returns Undefined for an id that was not made here, was changed, or is another caller's. */
  open(prefix: string, id: string, caller: string | undefined): PinnedId | undefined;
}

/** Texts that are kept for a while. What is kept may be gone at any time. */
export interface AnswerShelf {
  /** @returns False for a text that is too large to be kept. */
  put(key: string, text: Buffer): boolean;
  get(key: string): Buffer | undefined;
}
