import { ewma, peakMean, quantileStep } from "../../lib/averages/ewma.ts";
import type { Outcome, Usage } from "../outcome.ts";
import { column, intsPerRow, real, realsPerRow, type RowArrays } from "./ledger-rows.ts";

/** What the ledger learns from an attempt's end. The caller holds the rows' lock. */

/** How slow a failure counts in the averages, so that failing fast never looks fast. Linkerd uses the same 5 s. */
const failurePenaltyMs = 5_000;
/** The same for time per token: 100 ms, several times a usual host's 10 to 30 ms. */
const failurePenaltyTokens = 50;
/** A peak fades within about this time. */
const peakDecayMs = 10_000;

type Success = Outcome & { readonly kind: "success" };

/** The columns of one average. */
interface Average {
  readonly samples: number;
  readonly mean: number;
  readonly peak: number;
  readonly measuredAt: number;
}

const firstToken: Average = {
  samples: column.firstTokenSamples,
  mean: real.firstTokenMs,
  peak: real.peakFirstTokenMs,
  measuredAt: real.firstTokenMeasuredAt,
};
const perToken: Average = {
  samples: column.perTokenSamples,
  mean: real.msPerToken,
  peak: real.peakMsPerToken,
  measuredAt: real.perTokenMeasuredAt,
};

/** What was asked of the deployment, to learn by. */
export interface Asked {
  /** Size of the request in bytes. */
  readonly requestBytes: number;
  /** How many answers were asked for at once. */
  readonly answers: number;
}

/** Takes a success into the averages. It is counted in the row's successes already. */
export function learnSuccess(arrays: RowArrays, row: number, now: number, outcome: Success, asked: Asked): void {
  const { ints, reals } = arrays;
  const { usage, firstTokenMs } = outcome;
  const base = row * intsPerRow;
  const at = row * realsPerRow;
  reals[at + real.lateMs] = quantileStep(reals[at + real.lateMs] ?? 0, (ints[base + column.successes] ?? 0) - 1, firstTokenMs, 0.95);
  if (outcome.stream) sample(arrays, row, now, firstTokenMs, firstToken);
  // Without a token count the whole time stands for one token; a host that never counts is then compared with its like.
  else sample(arrays, row, now, outcome.totalMs / Math.max(usage?.outputTokens ?? 1, 1), perToken);
  if (usage !== undefined) learnUsage(arrays, row, usage, outcome, asked);
  learnFailureRate(arrays, row, 0);
}

function learnUsage({ ints, reals }: RowArrays, row: number, usage: Usage, outcome: Success, { requestBytes, answers }: Asked): void {
  const base = row * intsPerRow;
  const at = row * realsPerRow;
  const heard = ints[base + column.outputSamples] ?? 0;
  const { outputTokens, estimated } = usage;
  // What is not answered in tokens tells nothing of how long answers are.
  if (answers === 0) return;
  const each = outputTokens / answers;
  reals[at + real.outputTokens] = ewma(reals[at + real.outputTokens] ?? 0, heard, each);
  if (each > 0) reals[at + real.msPerOutputToken] = ewma(reals[at + real.msPerOutputToken] ?? 0, heard, outcome.totalMs / each);
  ints[base + column.outputSamples] = heard + 1;
  // An estimate by these numbers tells nothing new of them.
  if (estimated === true) return;
  const { textBytes = 0 } = outcome;
  if (textBytes > 0) {
    const texts = ints[base + column.textSamples] ?? 0;
    reals[at + real.tokensPerTextByte] = ewma(reals[at + real.tokensPerTextByte] ?? 0, texts, outputTokens / textBytes);
    ints[base + column.textSamples] = texts + 1;
  }
  if (requestBytes === 0) return;
  const prompts = ints[base + column.usageSamples] ?? 0;
  reals[at + real.tokensPerByte] = ewma(reals[at + real.tokensPerByte] ?? 0, prompts, usage.promptTokens / requestBytes);
  ints[base + column.usageSamples] = prompts + 1;
}

/** Takes a failure by the deployment's fault into the averages. It is counted in the row's failures already. */
export function learnFailure(arrays: RowArrays, row: number, now: number, totalMs: number): void {
  const penaltyMs = Math.max(totalMs, failurePenaltyMs);
  sample(arrays, row, now, penaltyMs, firstToken);
  sample(arrays, row, now, penaltyMs / failurePenaltyTokens, perToken);
  learnFailureRate(arrays, row, 1);
}

function sample({ ints, reals }: RowArrays, row: number, now: number, ms: number, average: Average): void {
  const at = row * realsPerRow;
  const count = row * intsPerRow + average.samples;
  const samples = ints[count] ?? 0;
  const elapsedMs = now - (reals[at + average.measuredAt] ?? 0);
  reals[at + average.mean] = ewma(reals[at + average.mean] ?? 0, samples, ms);
  reals[at + average.peak] = peakMean(reals[at + average.peak] ?? 0, samples, ms, elapsedMs, peakDecayMs);
  reals[at + average.measuredAt] = now;
  ints[count] = samples + 1;
}

function learnFailureRate({ ints, reals }: RowArrays, row: number, failed: 0 | 1): void {
  const base = row * intsPerRow;
  const at = row * realsPerRow + real.failureRate;
  // Begins at 0 with the weight of one success, so that one early failure does not read as "always fails".
  reals[at] = ewma(reals[at] ?? 0, (ints[base + column.successes] ?? 0) + (ints[base + column.failures] ?? 0), failed);
}
