import type { CallerFormat } from "../core/format.ts";
import type { JsonMembers } from "../core/provider.ts";
import { anthropicCaller } from "../formats/anthropic/caller/caller.ts";

/** More than these are not listed at once, and as many where nothing is said. */
const mostListed = 1_000;

/**
 * The format of lists of models, and of errors where the path belongs to no format: Anthropic's for its clients, which name the version of its API
 * that they speak and may have its name in their base address; otherwise undefined.
 */
export function formatOfModels(path: string, version: unknown): CallerFormat | undefined {
  return version !== undefined || path.startsWith("/anthropic/") ? anthropicCaller : undefined;
}

/**
 * A page of models as Anthropic's API lists them: https://docs.anthropic.com/en/api/models-list
 * @param ids All that the caller may call. @param told One of them as it is listed.
 */
export function anthropicModels(ids: readonly string[], query: URLSearchParams, told: (id: string) => JsonMembers): JsonMembers {
  const limit = limitOf(query.get("limit"));
  const [after, before] = [query.get("after_id"), query.get("before_id")];
  const end = before === null ? ids.length : Math.max(ids.indexOf(before), 0);
  const start = after === null ? 0 : ids.indexOf(after) + 1;
  const rest = ids.slice(start, end);
  const page = before !== null && after === null ? rest.slice(-limit) : rest.slice(0, limit);
  return { data: page.map(told), has_more: page.length < rest.length, first_id: page[0] ?? null, last_id: page.at(-1) ?? null };
}

function limitOf(text: string | null): number {
  const limit = Number(text ?? "");
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, mostListed) : mostListed;
}

/** One model as Anthropic's API tells it. @param created In Unix seconds. @param known Its windows in tokens, where they are known. */
export function anthropicModel(
  id: string,
  created: number,
  known: { readonly maxInputTokens: number | undefined; readonly maxOutputTokens: number | undefined },
): JsonMembers {
  return {
    type: "model",
    id,
    display_name: id,
    created_at: new Date(created * 1_000).toISOString(),
    ...(known.maxInputTokens === undefined ? {} : { max_input_tokens: known.maxInputTokens }),
    ...(known.maxOutputTokens === undefined ? {} : { max_tokens: known.maxOutputTokens }),
  };
}
