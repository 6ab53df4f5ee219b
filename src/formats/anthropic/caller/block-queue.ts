import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { ObjectEnd } from "../../kit/calls/object-end.ts";

/** Sends one event. @param data JSON. */
type Send = (name: string, data: string) => void;

/** A piece of a tool's call, as a chunk tells it. */
export interface CallPiece {
  /** Which call it is of. Undefined where the host does not say. */
  readonly index: number | undefined;
  readonly givenId: string | undefined;
  readonly name: string | undefined;
  /** Makes the id of a call that begins with this piece. */
  readonly toId: () => string;
  readonly input: string;
}

/** One block of the message. What comes of it while another one is open is kept until its turn. */
interface Block {
  readonly kind: "text" | "thinking" | "call" | "whole";
  /** Its `content_block`, with which it starts. */
  start: JsonMembers;
  /** Deltas that wait, as JSON. */
  readonly waiting: string[];
  /** Of thinking: whether its proof has come, behind which nothing more is of it. */
  isSigned: boolean;
  /** Of a call: how far its input is. */
  readonly input: ObjectEnd | undefined;
  readonly givenId: string | undefined;
}

/**
 * Puts what chunks tell, in whatever order, into blocks that follow one another. A block is open from its first piece until something else
 * comes; a call of a tool stays open until its input is whole, and what comes of others in the meantime waits: hosts may tell several calls
 * piece by piece in turn, and Messages have no word for that.
 */
export class BlockQueue {
  readonly #send: Send;
  /** The first one is open, the others wait. */
  readonly #blocks: Block[] = [];
  readonly #calls = new Map<number, Block>();
  #lastCall: Block | undefined;
  #isOpen = false;
  #index = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Whether tools of the caller's are called. */
  hasCalls = false;

  text(text: string): void {
    this.#add(
      this.#last("text") ?? this.#begin("text", { type: "text", text: "" }),
      `{"type":"text_delta","text":${JSON.stringify(text)}}`,
    );
  }

  /** Adds to the text before it where that comes from. */
  cite(citations: readonly JsonValue[]): void {
    const block = this.#last("text") ?? this.#begin("text", { type: "text", text: "" });
    for (const citation of citations) this.#add(block, JSON.stringify({ type: "citations_delta", citation }));
  }

  thinking(text: string): void {
    this.#add(this.#thought(), `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
  }

  sign(signature: string): void {
    const block = this.#thought();
    this.#add(block, `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`);
    block.isSigned = true;
  }

  /** A block that comes whole. */
  whole(block: JsonMembers): void {
    this.#add(this.#begin("whole", block), undefined);
  }

  call(piece: CallPiece): void {
    const block = this.#callOf(piece);
    if (piece.name !== undefined && block.start["name"] === "") block.start = { ...block.start, name: piece.name };
    block.input?.read(piece.input);
    this.#add(block, piece.input === "" ? undefined : inputDelta(piece.input));
  }

  /** No more comes: all that waits is sent, and the last block stopped. */
  end(): void {
    while (this.#blocks.length > 0) this.#stop();
  }

  /** The last block, where more of this kind belongs to it. */
  #last(kind: Block["kind"]): Block | undefined {
    const last = this.#blocks.at(-1);
    return last?.kind === kind ? last : undefined;
  }

  #thought(): Block {
    const last = this.#last("thinking");
    return last === undefined || last.isSigned ? this.#begin("thinking", { type: "thinking", thinking: "", signature: "" }) : last;
  }

  /** Hosts that know no parallel calls give each the same index, or none. */
  #callOf({ index, givenId, name, toId }: CallPiece): Block {
    const known = index === undefined ? this.#lastCall : this.#calls.get(index);
    const isAnother =
      known === undefined || (givenId !== undefined && name !== undefined && known.givenId !== undefined && givenId !== known.givenId);
    if (!isAnother) return known;
    const block = this.#begin("call", { type: "tool_use", id: toId(), name: name ?? "", input: {} }, givenId);
    if (index !== undefined) this.#calls.set(index, block);
    this.#lastCall = block;
    this.hasCalls = true;
    return block;
  }

  #begin(kind: Block["kind"], start: JsonMembers, givenId?: string): Block {
    const block: Block = { kind, start, waiting: [], isSigned: false, input: kind === "call" ? new ObjectEnd() : undefined, givenId };
    this.#blocks.push(block);
    return block;
  }

  /** @param delta Undefined for a piece that only begins its block. */
  #add(block: Block, delta: string | undefined): void {
    if (delta !== undefined) block.waiting.push(delta);
    while (this.#blocks.length > 1 && isWhole(this.#blocks[0])) this.#stop();
    if (this.#blocks[0] !== undefined) this.#tell(this.#blocks[0]);
  }

  /** Sends what waits of the block that is open now. */
  #tell(block: Block): void {
    // A call can't be told before its tool is known.
    if (block.kind === "call" && block.start["name"] === "" && !this.#isOpen) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#send("content_block_start", JSON.stringify({ type: "content_block_start", index: this.#index, content_block: block.start }));
    }
    for (const delta of block.waiting)
      this.#send("content_block_delta", `{"type":"content_block_delta","index":${this.#index},"delta":${delta}}`);
    block.waiting.length = 0;
  }

  #stop(): void {
    const block = this.#blocks.shift();
    if (block === undefined) return;
    if (block.input?.isEmpty === true) block.waiting.push(inputDelta("{}"));
    if (block.kind === "call" && block.start["name"] === "") block.start = { ...block.start, name: "unnamed" };
    this.#tell(block);
    this.#send("content_block_stop", `{"type":"content_block_stop","index":${this.#index}}`);
    this.#isOpen = false;
    this.#index++;
  }
}

/** Whether nothing more is likely to come of a block when another one has begun. */
function isWhole(block: Block | undefined): boolean {
  return block !== undefined && (block.input === undefined || block.input.isOver);
}

function inputDelta(json: string): string {
  return `{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`;
}
