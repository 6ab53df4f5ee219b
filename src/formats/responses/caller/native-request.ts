import { RouterError } from "../../../core/errors.ts";
import type { PinnedId, PinnedIds } from "../../../core/pinned-ids.ts";
import { scanMembers, scanObject, skipSpace, skipValue, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonMember, JsonText } from "../../../lib/json/json-text.ts";
import { CallerIds, looksSealed } from "./own-ids.ts";
import { isBridgedId } from "./bridged-ids.ts";

/** A request as the deployment that keeps what it names is to get it. */
export interface OpenedRequest {
  readonly body: JsonText;
  /** The deployment that it has to go to; undefined where any may serve it. */
  readonly pinnedTo: string | undefined;
  /**
   * Makes the same for deployments of other accounts: without the reasoning that they cannot read. Undefined where any may serve it, and where it
   * names what only the one account keeps.
   */
  readonly unpinned: (() => JsonText) | undefined;
}

/**
 * Puts a deployment's own ids in place of the caller's: in `previous_response_id`, `conversation`, and the items of `input` that came from an earlier
 * answer, whose reasoning says who made it. Bytes that hold none stay as they are.
 * @param caller The name of the caller's key.
 */
export function openRequest(body: JsonText, ids: PinnedIds, caller: string | undefined): OpenedRequest | RouterError {
  const opener = new RequestOpener(body, new CallerIds(ids, caller));
  return opener.open();
}

/** Items that a later answer goes wrong without, and that only who made them can read. */
const privateTypes: ReadonlySet<string> = new Set(["reasoning", "compaction"]);
const [quote, openBrace, openBracket, comma] = [0x22, 0x7b, 0x5b, 0x2c];

interface Item {
  readonly start: number;
  readonly end: number;
  readonly text: JsonText;
  readonly id: string;
  readonly type: string | undefined;
  /** Undefined where its id, or the mark of its reasoning, is another caller's or of another secret. */
  readonly pinned: PinnedId | undefined;
  /** The encrypted content without its mark. */
  readonly content: string | undefined;
}

class RequestOpener {
  readonly #body: JsonText;
  readonly #ids: CallerIds;
  readonly #set = new Map<string, Buffer>();
  #pin: string | undefined;
  /** Whether the request names what only the pinned deployment keeps. */
  #isKept = false;

  constructor(body: JsonText, ids: CallerIds) {
    this.#body = body;
    this.#ids = ids;
  }

  open(): OpenedRequest | RouterError {
    const fault = this.#openNamed("previous_response_id", "response") ?? this.#openConversation();
    if (fault !== undefined) return fault;
    const items = this.#items();
    const references = items.filter(({ type }) => type === "item_reference");
    for (const { pinned, id } of references) {
      if (pinned === undefined) return notFound("item", id, "input");
      this.#pin ??= pinned.deploymentId;
      this.#isKept = true;
      if (pinned.deploymentId !== this.#pin) return apart("input");
    }
    this.#pin ??= items.find(({ type, pinned }) => pinned !== undefined && privateTypes.has(type ?? ""))?.pinned?.deploymentId;
    const input = this.#input(items, (item) => this.#opened(item));
    if (input !== undefined) this.#set.set("input", input);
    const unpinned = () => this.#with(new Map([["input", this.#input(items, withoutPrivate) ?? nothing]]));
    return { body: this.#with(this.#set), pinnedTo: this.#pin, unpinned: this.#pin === undefined || this.#isKept ? undefined : unpinned };
  }

  #openNamed(key: string, what: string): RouterError | undefined {
    const written = this.#member(key);
    const id = written === undefined ? undefined : textOf(this.#body.bytes, written.valueStart, written.valueEnd);
    return id === undefined ? undefined : this.#openId(key, what, id, (own) => own);
  }

  #openConversation(): RouterError | undefined {
    const written = this.#member("conversation");
    if (written === undefined || this.#body.bytes[written.valueStart] === quote) return this.#openNamed("conversation", "conversation");
    const members = scanObject(this.#body.bytes.subarray(written.valueStart, written.valueEnd));
    const named = members?.findLast(({ key }) => key === "id");
    if (named === undefined) return undefined;
    const id = textOf(this.#body.bytes, written.valueStart + named.valueStart, written.valueStart + named.valueEnd);
    return id === undefined ? undefined : this.#openId("conversation", "conversation", id, (own) => ({ id: own }));
  }

  #openId(key: string, what: string, id: string, value: (own: string) => unknown): RouterError | undefined {
    const pinned = this.#ids.open(id);
    if (pinned === undefined) return notFound(what, id, key);
    if (this.#pin !== undefined && this.#pin !== pinned.deploymentId) return apart(key);
    this.#pin = pinned.deploymentId;
    this.#isKept = true;
    this.#set.set(key, Buffer.from(JSON.stringify(value(pinned.id))));
    return undefined;
  }

  #member(key: string): JsonMember | undefined {
    return this.#body.members.findLast((one) => one.key === key);
  }

  /** The items of `input` that were made here. */
  #items(): readonly Item[] {
    const written = this.#member("input");
    if (written === undefined) return [];
    const { bytes } = this.#body;
    if (bytes[written.valueStart] !== openBracket) return [];
    const items: Item[] = [];
    let at = skipSpace(bytes, written.valueStart + 1);
    while (bytes[at] === openBrace) {
      const end = skipValue(bytes, at);
      const item = this.#item(bytes.subarray(at, end), at, end);
      if (item !== undefined) items.push(item);
      at = skipSpace(bytes, end);
      if (bytes[at] !== comma) break;
      at = skipSpace(bytes, at + 1);
    }
    return items;
  }

  #item(bytes: Buffer, start: number, end: number): Item | undefined {
    const members = scanObject(bytes);
    const value = (key: string): string | undefined => {
      const member = members?.findLast((one) => one.key === key);
      return member === undefined ? undefined : textOf(bytes, member.valueStart, member.valueEnd);
    };
    const [id, content] = [value("id"), value("encrypted_content")];
    const named = id === undefined ? undefined : this.#ids.open(id);
    const unmarked = content === undefined ? undefined : this.#ids.unmark(content);
    // An item of nothing but its id is a reference.
    const type = value("type") ?? (members?.length === 1 ? "item_reference" : undefined);
    // What is referred to is kept by the account, where others' are kept as well: only an id that was made here leads to it.
    const isReference = type === "item_reference" && id !== undefined;
    const isMade = named !== undefined || unmarked !== undefined || isReference || (id !== undefined && looksSealed(id));
    if (members === undefined || !isMade) return undefined;
    const pinned = named ?? unmarked?.pinned;
    return { start, end, text: { bytes, members }, id: id ?? "", type, pinned, content: unmarked?.content };
  }

  /** An item as its maker knows it. One of another maker loses its id, and reasoning of another maker is left out. */
  #opened(item: Item): Buffer | undefined {
    const { pinned, text, content, type } = item;
    const isOwn = pinned !== undefined && pinned.deploymentId === this.#pin;
    if (pinned !== undefined && !isOwn && privateTypes.has(type ?? "")) return undefined;
    const set = new Map<string, Buffer>();
    if (content !== undefined) set.set("encrypted_content", Buffer.from(JSON.stringify(content)));
    if (isOwn && pinned.id !== "") set.set("id", Buffer.from(JSON.stringify(pinned.id)));
    const remove = isOwn ? none : idAlone;
    return Buffer.concat(spliceObject(text, { set, remove }));
  }

  /** @returns The list with its items changed; undefined where none is. */
  #input(items: readonly Item[], change: (item: Item) => Buffer | undefined): Buffer | undefined {
    const written = this.#member("input");
    if (written === undefined || items.length === 0) return undefined;
    const { bytes } = this.#body;
    const pieces: Buffer[] = [];
    let done = written.valueStart;
    for (const item of items) {
      const changed = change(item);
      pieces.push(bytes.subarray(done, item.start), changed ?? nothing);
      done = item.end;
      if (changed !== undefined) continue;
      // With the comma behind it, or, of the last one, with the one before.
      const next = skipSpace(bytes, done);
      if (bytes[next] === comma) done = next + 1;
      else dropLastComma(pieces);
    }
    pieces.push(bytes.subarray(done, written.valueEnd));
    return Buffer.concat(pieces);
  }

  #with(set: ReadonlyMap<string, Buffer>): JsonText {
    if (set.size === 0) return this.#body;
    const bytes = Buffer.concat(spliceObject(this.#body, { set }));
    return { bytes, members: scanMembers(bytes) };
  }
}

const nothing = Buffer.alloc(0);
const none: ReadonlySet<string> = new Set();
const idAlone: ReadonlySet<string> = new Set(["id"]);

/** An item for who did not make it. */
function withoutPrivate({ text, type, content }: Item): Buffer | undefined {
  if (privateTypes.has(type ?? "") || content !== undefined) return undefined;
  return Buffer.concat(spliceObject(text, { remove: idAlone }));
}

/** Takes the comma off that stood before an item which is left out. */
function dropLastComma(pieces: Buffer[]): void {
  for (let index = pieces.length - 1; index >= 0; index--) {
    const piece = pieces[index] ?? nothing;
    const text = piece.toString("latin1");
    if (text.trim() === "") continue;
    if (text.trimEnd().endsWith(",")) pieces[index] = piece.subarray(0, text.trimEnd().length - 1);
    return;
  }
}

/** The text that a JSON string says; undefined for what is no string. */
function textOf(bytes: Buffer, start: number, end: number): string | undefined {
  if (bytes[start] !== quote) return undefined;
  const raw = bytes.toString("utf8", start + 1, end - 1);
  return raw.includes("\\") ? String(JSON.parse(`"${raw}"`)) : raw;
}

/** The same whether an id was made up, changed, or is another caller's. */
export function notFound(what: string, id: string, param?: string): RouterError {
  const why = isBridgedId(id) ? ": answers of models that have chat alone can be gone on from for a while, but not fetched" : "";
  return new RouterError("not_found", `There is no ${what} "${id.slice(0, longestShown)}" here${why}.`, { param });
}

const longestShown = 100;

function apart(param: string): RouterError {
  return new RouterError("invalid_request", `\`${param}\` and \`previous_response_id\` are kept by different deployments.`, { param });
}
