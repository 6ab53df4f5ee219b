import type { Call } from "../call.ts";
import { mostAssumedOutput, unitNames } from "../keys/prices.ts";
import type { MediaTokens, TextCount, UnitCounts, Usage } from "../outcome.ts";
import type { LedgerView } from "../state/ledger-view.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/** What an attempt is counted by. */
interface Spender {
  readonly call: Call;
  readonly entry: RoutedDeployment;
  readonly groupAttempts: { readonly requestBytes: number };
}

/**
 * What an attempt has used: as the provider reported it, else estimated from the request's size and the text that came.
 * @param text Undefined where nothing came that could be counted.
 */
export function measuredUsage(reported: Usage | undefined, text: TextCount | undefined, spender: Spender, ledger: LedgerView): Usage {
  if (reported !== undefined) return reported;
  const { call, entry, groupAttempts } = spender;
  return {
    ...call.units,
    promptTokens: ledger.estimatePromptTokens(entry.row, groupAttempts.requestBytes),
    outputTokens: text === undefined ? 0 : ledger.estimateText(entry.row, text),
    estimated: true,
  };
}

/**
 * What an attempt has used whose caller hung up: no less than what came, and no less than what its deployment is likely to have made in
 * that time, or makes of an answer as a rule. That guess is never more than the answers may have at most.
 */
export function abandonedUsage(measured: Usage, elapsedMs: number, { call, entry }: Spender, ledger: LedgerView): Usage {
  const { row, deployment } = entry;
  if (call.endpoint === "embeddings") return measured;
  const each = Math.max(ledger.estimateOutputTokens(row, undefined), ledger.estimateMade(row, elapsedMs));
  const most = call.maxOutputTokens ?? deployment.maxOutputTokens ?? mostAssumedOutput;
  const guess = Math.min(each, most) * call.answers;
  return guess <= measured.outputTokens ? measured : { ...measured, outputTokens: guess, estimated: true };
}

/** Adds what one attempt used to what others of the same call did. What a provider's limits leave out counts in those of callers' keys. */
export function addUsage(sum: Usage | undefined, usage: Usage): Usage {
  if (sum === undefined) return usage.unlimitedTokens === undefined ? usage : { ...usage, unlimitedTokens: undefined };
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    outputTokens: sum.outputTokens + usage.outputTokens,
    cachedTokens: added(sum.cachedTokens, usage.cachedTokens),
    cacheWriteTokens: added(sum.cacheWriteTokens, usage.cacheWriteTokens),
    longCacheWriteTokens: added(sum.longCacheWriteTokens, usage.longCacheWriteTokens),
    reasoningTokens: added(sum.reasoningTokens, usage.reasoningTokens),
    webSearches: added(sum.webSearches, usage.webSearches),
    ...addedUnits(sum, usage),
    ...addedMedia(sum.media, usage.media),
    estimated: sum.estimated === true || usage.estimated === true ? true : undefined,
  };
}

/** What an attempt has used since it told before what it had used until then. Its prices are those of the whole. */
export function usageSince(total: Usage, before: Usage | undefined): Usage {
  if (before === undefined) return total;
  const { inputAudio, inputImage, outputAudio, outputImage } = before.media ?? {};
  return {
    promptTokens: total.promptTokens - before.promptTokens,
    outputTokens: total.outputTokens - before.outputTokens,
    cachedTokens: less(total.cachedTokens, before.cachedTokens),
    cacheWriteTokens: less(total.cacheWriteTokens, before.cacheWriteTokens),
    ...(total.seconds === undefined ? {} : { seconds: less(total.seconds, before.seconds) }),
    ...(total.media === undefined
      ? {}
      : {
          media: {
            inputImage: less(total.media.inputImage, inputImage),
            outputImage: less(total.media.outputImage, outputImage),
            inputAudio: less(total.media.inputAudio, inputAudio),
            outputAudio: less(total.media.outputAudio, outputAudio),
          },
        }),
  };
}

function less(total: number | undefined, before: number | undefined): number | undefined {
  return total === undefined ? undefined : total - (before ?? 0);
}

function added(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}

function addedUnits(sum: UnitCounts, usage: UnitCounts): UnitCounts {
  const units: Record<string, number> = {};
  for (const name of unitNames) {
    const count = added(sum[name], usage[name]);
    if (count !== undefined) units[name] = count;
  }
  return units;
}

function addedMedia(sum: MediaTokens | undefined, media: MediaTokens | undefined): Pick<Usage, "media"> {
  if (sum === undefined || media === undefined) return sum === undefined && media === undefined ? {} : { media: sum ?? media };
  const { inputImage, outputImage, inputAudio, outputAudio } = media;
  return {
    media: {
      inputImage: added(sum.inputImage, inputImage),
      outputImage: added(sum.outputImage, outputImage),
      inputAudio: added(sum.inputAudio, inputAudio),
      outputAudio: added(sum.outputAudio, outputAudio),
    },
  };
}
