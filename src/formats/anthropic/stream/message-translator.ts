import type { Call } from "../../../core/call.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { ChunkWriter } from "../../kit/chat/chunk-writer.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { jsonToolName } from "../../kit/claude/json-tool.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { isUnnamedError } from "../../kit/upstream-errors/unnamed-error.ts";
import { refusalOf, specificField } from "../reply/read-message.ts";
import { type ReplyContext, replyContext } from "../reply/reply-context.ts";
import { finishReasonOf } from "../reply/stop-reason.ts";
import { overlayUsage, readMessageUsage } from "../usage/read-usage.ts";

type Emit = (event: StreamEvent) => void;

/** What the present block of the message is. */
type Block =
  | { readonly kind: "text" | "thinking" | "json" }
  /** `index` counts the calls of tools. */
  | { readonly kind: "tool"; readonly index: number; hasInput: boolean }
  /** A block that has no place in OpenAI's chunks but LiteLLM's `provider_specific_fields`; its input comes in pieces. */
  | { readonly kind: "specific"; readonly block: JsonMembers; input: string };

/** More text than any answer: what is held back beside an answer in JSON is bounded. */
const mostHeldText = 1024 * 1024;

/** Reads Anthropic's events of one message, however they were framed, as OpenAI's chunks. */
export class MessageTranslator {
  readonly #call: Call;
  readonly #target: ChatTarget;
  readonly #chunks: ChunkWriter;
  readonly #context: ReplyContext;
  #usage: JsonMembers = {};
  #block: Block = { kind: "text" };
  #toolCalls = 0;
  #hasJson = false;
  /** Text that is the answer only where none comes in JSON. */
  #heldText = "";
  #isFinished = false;

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget) {
    this.#call = call;
    this.#target = target;
    this.#chunks = new ChunkWriter(call, createdAt(headers));
    this.#context = replyContext(call, target);
  }

  get heard(): TextCount {
    return this.#chunks.heard;
  }

  read(event: JsonMembers, emit: Emit): void {
    switch (event["type"]) {
      case "content_block_delta":
        if (isMembers(event["delta"])) this.#readDelta(event["delta"], emit);
        return;
      case "content_block_start":
        if (isMembers(event["content_block"])) this.#beginBlock(event["content_block"], emit);
        return;
      case "content_block_stop":
        this.#endBlock(emit);
        return;
      case "message_start":
        this.#begin(isMembers(event["message"]) ? event["message"] : {}, emit);
        return;
      case "message_delta":
        this.#finish(event, emit);
        return;
      case "message_stop":
        // Some hosts of the same API do not say why a message that is whole has ended.
        if (!this.#isFinished) this.#end({}, emit);
        for (const last of this.#chunks.end(readMessageUsage(this.#usage))) emit(last);
        return;
      case "error":
        emit(errorEvent(classifyInlineError(this.#target.host, event, this.#call)));
        return;
      // Pings, and events that are yet to come.
      default:
        if (isUnnamedError(event)) emit(errorEvent(classifyInlineError(this.#target.host, event, this.#call)));
    }
  }

  #begin(message: JsonMembers, emit: Emit): void {
    this.#usage = overlayUsage(this.#usage, message["usage"]);
    emit(this.#chunks.role());
    // Answers to code that runs at Anthropic stand whole in their first event.
    for (const block of Array.isArray(message["content"]) ? (message["content"] as readonly JsonValue[]) : []) {
      if (!isMembers(block)) continue;
      this.#beginBlock(block, emit);
      this.#endBlock(emit);
    }
    this.#finish({ delta: message }, emit);
  }

  #beginBlock(block: JsonMembers, emit: Emit): void {
    switch (block["type"]) {
      case "text":
        this.#block = { kind: "text" };
        if (isFilled(block["text"])) this.#text(block["text"], emit);
        return;
      case "thinking":
        this.#block = { kind: "thinking" };
        if (isFilled(block["thinking"])) this.#thought(block["thinking"], emit);
        return;
      case "redacted_thinking":
        this.#block = { kind: "thinking" };
        emit(this.#chunks.reasoning("", [block]));
        return;
      case "tool_use":
        this.#beginCall(block, emit);
        return;
      default:
        this.#block = { kind: "specific", block, input: "" };
    }
  }

  #beginCall(block: JsonMembers, emit: Emit): void {
    const name = typeof block["name"] === "string" ? block["name"] : "";
    if (this.#context.wantsJsonTool && name === jsonToolName) {
      this.#block = { kind: "json" };
      this.#hasJson = true;
      return;
    }
    const index = this.#toolCalls++;
    const id = typeof block["id"] === "string" ? block["id"] : "";
    // Some hosts give the whole input at once.
    const whole = isMembers(block["input"]) && Object.keys(block["input"]).length > 0 ? JSON.stringify(block["input"]) : "";
    this.#block = { kind: "tool", index, hasInput: whole !== "" };
    emit(this.#chunks.toolCall(index, id, this.#context.names.original(name), whole));
  }

  #readDelta(delta: JsonMembers, emit: Emit): void {
    switch (delta["type"]) {
      case "text_delta":
        if (isFilled(delta["text"])) this.#text(delta["text"], emit);
        return;
      case "input_json_delta":
        if (isFilled(delta["partial_json"])) this.#input(delta["partial_json"], emit);
        return;
      case "thinking_delta":
        if (isFilled(delta["thinking"])) this.#thought(delta["thinking"], emit);
        return;
      case "signature_delta":
        if (isFilled(delta["signature"])) {
          emit(this.#chunks.reasoning("", [{ type: "thinking", thinking: "", signature: delta["signature"] }]));
        }
        return;
      case "citations_delta":
        if (delta["citation"] !== undefined) emit(this.#specific({ citations: [delta["citation"]] }));
        return;
      default:
        // What a block of another kind adds is part of that block.
        if (this.#block.kind === "specific") this.#block = { ...this.#block, block: { ...this.#block.block, ...withoutType(delta) } };
    }
  }

  #text(text: string, emit: Emit): void {
    if (!this.#context.wantsJsonTool) emit(this.#chunks.text(text));
    else if (this.#heldText.length < mostHeldText) this.#heldText += text;
  }

  #thought(text: string, emit: Emit): void {
    emit(this.#chunks.reasoning(text, [{ type: "thinking", thinking: text }]));
  }

  #input(piece: string, emit: Emit): void {
    const block = this.#block;
    switch (block.kind) {
      case "tool":
        block.hasInput = true;
        emit(this.#chunks.toolArguments(block.index, piece));
        return;
      case "json":
        emit(this.#chunks.text(piece));
        return;
      case "specific":
        block.input += piece;
        return;
      default:
    }
  }

  #endBlock(emit: Emit): void {
    const block = this.#block;
    this.#block = { kind: "text" };
    // A call without arguments has none in pieces either, and `""` is no JSON.
    if (block.kind === "tool" && !block.hasInput) emit(this.#chunks.toolArguments(block.index, "{}"));
    if (block.kind !== "specific") return;
    const whole = block.input === "" ? block.block : { ...block.block, input: parsedInput(block.input) };
    emit(this.#specific({ [specificField(whole["type"])]: [whole] }));
  }

  #finish(event: JsonMembers, emit: Emit): void {
    this.#usage = overlayUsage(this.#usage, event["usage"]);
    const delta = isMembers(event["delta"]) ? event["delta"] : {};
    // Some events tell of the usage alone.
    if (delta["stop_reason"] !== undefined && delta["stop_reason"] !== null) this.#end(delta, emit);
  }

  #end(delta: JsonMembers, emit: Emit): void {
    this.#isFinished = true;
    if (!this.#hasJson && this.#heldText !== "") emit(this.#chunks.text(this.#heldText));
    const reason = finishReasonOf(delta["stop_reason"], this.#toolCalls);
    const refusal = reason === "content_filter" ? refusalOf(delta["stop_details"]) : undefined;
    emit(this.#chunks.finish(reason, readMessageUsage(this.#usage), refusal));
  }

  #specific(fields: JsonMembers): StreamEvent {
    return this.#chunks.delta({ provider_specific_fields: fields });
  }
}

function isFilled(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}

function withoutType({ type: _type, ...rest }: JsonMembers): JsonMembers {
  return rest;
}

function parsedInput(json: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return json;
  }
}
