import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import type { StreamWriter } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { noteOnChunk } from "../../kit/continuation/note-on-chunk.ts";
import { TextChunks } from "../../kit/event-stream/text-chunks.ts";
import { BlockQueue } from "./block-queue.ts";
import { anthropicFormat } from "./format-name.ts";
import { messageId } from "./message-id.ts";
import { messageUsage } from "./message-usage.ts";
import { originalNames } from "./original-names.ts";
import { stopReasonOf } from "./stop-reason.ts";
import { withProof } from "../../kit/calls/proof-in-id.ts";
import { errorData } from "./write-error.ts";
import { blocksAt, foreignLists, reasoningOf } from "./write-message.ts";

const ping = frame("ping", '{"type":"ping"}');
const stop = frame("message_stop", '{"type":"message_stop"}');

/**
 * Writes one stream as Anthropic's events: those of a deployment that speaks Messages as they came, and of OpenAI's chunks one message.
 *
 * Of chunks it makes `message_start`, then blocks one after the other (see {@link BlockQueue}), and at the end, when the usage is known, one
 * `message_delta` and `message_stop`. Nothing comes after these, nor after an error.
 */
export class MessageStreamWriter implements StreamWriter {
  readonly #call: Call;
  readonly #names: (name: string) => string;
  readonly #blocks: BlockQueue;
  readonly #out: string[] = [];
  readonly #textChunks = new TextChunks();
  #isStarted = false;
  #isOver = false;
  /** The caller has a message of the deployment's own. */
  #isNative = false;
  #finish: JsonValue | undefined;
  #refusal: string | undefined;
  #usage: Usage | undefined;
  #note: JsonMembers | undefined;
  #calls = 0;

  constructor(call: Call) {
    this.#call = call;
    this.#names = originalNames(call);
    this.#blocks = new BlockQueue((name, data) => void this.#out.push(frameText(name, data)));
  }

  write(event: StreamEvent): Buffer | undefined {
    if (event.format === anthropicFormat) {
      this.#isNative = true;
      if (event.kind === "done") this.#isOver = true;
      return event.bytes;
    }
    if (this.#isOver) return undefined;
    this.#usage = event.usage ?? this.#usage;
    for (const part of event.parts?.() ?? [event]) if (part.data !== undefined && part.kind !== "other") this.#readChunk(part.data);
    if (event.kind === "done") this.#end();
    return this.#flush();
  }

  ping(): Buffer {
    return ping;
  }

  writeWith(note: JsonMembers, event: StreamEvent): Buffer | undefined {
    if (event.format === anthropicFormat) return noteOnChunk(event, note).bytes;
    this.#note = note;
    return this.write(event);
  }

  end(): Buffer | undefined {
    if (this.#isOver) return undefined;
    // A deployment may leave its last event out where it has said why the message ends. Clients wait for it.
    if (this.#isNative) return stop;
    this.#end();
    return this.#flush();
  }

  fail(error: RouterError, note?: JsonMembers): Buffer {
    this.#isOver = true;
    return frame("error", errorData(error, this.#call.id, note));
  }

  #flush(): Buffer | undefined {
    if (this.#out.length === 0) return undefined;
    const bytes = Buffer.from(this.#out.join(""));
    this.#out.length = 0;
    return bytes;
  }

  /** @param model The name that the answer has: of the group that gave it. */
  #start(model?: JsonValue): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const message = {
      id: messageId(this.#call),
      type: "message",
      role: "assistant",
      model: typeof model === "string" ? model : this.#call.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // What is known at the end stands in `message_delta`.
      usage: messageUsage(),
    };
    this.#out.push(frameText("message_start", JSON.stringify({ type: "message_start", message })));
  }

  #readChunk(data: Buffer): void {
    const text = this.#textChunks.textOf(data);
    if (text !== undefined) {
      this.#blocks.text(text);
      return;
    }
    let chunk: JsonValue;
    try {
      chunk = parseExact(data.toString()) as JsonValue;
    } catch {
      return;
    }
    this.#textChunks.learn(data, chunk);
    const choices = isMembers(chunk) ? chunk["choices"] : undefined;
    for (const choice of Array.isArray(choices) ? (choices as readonly JsonValue[]) : []) {
      // A message is one answer.
      if (!isMembers(choice) || (choice["index"] ?? 0) !== 0) continue;
      this.#start(isMembers(chunk) ? chunk["model"] : undefined);
      if (isMembers(choice["delta"])) this.#readDelta(choice["delta"]);
      this.#finish = choice["finish_reason"] ?? this.#finish;
    }
  }

  #readDelta(delta: JsonMembers): void {
    this.#readThinking(delta);
    const { content, refusal, tool_calls: calls, function_call: old, provider_specific_fields: fields } = delta;
    if (isMembers(fields)) for (const name of foreignLists) for (const block of blocksAt(fields, name)) this.#blocks.whole(block);
    if (typeof content === "string" && content !== "") this.#blocks.text(content);
    if (typeof refusal === "string" && refusal !== "") {
      this.#refusal = (this.#refusal ?? "") + refusal;
      this.#blocks.text(refusal);
    }
    if (isMembers(fields) && Array.isArray(fields["citations"])) this.#blocks.cite(fields["citations"] as readonly JsonValue[]);
    if (Array.isArray(calls)) for (const call of calls as readonly JsonValue[]) if (isMembers(call)) this.#readCall(call);
    if (isMembers(old)) this.#readCall({ index: 0, function: old });
  }

  #readThinking(delta: JsonMembers): void {
    const { thinking_blocks: blocks } = delta;
    if (!Array.isArray(blocks) || blocks.length === 0) {
      const reasoning = reasoningOf(delta);
      if (reasoning !== "") this.#blocks.thinking(reasoning);
      return;
    }
    for (const block of blocks as readonly JsonValue[]) {
      if (!isMembers(block)) continue;
      const { thinking, signature } = block;
      if (block["type"] === "redacted_thinking") this.#blocks.whole(block);
      if (typeof thinking === "string" && thinking !== "") this.#blocks.thinking(thinking);
      if (typeof signature === "string" && signature !== "") this.#blocks.sign(signature);
    }
  }

  #readCall(call: JsonMembers): void {
    const { index, id, function: definition, provider_specific_fields: fields } = call;
    const { name, arguments: args } = isMembers(definition) ? definition : {};
    const proof = isMembers(fields) && typeof fields["thought_signature"] === "string" ? fields["thought_signature"] : undefined;
    const given = typeof id === "string" && id !== "" ? id : undefined;
    this.#blocks.call({
      index: typeof index === "number" ? index : undefined,
      givenId: given,
      name: typeof name === "string" && name !== "" ? this.#names(name) : undefined,
      toId: () => withProof(given ?? `toolu_${this.#call.id}_${this.#calls++}`, proof),
      input: isMembers(args) ? JSON.stringify(args) : typeof args === "string" ? args : "",
    });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#start();
    this.#blocks.end();
    const delta = stopReasonOf(this.#finish, this.#blocks.hasCalls, this.#refusal);
    const note = this.#note === undefined ? {} : { huntgroup: this.#note };
    this.#out.push(
      frameText("message_delta", JSON.stringify({ type: "message_delta", delta, usage: messageUsage(this.#usage), ...note })),
      frameText("message_stop", '{"type":"message_stop"}'),
    );
    this.#isOver = true;
  }
}

function frameText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

function frame(name: string, data: string): Buffer {
  return Buffer.from(frameText(name, data));
}
