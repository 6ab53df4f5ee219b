import { RouterError } from "../../core/errors.ts";

/** More in one answer would be large enough to be refused by clients, which take 4 MiB by default. */
const largestPage = 2_000;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty on the last page. */
  readonly nextToken: string;
}

/**
 * One page of a list that may change between two pages: the next one begins after the last item of this one, or, when that is gone, at its
 * place.
 * @param filter What the list was narrowed to: a token is good for that alone.
 * @param size 0: everything.
 * @throws RouterError for a token that is none of these.
 */
export function pageOf<Item extends { readonly id: string }>(
  all: readonly Item[],
  { size, token, filter }: { readonly size: number; readonly token: string; readonly filter: string },
): Page<Item> {
  const from = token === "" ? 0 : startOf(all, token, filter);
  const to = size === 0 ? all.length : from + Math.min(size, largestPage);
  const items = all.slice(from, to);
  const last = items.at(-1);
  return { items, nextToken: to >= all.length || last === undefined ? "" : encode([filter, to, last.id]) };
}

/** The filter, the place of the next item, the id of the one before. */
type Place = readonly [filter: string, next: number, lastId: string];

function startOf(all: readonly { readonly id: string }[], token: string, filter: string): number {
  const place = decode(token);
  if (place === undefined || place[0] !== filter) {
    const message =
      "page_token is not one that this server gave for this list: send next_page_token of the answer before, with the same group.";
    throw new RouterError("invalid_request", message, { param: "page_token" });
  }
  const [, next, lastId] = place;
  const last = all.findIndex(({ id }) => id === lastId);
  return last === -1 ? Math.min(Math.max(next - 1, 0), all.length) : last + 1;
}

function encode(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function decode(token: string): Place | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (!Array.isArray(parsed)) return undefined;
    const [filter, next, lastId]: unknown[] = parsed;
    return typeof filter === "string" && Number.isSafeInteger(next) && typeof lastId === "string"
      ? [filter, Number(next), lastId]
      : undefined;
  } catch {
    return undefined;
  }
}
