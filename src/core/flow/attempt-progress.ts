import type { Outcome, TextCount } from "../outcome.ts";
import type { Ledger } from "../state/ledger.ts";
import type { AnswerKind, AnswerLengths } from "./answer-lengths.ts";
import type { PromptPrefix } from "./prefix-memory.ts";

/** What an attempt is expected to do, and what that is told by. */
export interface ExpectedWork {
  readonly promptTokens: number;
  readonly lengths: AnswerLengths;
  readonly kind: AnswerKind;
  /** The caller's cap on each answer. */
  readonly cap: number | undefined;
  /** How many answers were asked for at once. */
  readonly answers: number;
  /** The beginning of its prompt. Omit it where it is not known. */
  readonly prefix?: PromptPrefix | undefined;
  /** Prompt tokens that the deployment has read before. Omit it for none. */
  readonly rememberedTokens?: number | undefined;
}

/** The ledger hears of a stream once in so many pieces, or bytes where these are large. */
const piecesPerStep = 16;
const bytesPerStep = 512;

/** What is left to do of one attempt, as far as it can be seen from here: in the ledger, among what its deployment has before it. */
export class AttemptProgress {
  readonly #ledger: Ledger;
  readonly #row: number;
  readonly #work: ExpectedWork;
  #promptTokens: number;
  #rest: number;
  #isOver = false;
  #nextPieces = piecesPerStep;
  #nextBytes = bytesPerStep;

  /** Begins with all of it. */
  constructor(ledger: Ledger, row: number, work: ExpectedWork) {
    this.#ledger = ledger;
    this.#row = row;
    this.#work = work;
    this.#promptTokens = work.promptTokens;
    this.#rest = this.#restAfter(0);
    ledger.addWork(row, this.#promptTokens, this.#rest);
  }

  /** First content has come: the prompt has been read. */
  begun(): void {
    this.#move(0, this.#rest);
  }

  /** More of a stream has come. Cheap: only now and then is there more to it. */
  heard(text: TextCount | undefined): void {
    if (text === undefined || this.#isOver) return;
    const { pieces, bytes } = text;
    if (pieces < this.#nextPieces && bytes < this.#nextBytes) return;
    this.#nextPieces = pieces + piecesPerStep;
    this.#nextBytes = bytes + bytesPerStep;
    this.#move(this.#promptTokens, this.#restAfter(this.#ledger.estimateText(this.#row, text)));
  }

  /** Nothing is left. @param outcome Undefined where it tells nothing of how long answers are. */
  end(outcome: Outcome | undefined, now: number): void {
    this.#isOver = true;
    this.#move(0, 0);
    if (outcome === undefined) return;
    const { lengths, kind, answers, prefix, rememberedTokens = 0 } = this.#work;
    prefix?.learn(this.#row, rememberedTokens, outcome, now);
    if (outcome.kind !== "success" || outcome.usage === undefined) return;
    lengths.learn(kind, outcome.usage.outputTokens / answers);
  }

  #restAfter(tokens: number): number {
    const { lengths, kind, cap, answers } = this.#work;
    return lengths.expectedRest(kind, tokens / answers, cap) * answers;
  }

  #move(promptTokens: number, rest: number): void {
    this.#ledger.addWork(this.#row, promptTokens - this.#promptTokens, rest - this.#rest);
    this.#promptTokens = promptTokens;
    this.#rest = rest;
  }
}
