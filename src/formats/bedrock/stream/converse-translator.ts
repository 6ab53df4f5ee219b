import type { Call } from "../../../core/call.ts";
import type { TextCount, Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { ChunkWriter } from "../../kit/chat/chunk-writer.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import type { FramedReader } from "../../kit/chat/framed-decoder.ts";
import { jsonToolName } from "../../kit/claude/json-tool.ts";
import { malformed } from "../reply/read-reply.ts";
import { type ConverseReplyContext, converseReplyContext } from "../reply/reply-context.ts";
import { converseFinish, isMalformed } from "../reply/stop-reason.ts";
import { readConverseUsage } from "../usage/read-usage.ts";

type Emit = (event: StreamEvent) => void;

/** A call of a tool whose input comes in pieces. */
interface OpenCall {
  /** Counts the calls of the answer; undefined where the input is the answer itself. */
  readonly index: number | undefined;
  hasInput: boolean;
}

/** More text than any answer: what is held back beside an answer in JSON is bounded. */
const mostHeldText = 1024 * 1024;
/** More calls than any answer has at once. */
const mostOpenCalls = 1024;

/** Reads Converse's events of one answer as OpenAI's chunks. */
export class ConverseTranslator implements FramedReader {
  readonly #target: ChatTarget;
  readonly #chunks: ChunkWriter;
  readonly #context: ConverseReplyContext;
  /** By the index of their blocks, which may come side by side. */
  readonly #calls = new Map<JsonValue | undefined, OpenCall>();
  #toolCalls = 0;
  #hasBegun = false;
  #hasJson = false;
  /** Text that is the answer only where none comes in JSON. */
  #heldText = "";
  /** Claude's own account of its tokens, which comes with the end. */
  #fields: JsonValue | undefined;
  #usage: Usage | undefined;
  #state: "open" | "stopped" | "over" = "open";

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget) {
    this.#target = target;
    this.#chunks = new ChunkWriter(call, createdAt(headers));
    this.#context = converseReplyContext(call, target);
  }

  get heard(): TextCount {
    return this.#chunks.heard;
  }

  read(name: string, event: JsonMembers, emit: Emit): undefined {
    if (this.#state !== "over") this.#readOpen(name, event, emit);
  }

  #readOpen(name: string, event: JsonMembers, emit: Emit): void {
    switch (name) {
      case "contentBlockDelta":
        this.#begin(emit);
        if (isMembers(event["delta"])) this.#readDelta(event["delta"], event["contentBlockIndex"], emit);
        return;
      case "contentBlockStart":
        this.#begin(emit);
        if (isMembers(event["start"])) this.#beginBlock(event["start"], event["contentBlockIndex"], emit);
        return;
      case "contentBlockStop":
        this.#endBlock(event["contentBlockIndex"], emit);
        return;
      case "messageStart":
        this.#begin(emit);
        return;
      case "messageStop":
        this.#stop(event, emit);
        return;
      case "metadata":
        this.#usage = readConverseUsage(event["usage"], this.#fields);
        if (isMembers(event["trace"])) emit(this.#chunks.delta({ provider_specific_fields: { trace: event["trace"] } }));
        // It comes last. Where it comes before the end of the answer, it waits for that.
        if (this.#state === "stopped") this.#close(emit);
        return;
      // Events that are yet to come.
      default:
    }
  }

  /** The stream is over: an answer that has ended is whole, also without what it used. */
  end(emit: Emit): void {
    if (this.#state === "stopped") this.#close(emit);
  }

  #begin(emit: Emit): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    emit(this.#chunks.role());
  }

  #beginBlock(start: JsonMembers, block: JsonValue | undefined, emit: Emit): void {
    const { toolUse } = start;
    if (!isMembers(toolUse)) {
      if (Object.keys(start).length > 0) emit(this.#chunks.delta({ provider_specific_fields: { content_blocks: [start] } }));
      return;
    }
    const name = typeof toolUse["name"] === "string" ? toolUse["name"] : "";
    const isAnswer = this.#context.wantsJsonTool && name === jsonToolName;
    if (isAnswer) this.#hasJson = true;
    const index = isAnswer ? undefined : this.#toolCalls++;
    if (this.#calls.size < mostOpenCalls) this.#calls.set(block, { index, hasInput: false });
    if (index === undefined) return;
    const id = typeof toolUse["toolUseId"] === "string" ? toolUse["toolUseId"] : "";
    emit(this.#chunks.toolCall(index, id, this.#context.names.original(name), ""));
  }

  #readDelta(delta: JsonMembers, block: JsonValue | undefined, emit: Emit): void {
    const { text, toolUse, reasoningContent, citation } = delta;
    if (typeof text === "string") {
      if (text !== "") this.#text(text, emit);
    } else if (isMembers(toolUse)) {
      const piece = typeof toolUse["input"] === "string" ? toolUse["input"] : JSON.stringify(toolUse["input"] ?? "");
      if (piece !== "" && piece !== '""') this.#input(piece, block, emit);
    } else if (isMembers(reasoningContent)) this.#think(reasoningContent, emit);
    else if (citation !== undefined) emit(this.#chunks.delta({ provider_specific_fields: { citations: [citation] } }));
    else if (Object.keys(delta).length > 0) emit(this.#chunks.delta({ provider_specific_fields: { content_blocks: [delta] } }));
  }

  #text(text: string, emit: Emit): void {
    if (!this.#context.wantsJsonTool) emit(this.#chunks.text(text));
    else if (this.#heldText.length < mostHeldText) this.#heldText += text;
  }

  #input(piece: string, block: JsonValue | undefined, emit: Emit): void {
    const call = this.#calls.get(block);
    if (call === undefined) return;
    call.hasInput = true;
    emit(call.index === undefined ? this.#chunks.text(piece) : this.#chunks.toolArguments(call.index, piece));
  }

  #think({ text, signature, redactedContent }: JsonMembers, emit: Emit): void {
    if (typeof text === "string" && text !== "") emit(this.#chunks.reasoning(text, [{ type: "thinking", thinking: text }]));
    if (typeof signature === "string" && signature !== "") {
      emit(this.#chunks.reasoning("", [{ type: "thinking", thinking: "", signature }]));
    }
    if (typeof redactedContent === "string") {
      emit(this.#chunks.reasoning("", [{ type: "redacted_thinking", data: redactedContent }]));
    }
  }

  #endBlock(block: JsonValue | undefined, emit: Emit): void {
    const call = this.#calls.get(block);
    if (call === undefined) return;
    this.#calls.delete(block);
    if (call.hasInput) return;
    // A call without arguments has none in pieces either, and `""` is no JSON.
    emit(call.index === undefined ? this.#chunks.text("{}") : this.#chunks.toolArguments(call.index, "{}"));
  }

  #stop({ stopReason, additionalModelResponseFields: fields }: JsonMembers, emit: Emit): void {
    if (this.#state !== "open") return;
    for (const block of this.#calls.keys()) this.#endBlock(block, emit);
    if (!this.#hasJson && this.#heldText !== "") emit(this.#chunks.text(this.#heldText));
    if (isMalformed(stopReason) && this.#chunks.heard.pieces === 0) {
      this.#state = "over";
      emit(errorEvent(malformed(this.#target.host.deploymentId, stopReason)));
      return;
    }
    this.#begin(emit);
    this.#fields = fields;
    const reason = converseFinish(stopReason);
    emit(this.#chunks.finish(reason === "tool_calls" && this.#toolCalls === 0 ? "stop" : reason, this.#usage));
    this.#state = "stopped";
    if (this.#usage !== undefined) this.#close(emit);
  }

  #close(emit: Emit): void {
    this.#state = "over";
    for (const last of this.#chunks.end(this.#usage)) emit(last);
  }
}
