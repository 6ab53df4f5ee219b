import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamDecoder, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { type SseEvent, SseSplitter } from "../../../lib/sse.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { ChunkWriter } from "../../kit/chat/chunk-writer.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { textAt } from "../../kit/chat/reply-fields.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { isUnnamedError } from "../../kit/upstream-errors/unnamed-error.ts";
import { annotationOf, customCall, endOfResponse, isToolCall, logprobsOf, usageOfResponse } from "./answer-items.ts";

type Emit = (event: StreamEvent) => void;

/** A call of a tool whose arguments come in pieces. */
interface OpenCall {
  readonly index: number;
  readonly isCustom: boolean;
  hasPieces: boolean;
}

/** Reads the events of Responses as OpenAI's chat chunks. */
export class ChatDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #target: ChatTarget;
  readonly #chunks: ChunkWriter;
  readonly #events = new SseSplitter();
  /** By the place in the answer. */
  readonly #calls = new Map<JsonValue | undefined, OpenCall>();
  /** Parts of messages whose text came in pieces. */
  readonly #parts = new Set<string>();
  #hasBegun = false;
  #isOver = false;

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget) {
    this.#call = call;
    this.#target = target;
    this.#chunks = new ChunkWriter(call, createdAt(headers));
  }

  get heard(): TextCount {
    return this.#chunks.heard;
  }

  push(chunk: Buffer, emit: Emit): void {
    if (!this.#events.push(chunk, (event) => this.#take(event, emit))) this.#fail("an event that is longer than any may be", emit);
  }

  end(emit: Emit): void {
    this.#events.end((event) => this.#take(event, emit));
  }

  #take({ data }: SseEvent, emit: Emit): void {
    if (data === undefined || this.#isOver) return;
    // Some hosts end as chat does. Only the last event says that an answer is whole.
    if (data.toString("latin1", 0, 16).trim() === "[DONE]") return;
    let event: JsonValue;
    try {
      event = parseExact(data.toString()) as JsonValue;
    } catch {
      this.#fail("an event that is no JSON", emit);
      return;
    }
    if (isMembers(event)) this.#read(event, emit);
  }

  #read(event: JsonMembers, emit: Emit): void {
    const type = textAt(event, "type");
    switch (type) {
      case "response.output_text.delta":
        this.#text(event, "delta", emit);
        return;
      case "response.output_text.done":
        // Some hosts tell it at once.
        if (!this.#parts.has(partOf(event))) this.#text(event, "text", emit);
        return;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        emit(this.#chunks.reasoning(textAt(event, "delta")));
        return;
      case "response.reasoning_summary_part.added":
        if (Number(event["summary_index"]) > 0) emit(this.#chunks.reasoning("\n\n"));
        return;
      case "response.refusal.delta":
        emit(this.#chunks.delta({ refusal: textAt(event, "delta") }, textAt(event, "delta")));
        return;
      case "response.output_text.annotation.added":
        if (isMembers(event["annotation"])) emit(this.#chunks.delta({ annotations: [annotationOf(event["annotation"])] }));
        return;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        this.#piece(event["output_index"], textAt(event, "delta"), emit);
        return;
      default:
        this.#readOther(type, event, emit);
    }
  }

  #readOther(type: string, event: JsonMembers, emit: Emit): void {
    const { response, item } = event;
    switch (type) {
      case "response.created":
        this.#begin(emit);
        return;
      case "response.output_item.added":
        if (isMembers(item) && isToolCall(item)) this.#openCall(event["output_index"], item, emit);
        return;
      case "response.output_item.done":
        if (isMembers(item) && isToolCall(item)) this.#closeCall(event["output_index"], item, emit);
        return;
      case "response.completed":
      case "response.incomplete":
        this.#finish(isMembers(response) ? response : {}, emit);
        return;
      case "response.failed":
      case "error":
        this.#failed(event, emit);
        return;
      // Progress, ends of parts, what runs at the provider, and events that are yet to come.
      default:
        if (isUnnamedError(event)) this.#failed(event, emit);
    }
  }

  #failed(event: JsonMembers, emit: Emit): void {
    const { response } = event;
    this.#isOver = true;
    emit(errorEvent(classifyInlineError(this.#target.host, isMembers(response) ? { error: response["error"] } : event, this.#call)));
  }

  #begin(emit: Emit): void {
    if (!this.#hasBegun) emit(this.#chunks.role());
    this.#hasBegun = true;
  }

  #text(event: JsonMembers, key: "delta" | "text", emit: Emit): void {
    const text = textAt(event, key);
    const logprobs = logprobsOf(event["logprobs"]);
    this.#parts.add(partOf(event));
    if (text === "") return;
    this.#begin(emit);
    emit(logprobs === undefined ? this.#chunks.text(text) : this.#chunks.delta({ content: text }, text, logprobs));
  }

  #openCall(at: JsonValue | undefined, item: JsonMembers, emit: Emit): OpenCall {
    this.#begin(emit);
    const isCustom = item["type"] === "custom_tool_call";
    const first = textAt(item, isCustom ? "input" : "arguments");
    const call = { index: this.#calls.size, isCustom, hasPieces: first !== "" };
    this.#calls.set(at, call);
    const name = textAt(item, "name");
    if (isCustom) emit(this.#chunks.delta({ tool_calls: [{ index: call.index, ...customCall(item) }] }, name + first));
    else emit(this.#chunks.toolCall(call.index, textAt(item, "call_id"), name, first));
    return call;
  }

  #piece(at: JsonValue | undefined, piece: string, emit: Emit): void {
    const call = this.#calls.get(at);
    if (call === undefined || piece === "") return;
    call.hasPieces = true;
    if (call.isCustom) emit(this.#chunks.delta({ tool_calls: [{ index: call.index, custom: { input: piece } }] }, piece));
    else emit(this.#chunks.toolArguments(call.index, piece));
  }

  /** Some hosts tell a call or its arguments at once. */
  #closeCall(at: JsonValue | undefined, item: JsonMembers, emit: Emit): void {
    const call = this.#calls.get(at) ?? this.#openCall(at, item, emit);
    if (!call.hasPieces) this.#piece(at, textAt(item, call.isCustom ? "input" : "arguments"), emit);
  }

  #finish(response: JsonMembers, emit: Emit): void {
    this.#isOver = true;
    this.#begin(emit);
    const usage = usageOfResponse(response);
    const told = endOfResponse(response);
    const reason = told === "stop" && this.#calls.size > 0 ? "tool_calls" : told;
    emit(this.#chunks.finish(reason, usage));
    for (const last of this.#chunks.end(usage)) emit(last);
  }

  #fail(what: string, emit: Emit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { deploymentId } = this.#target.host;
    emit(errorEvent(new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId })));
  }
}

/** Names a part of a message. */
function partOf({ output_index: item, content_index: part }: JsonMembers): string {
  return JSON.stringify([item ?? null, part ?? null]);
}
