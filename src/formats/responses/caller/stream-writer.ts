import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import type { StreamWriter } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { AnswerShelf, PinnedIds } from "../../../core/pinned-ids.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import { parseExact } from "../../../lib/json/parse-exact.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import { noteOnChunk } from "../../kit/continuation/note-on-chunk.ts";
import { TextChunks } from "../../kit/event-stream/text-chunks.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { keepAnswer, wantsKept } from "./kept-answers.ts";
import { NativeEventWriter } from "./native-answer.ts";
import { ResponseDraft } from "./response-draft.ts";
import { ResponseFrame } from "./response-frame.ts";
import { responseUsage } from "./response-usage.ts";
import { errorMembers } from "./write-error.ts";
import { madeAt, tierOf } from "./write-response.ts";

const pingComment = Buffer.from(": ping\n\n");
const unfinished = { status: "in_progress", error: null, incomplete_details: null, output: [], usage: null };

/**
 * Writes one stream as the events of Responses: those of a deployment that has them as they came, but for the ids, and of OpenAI's chunks one
 * response.
 *
 * Of chunks it makes `response.created` with the first that is a piece of the answer, then items one after the other, and at the end, when the
 * usage is known, the whole response. Nothing comes after that, nor after an error.
 */
export class ResponseStreamWriter implements StreamWriter {
  readonly #native: NativeEventWriter;
  readonly #call: Call;
  readonly #draft: ResponseDraft;
  readonly #shelf: AnswerShelf | undefined;
  readonly #out: string[] = [];
  readonly #textChunks = new TextChunks();
  #frame: ResponseFrame | undefined;
  #isOver = false;
  /** The last event of the deployment's own that the caller has. */
  #lastNative: StreamEvent | undefined;
  #usage: Usage | undefined;
  #tier: JsonMembers = {};
  #note: JsonMembers | undefined;
  #sequence = 0;

  constructor(call: Call, ids: PinnedIds) {
    this.#call = call;
    this.#shelf = ids.shelf;
    this.#native = new NativeEventWriter(call, ids);
    this.#draft = new ResponseDraft(call, (type, members) => this.#send(type, JSON.stringify(members).slice(1)));
  }

  begin(deploymentId: string): void {
    this.#native.begin(deploymentId);
  }

  write(event: StreamEvent): Buffer | undefined {
    if (event.format === responsesFormat) {
      if (event.data !== undefined || event.parts !== undefined) this.#lastNative = event;
      return this.#native.write(event);
    }
    if (this.#isOver) return undefined;
    this.#usage = event.usage ?? this.#usage;
    for (const part of event.parts?.() ?? [event]) if (part.data !== undefined && part.kind !== "other") this.#readChunk(part.data);
    if (event.kind === "done") this.#end();
    return this.#flush();
  }

  /** No event: clients know none that says nothing. */
  ping(): Buffer {
    return pingComment;
  }

  writeWith(note: JsonMembers, event: StreamEvent): Buffer | undefined {
    if (event.format === responsesFormat) return this.write(noteOnChunk(event, note));
    this.#note = note;
    return this.write(event);
  }

  end(): Buffer | undefined {
    if (this.#isOver || this.#lastNative !== undefined) return undefined;
    this.#end();
    return this.#flush();
  }

  fail(error: RouterError, note?: JsonMembers): Buffer {
    this.#isOver = true;
    if (this.#lastNative !== undefined) this.#sequence = sequenceAfter(this.#lastNative);
    const members = errorMembers(error, note);
    this.#send("error", JSON.stringify(members).slice(1));
    if (this.#frame !== undefined) {
      const { code = null, message = "" } = members;
      const failed = { ...unfinished, status: "failed", error: { code, message }, output: this.#draft.output };
      this.#sendResponse("response.failed", this.#frame, { ...failed, usage: responseUsage(this.#usage) });
    }
    return this.#flush() ?? pingComment;
  }

  #flush(): Buffer | undefined {
    if (this.#out.length === 0) return undefined;
    const bytes = Buffer.from(this.#out.join(""));
    this.#out.length = 0;
    return bytes;
  }

  /** @param rest Members as JSON, without the brace before them. */
  #send(type: string, rest: string): void {
    this.#out.push(`event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence++},${rest}\n\n`);
  }

  #sendResponse(type: string, frame: ResponseFrame, members: JsonMembers): void {
    const note = this.#note === undefined ? "" : `,"huntgroup":${JSON.stringify(this.#note)}`;
    this.#send(type, `"response":${frame.json({ ...members, ...this.#tier })}${note}}`);
  }

  #start(chunk?: JsonMembers): ResponseFrame {
    if (this.#frame !== undefined) return this.#frame;
    const frame = new ResponseFrame(this.#call, madeAt(chunk), this.#shelf !== undefined && wantsKept(this.#call));
    this.#frame = frame;
    if (typeof chunk?.["model"] === "string") frame.model = chunk["model"];
    this.#sendResponse("response.created", frame, unfinished);
    this.#sendResponse("response.in_progress", frame, unfinished);
    return frame;
  }

  #readChunk(data: Buffer): void {
    const text = this.#textChunks.textOf(data);
    if (text !== undefined) {
      this.#draft.read({ content: text });
      return;
    }
    let chunk: JsonValue;
    try {
      chunk = parseExact(data.toString()) as JsonValue;
    } catch {
      return;
    }
    this.#textChunks.learn(data, chunk);
    if (!isMembers(chunk)) return;
    this.#tier = { ...this.#tier, ...tierOf(chunk) };
    const { choices } = chunk;
    for (const choice of Array.isArray(choices) ? (choices as readonly JsonValue[]) : []) {
      // A response is one answer.
      if (!isMembers(choice) || (choice["index"] ?? 0) !== 0) continue;
      this.#start(chunk);
      if (isMembers(choice["delta"])) this.#draft.read(choice["delta"], choice["logprobs"]);
      this.#draft.finish(choice["finish_reason"]);
    }
  }

  #end(): void {
    if (this.#isOver) return;
    const frame = this.#start();
    const ended = this.#draft.end();
    this.#isOver = true;
    keepAnswer(this.#shelf, this.#call, this.#draft.kept);
    this.#sendResponse(`response.${ended["status"] as string}`, frame, { ...ended, usage: responseUsage(this.#usage) });
  }
}

/** The number of the event that comes behind this one. */
function sequenceAfter(event: StreamEvent): number {
  const { data } = event.parts?.().at(-1) ?? event;
  const found = /"sequence_number"\s*:\s*(\d{1,9})/.exec(data?.toString("latin1") ?? "")?.[1];
  return found === undefined ? 0 : Number(found) + 1;
}
