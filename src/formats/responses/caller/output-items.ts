import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { ObjectEnd } from "../../kit/calls/object-end.ts";
import { spellThinking } from "./kept-thinking.ts";
import { type CallerTool, inputOfArguments } from "./tool-names.ts";
import { append } from "../../kit/append.ts";

/** Sends one event. */
export type Send = (type: string, members: JsonMembers) => void;

/** One item of an answer while it comes. What is told of it waits until the items before it are done. */
export interface OutputItem {
  /** Whether nothing more is likely to come of it when another one has begun. */
  readonly isWhole: boolean;
  /** Whether enough of it is known to begin. */
  readonly canOpen: boolean;
  /** Sends what waits, and that it begins where that was not said yet. */
  tell(send: Send, index: number): void;
  /** Sends all that is left, and that it is done. @returns The item as the response holds it. @param status Of the last one, where the answer was cut. */
  close(send: Send, index: number, status: "completed" | "incomplete"): JsonMembers;
}

/** A model's thinking: each run of it up to a proof is a part of the summary. */
export class ReasoningItem implements OutputItem {
  readonly isWhole = true;
  readonly canOpen = true;
  readonly #id: string;
  readonly #keepsProofs: boolean;
  readonly #parts: string[] = [];
  readonly #blocks: JsonMembers[] = [];
  #waiting = "";
  #isOpen = false;
  #isPartOpen = false;

  /** @param keepsProofs Whether the caller asked for what lets it send the thinking back. */
  constructor(id: string, keepsProofs: boolean) {
    this.#id = id;
    this.#keepsProofs = keepsProofs;
  }

  /** Whether it has a proof already: what comes behind it is another thought. */
  get isSigned(): boolean {
    return this.#blocks.length > 0;
  }

  /** What proves the thinking to who gave it, as a member of the item. */
  get proofs(): JsonMembers {
    return this.#blocks.length > 0 ? { encrypted_content: spellThinking(this.#blocks) } : {};
  }

  text(text: string): void {
    this.#waiting += text;
  }

  sign(signature: string): void {
    this.#blocks.push({ type: "thinking", thinking: (this.#parts.at(-1) ?? "") + this.#waiting, signature });
  }

  /** Thinking that only its provider can read. */
  redacted(block: JsonMembers): void {
    this.#blocks.push(block);
  }

  tell(send: Send, index: number): void {
    const place = { item_id: this.#id, output_index: index, summary_index: 0 };
    if (!this.#isOpen) {
      this.#isOpen = true;
      send("response.output_item.added", { output_index: index, item: { id: this.#id, type: "reasoning", summary: [] } });
    }
    if (this.#waiting === "") return;
    if (!this.#isPartOpen) {
      this.#isPartOpen = true;
      this.#parts.push("");
      send("response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } });
    }
    send("response.reasoning_summary_text.delta", { ...place, delta: this.#waiting });
    this.#parts[0] += this.#waiting;
    this.#waiting = "";
  }

  close(send: Send, index: number): JsonMembers {
    this.tell(send, index);
    const summary = this.#parts.map((text): JsonMembers => ({ type: "summary_text", text }));
    const place = { item_id: this.#id, output_index: index, summary_index: 0 };
    const [part] = summary;
    if (part !== undefined) {
      send("response.reasoning_summary_text.done", { ...place, text: part["text"] ?? "" });
      send("response.reasoning_summary_part.done", { ...place, part });
    }
    const item = { id: this.#id, type: "reasoning", summary, ...(this.#keepsProofs ? this.proofs : {}) };
    send("response.output_item.done", { output_index: index, item });
    return item;
  }
}

type PartType = "output_text" | "refusal";

interface Part {
  readonly type: PartType;
  text: string;
  readonly annotations: JsonMembers[];
  readonly logprobs: JsonValue[];
}

/** A piece of a message: text, and what belongs to it. */
export interface TextPiece {
  readonly type: PartType;
  readonly text: string;
  readonly annotations?: readonly JsonMembers[] | undefined;
  readonly logprobs?: readonly JsonValue[] | undefined;
}

/** The text of an answer, and what a model says where it refuses. */
export class MessageItem implements OutputItem {
  readonly isWhole = true;
  readonly canOpen = true;
  readonly #id: string;
  readonly #parts: Part[] = [];
  readonly #waiting: TextPiece[] = [];
  #isOpen = false;

  constructor(id: string) {
    this.#id = id;
  }

  add(piece: TextPiece): void {
    this.#waiting.push(piece);
  }

  tell(send: Send, index: number): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      send("response.output_item.added", { output_index: index, item: this.#item([], "in_progress") });
    }
    for (const piece of this.#waiting) this.#tellPiece(piece, send, index);
    this.#waiting.length = 0;
  }

  close(send: Send, index: number, status: "completed" | "incomplete"): JsonMembers {
    this.tell(send, index);
    this.#closePart(send, index);
    const item = this.#item(this.#parts.map(partOf), status);
    send("response.output_item.done", { output_index: index, item });
    return item;
  }

  #item(content: readonly JsonMembers[], status: string): JsonMembers {
    return { id: this.#id, type: "message", role: "assistant", status, content };
  }

  #tellPiece({ type, text, annotations = [], logprobs = [] }: TextPiece, send: Send, index: number): void {
    let part = this.#parts.at(-1);
    if (part?.type !== type) {
      this.#closePart(send, index);
      part = { type, text: "", annotations: [], logprobs: [] };
      this.#parts.push(part);
      send("response.content_part.added", { ...this.#place(index), part: partOf(part) });
    }
    const place = this.#place(index);
    part.text += text;
    append(part.logprobs, logprobs);
    if (type === "refusal") send("response.refusal.delta", { ...place, delta: text });
    else if (text !== "") send("response.output_text.delta", { ...place, delta: text, logprobs });
    for (const annotation of annotations) {
      send("response.output_text.annotation.added", { ...place, annotation_index: part.annotations.length, annotation });
      part.annotations.push(annotation);
    }
  }

  #closePart(send: Send, index: number): void {
    const part = this.#parts.at(-1);
    if (part === undefined) return;
    const place = this.#place(index);
    if (part.type === "refusal") send("response.refusal.done", { ...place, refusal: part.text });
    else send("response.output_text.done", { ...place, text: part.text, logprobs: part.logprobs });
    send("response.content_part.done", { ...place, part: partOf(part) });
  }

  #place(index: number): JsonMembers {
    return { item_id: this.#id, output_index: index, content_index: this.#parts.length - 1 };
  }
}

function partOf({ type, text, annotations, logprobs }: Part): JsonMembers {
  if (type === "refusal") return { type, refusal: text };
  return { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}

interface CallOptions {
  /** The item's id, behind the letters for its kind. */
  readonly idEnd: string;
  /** By which its output is told later. */
  readonly callId: string;
  /** Empty where it is not known yet. */
  readonly name: string;
  readonly tools: (name: string) => CallerTool;
  readonly givenId: string | undefined;
}

/** A call of one of the caller's tools. */
export class CallItem implements OutputItem {
  readonly givenId: string | undefined;
  readonly #idEnd: string;
  readonly #callId: string;
  readonly #tools: (name: string) => CallerTool;
  readonly #end = new ObjectEnd();
  #name: string;
  #tool: CallerTool | undefined;
  #args = "";
  #told = 0;

  constructor({ idEnd, callId, name, tools, givenId }: CallOptions) {
    this.#idEnd = idEnd;
    this.#callId = callId;
    this.#name = name;
    this.#tools = tools;
    this.givenId = givenId;
  }

  get isWhole(): boolean {
    return this.#end.isOver;
  }

  /** A call can't be told before its tool is known. */
  get canOpen(): boolean {
    return this.#name !== "";
  }

  add(name: string | undefined, args: string): void {
    if (this.#name === "" && name !== undefined) this.#name = name;
    this.#end.read(args);
    this.#args += args;
  }

  tell(send: Send, index: number): void {
    if (this.#tool === undefined) {
      this.#tool = this.#tools(this.#name === "" ? "unnamed" : this.#name);
      send("response.output_item.added", { output_index: index, item: this.#item("in_progress", "") });
    }
    // A custom tool's input is known when all of it has come.
    if (this.#tool.kind === "custom" || this.#told === this.#args.length) return;
    send("response.function_call_arguments.delta", { item_id: this.#id, output_index: index, delta: this.#args.slice(this.#told) });
    this.#told = this.#args.length;
  }

  close(send: Send, index: number, status: "completed" | "incomplete"): JsonMembers {
    // Clients read them as JSON.
    if (this.#end.isEmpty && status === "completed") this.add(undefined, "{}");
    this.tell(send, index);
    const place = { item_id: this.#id, output_index: index };
    let told = this.#args;
    if (this.#tool?.kind === "custom") {
      told = inputOfArguments(this.#args);
      if (told !== "") send("response.custom_tool_call_input.delta", { ...place, delta: told });
      send("response.custom_tool_call_input.done", { ...place, input: told });
    } else send("response.function_call_arguments.done", { ...place, name: this.#tool?.name ?? "", arguments: told });
    const item = this.#item(status, told);
    send("response.output_item.done", { output_index: index, item });
    return item;
  }

  get #id(): string {
    return (this.#tool?.kind === "custom" ? "ctc" : "fc") + this.#idEnd;
  }

  #item(status: string, told: string): JsonMembers {
    const { kind = "function", name = "", namespace } = this.#tool ?? {};
    const head = { id: this.#id, type: kind === "custom" ? "custom_tool_call" : "function_call", status, call_id: this.#callId, name };
    return { ...head, [kind === "custom" ? "input" : "arguments"]: told, ...(namespace === undefined ? {} : { namespace }) };
  }
}
