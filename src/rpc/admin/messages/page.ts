import { RouterError } from "../../../core/errors.ts";

/** Clients take answers of 4 MiB by default and would refuse one that holds more deployments. */
const largestPage = 2_000;

/** One page of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** Sent back as `page_token`, it gets the next page. Empty on the last page. */
  readonly nextToken: string;
}

/**
 * One page of a list that may change between two pages. The next page begins after the last item of this one, or, when that item is gone,
 * at its place.
 * @param size The most items of the page. 0: everything.
 * @param token `nextToken` of the page before. Empty: the first page.
 * @param filter What the list was narrowed to: a token is valid for that alone.
 * @throws RouterError `invalid_request` for a token that was not given for this list.
 */
export function pageOf<Item extends { readonly id: string }>(
  all: readonly Item[],
  { size, token, filter }: { readonly size: number; readonly token: string; readonly filter: string },
): ListPage<Item> {
  const from = token === "" ? 0 : startOf(all, token, filter);
  const to = size === 0 ? all.length : from + Math.min(size, largestPage);
  const items = all.slice(from, to);
  const last = items.at(-1);
  return { items, nextToken: to >= all.length || last === undefined ? "" : encode([filter, to, last.id]) };
}

/** What a token says: the list's filter, the index of the next item, and the id of the one before it. */
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
