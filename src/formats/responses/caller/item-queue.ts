import type { JsonMembers } from "../../../core/provider.ts";
import { CallItem, MessageItem, type OutputItem, ReasoningItem, type Send, type TextPiece } from "./output-items.ts";
import type { CallerTool } from "./tool-names.ts";

/** A piece of a tool's call, as a chunk tells it. */
export interface ToolPiece {
  /** Which call it is of. Undefined where the host does not say. */
  readonly index: number | undefined;
  readonly givenId: string | undefined;
  readonly name: string | undefined;
  /** Makes the id of a call that begins with this piece. */
  readonly toId: () => string;
  readonly args: string;
}

interface QueueOptions {
  readonly send: Send;
  /** Ends the ids of the answer's items: unlike any other answer's. */
  readonly idEnd: string;
  readonly keepsProofs: boolean;
  readonly tools: (name: string) => CallerTool;
}

/**
 * Puts what chunks tell, in whatever order, into items that follow one another: an item is done before the next one begins. A call stays open
 * until its arguments are whole, and what comes of others in the meantime waits, since hosts may tell several calls piece by piece in turn.
 */
export class ItemQueue {
  readonly #options: QueueOptions;
  /** The first one is open, the others wait. */
  readonly #items: OutputItem[] = [];
  readonly #calls = new Map<number, CallItem>();
  #lastCall: CallItem | undefined;
  #made = 0;
  /** The items that are done. */
  readonly output: JsonMembers[] = [];
  /** The same, with what proves the thinking in them. */
  readonly kept: JsonMembers[] = [];

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  reasoning(text: string): void {
    this.#thought().text(text);
    this.#advance();
  }

  sign(signature: string): void {
    this.#thought().sign(signature);
  }

  redacted(block: JsonMembers): void {
    const item = new ReasoningItem(this.#id("rs"), this.#options.keepsProofs);
    item.redacted(block);
    this.#begin(item);
    this.#advance();
  }

  text(piece: TextPiece): void {
    const last = this.#items.at(-1);
    const item = last instanceof MessageItem ? last : this.#begin(new MessageItem(this.#id("msg")));
    item.add(piece);
    this.#advance();
  }

  call(piece: ToolPiece): void {
    this.#callOf(piece).add(piece.name, piece.args);
    this.#advance();
  }

  /** No more comes: all that waits is told, and the last item is done. @param isCut Whether the answer was cut short there. */
  end(isCut: boolean): void {
    while (this.#items.length > 0) this.#close(isCut && this.#items.length === 1 ? "incomplete" : "completed");
  }

  #thought(): ReasoningItem {
    const last = this.#items.at(-1);
    return last instanceof ReasoningItem && !last.isSigned
      ? last
      : this.#begin(new ReasoningItem(this.#id("rs"), this.#options.keepsProofs));
  }

  /** Hosts that know no parallel calls give each the same index, or none. */
  #callOf({ index, givenId, name, toId }: ToolPiece): CallItem {
    const known = index === undefined ? this.#lastCall : this.#calls.get(index);
    const isAnother =
      known === undefined || (givenId !== undefined && name !== undefined && known.givenId !== undefined && givenId !== known.givenId);
    if (!isAnother) return known;
    const item = this.#begin(new CallItem({ idEnd: this.#id(""), callId: toId(), name: name ?? "", tools: this.#options.tools, givenId }));
    if (index !== undefined) this.#calls.set(index, item);
    this.#lastCall = item;
    return item;
  }

  #begin<Item extends OutputItem>(item: Item): Item {
    this.#items.push(item);
    return item;
  }

  #id(prefix: string): string {
    return `${prefix}${this.#options.idEnd}${this.#made++}`;
  }

  #advance(): void {
    while (this.#items.length > 1 && this.#items[0]?.isWhole === true) this.#close("completed");
    const [open] = this.#items;
    if (open?.canOpen === true) open.tell(this.#options.send, this.output.length);
  }

  #close(status: "completed" | "incomplete"): void {
    const item = this.#items.shift();
    if (item === undefined) return;
    const done = item.close(this.#options.send, this.output.length, status);
    this.output.push(done);
    this.kept.push(item instanceof ReasoningItem ? { ...done, ...item.proofs } : done);
  }
}
