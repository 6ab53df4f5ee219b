import type { Call } from "../../../core/call.ts";
import type { PinnedId, PinnedIds } from "../../../core/pinned-ids.ts";

/** What an id of OpenAI's begins with: `resp_`, `msg_`, `rs_`. */
const idStart = /^[a-z]{1,16}_/;
/** Stands before reasoning that only its maker can read, and says who that is. */
const sealPrefix = "hgenc_";
const sealEnd = ".";

/** Makes a deployment's own ids those that its caller gets. The same id comes out the same, as long as the model is asked for by the same name. */
export class AnswerIds {
  readonly #ids: PinnedIds;
  readonly #deploymentId: string;
  readonly #model: string;
  readonly #caller: string | undefined;
  readonly #known = new Map<string, string>();

  constructor(ids: PinnedIds, deploymentId: string, { model, caller }: Pick<Call, "model" | "caller">) {
    this.#ids = ids;
    this.#deploymentId = deploymentId;
    this.#model = model;
    this.#caller = caller?.name;
  }

  /** @returns An id that does not look like one as it is. */
  seal(id: string): string {
    let sealed = this.#known.get(id);
    if (sealed === undefined) {
      const [prefix] = idStart.exec(id) ?? [];
      sealed = prefix === undefined ? id : this.#ids.seal(prefix, this.#pinned(id), this.#caller);
      if (this.#known.size < mostKnown) this.#known.set(id, sealed);
    }
    return sealed;
  }

  /** What is put before encrypted reasoning. Holds no character that JSON escapes. */
  get mark(): string {
    return this.#ids.seal(sealPrefix, this.#pinned(""), this.#caller) + sealEnd;
  }

  #pinned(id: string): PinnedId {
    return { deploymentId: this.#deploymentId, model: this.#model, id };
  }
}

/** An answer has a few items. One that names thousands has each sealed anew. */
const mostKnown = 256;

/** Whether an id was most likely made here, for whomever: no provider's are as long. */
export function looksSealed(id: string): boolean {
  return id.length > longestOwn && idStart.test(id);
}

const longestOwn = 80;

/** Reads the ids that a caller has, and what stands before its reasoning. */
export class CallerIds {
  readonly #ids: PinnedIds;
  readonly #caller: string | undefined;

  constructor(ids: PinnedIds, caller: string | undefined) {
    this.#ids = ids;
    this.#caller = caller;
  }

  /** @returns Undefined for an id that was not made here for this caller. */
  open(id: string): PinnedId | undefined {
    const [prefix] = idStart.exec(id) ?? [];
    return prefix === undefined ? undefined : this.#ids.open(prefix, id, this.#caller);
  }

  /**
   * Takes the mark off reasoning.
   * @returns `pinned` is undefined where the mark is another caller's or of another secret. Undefined where there is no mark.
   */
  unmark(content: string): { readonly pinned: PinnedId | undefined; readonly content: string } | undefined {
    if (!content.startsWith(sealPrefix)) return undefined;
    const end = content.indexOf(sealEnd);
    if (end === -1) return undefined;
    return { pinned: this.#ids.open(sealPrefix, content.slice(0, end), this.#caller), content: content.slice(end + 1) };
  }
}
