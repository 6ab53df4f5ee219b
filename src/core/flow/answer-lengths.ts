import { type Expectation, LengthHistogram } from "../../lib/averages/length-histogram.ts";
import type { Call } from "../call.ts";

/** What tells how long an answer is likely to be. */
export type AnswerTraits = Partial<Pick<Call, "endpoint">> & {
  readonly maxOutputTokens: number | undefined;
  /** Whose call it is. Omit it where that is not known. */
  readonly tenant?: string | undefined;
};

/** One kind of answers: a number that {@link AnswerLengths} gave. */
export type AnswerKind = number;

/** Caps up to these are alike; larger ones are one class, and so are calls without a cap. */
const capClasses = [16, 64, 256, 1_024, 4_096];
const classes = capClasses.length + 2;
/** Tenants whose answers are told apart. Two may fall into one place; each kind leans on what is known of all until it has lengths of its own. */
const tenantPlaces = 32;
/** What is known of more kinds together counts as much as so many lengths. */
const trustInOthers = 10;
/** What is assumed before anything is known counts as much as so many lengths. */
const trustInFirst = 3;
/** Of a stream that goes on, no less than this is expected. */
export const leastRest = 8;

/** Long answers are few, and the longer one is, the more there is to come of it: so it is in public chat traces, of mean 211. */
const firstExpectation: Expectation = (seen) => 211 + seen / 2;

/** How long answers of one group are, by endpoint, by the caller's cap, and by caller. Bounded: 1 MB at the very most, usually some KB. */
export class AnswerLengths {
  /** By kind. */
  readonly #histograms: (LengthHistogram | undefined)[] = [];
  /** Of all kinds of one endpoint. */
  readonly #chat = new LengthHistogram();
  readonly #completions = new LengthHistogram();
  readonly #chatRest: Expectation = (seen) => this.#chat.meanRest(seen, firstExpectation, trustInFirst);
  readonly #completionsRest: Expectation = (seen) => this.#completions.meanRest(seen, firstExpectation, trustInFirst);
  /** Of kinds of one cap over all tenants, made once. */
  readonly #restOfClass = Array.from({ length: 2 * classes }, (_, at): Expectation => {
    const other = at < classes ? this.#chatRest : this.#completionsRest;
    return (seen) => this.#histograms[at]?.meanRest(seen, other, trustInOthers) ?? other(seen);
  });

  /** The kind that an answer belongs to; -1 where none is made of tokens. */
  kindOf({ endpoint, maxOutputTokens, tenant }: AnswerTraits): AnswerKind {
    if (endpoint === "embeddings") return -1;
    const base = (endpoint === "completions" ? classes : 0) + capClass(maxOutputTokens);
    return tenant === undefined ? base : base + 2 * classes * (1 + placeOf(tenant));
  }

  /**
   * How many tokens one answer is likely to have yet.
   * @param seen Tokens of it that have come.
   * @param cap The caller's. Undefined where it gave none.
   */
  expectedRest(kind: AnswerKind, seen: number, cap: number | undefined): number {
    if (kind < 0) return 0;
    const other = this.#restOfClass[kind % (2 * classes)] ?? firstExpectation;
    const own = kind < 2 * classes ? undefined : this.#histograms[kind];
    const rest = own === undefined ? other(seen) : own.meanRest(seen, other, trustInOthers);
    return Math.ceil(Math.max(cap === undefined ? rest : Math.min(rest, cap - seen), leastRest));
  }

  /** Learns from an answer that has come to its end. */
  learn(kind: AnswerKind, tokens: number): void {
    if (kind < 0) return;
    const shared = kind % (2 * classes);
    (shared < classes ? this.#chat : this.#completions).add(tokens);
    (this.#histograms[shared] ??= new LengthHistogram()).add(tokens);
    if (kind !== shared) (this.#histograms[kind] ??= new LengthHistogram()).add(tokens);
  }
}

function capClass(cap: number | undefined): number {
  if (cap === undefined) return classes - 1;
  let at = 0;
  while (at < capClasses.length && cap > (capClasses[at] ?? 0)) at++;
  return at;
}

function placeOf(tenant: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < tenant.length; index++) hash = Math.imul(hash ^ tenant.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % tenantPlaces;
}
