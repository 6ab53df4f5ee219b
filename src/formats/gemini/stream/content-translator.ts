import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import type { TextCount } from "../../../core/outcome.ts";
import type { JsonMembers, JsonValue, StreamEvent } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";
import type { ChatTarget } from "../../kit/chat/chat-rules.ts";
import { ChunkWriter } from "../../kit/chat/chunk-writer.ts";
import { createdAt } from "../../kit/chat/created-at.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { readAnnotations } from "../reply/annotations.ts";
import { geminiFinish, isBroken } from "../reply/finish-reason.ts";
import { readLogprobs } from "../reply/logprobs.ts";
import { blockReason, brokenReply } from "../reply/read-content.ts";
import { imageJson, isSearched, partsOf, readPart, signatureOf, sourcesOf } from "../reply/read-part.ts";
import { nameCall, type NamedCall, type GeminiContext, geminiContext } from "../reply/reply-context.ts";
import type { GeminiHost } from "../request/gemini-host.ts";
import { readContentUsage } from "../usage/read-usage.ts";
import { requestOf } from "../../kit/chat/read-chat.ts";
import { ChunkShape } from "./chunk-shape.ts";
import { PartialArguments, piecesOf } from "./partial-arguments.ts";

type Emit = (event: StreamEvent) => void;

/** A call whose arguments come in pieces. */
interface OpenCall {
  readonly index: number;
  readonly named: NamedCall;
  readonly args: PartialArguments;
}

/** What is known of one answer so far. */
interface Answer {
  calls: number;
  open: OpenCall | undefined;
  hasContent: boolean;
  images: number;
  text: string;
  finishReason: string | undefined;
  sources: JsonMembers;
}

/** A stream whose chunks go on to have other shapes is parsed: to learn one costs more than that. */
const mostShapes = 4;
/** More answers than a request may ask for. */
const mostAnswers = 128;
/** The text is kept to tell where in it its sources stand. */
const mostKeptText = 1024 * 1024;

/** Reads the chunks of Gemini's stream, however they were framed, as OpenAI's. */
export class ContentTranslator {
  readonly #call: Call;
  readonly #target: ChatTarget;
  readonly #chunks: ChunkWriter;
  readonly #context: GeminiContext;
  /** Whether the answer may rest on a search: then its sources name places in it. */
  readonly #keepsText: boolean;
  readonly #answers: Answer[] = [];
  /** The counts are of the whole request each time: the last ones hold. */
  #usage: JsonValue | undefined;
  #isSearched = false;
  #blockReason: string | undefined;
  #hasFailed = false;
  /** Of the latest chunk with nothing but a text, where there is one answer. */
  #shape: ChunkShape | undefined;
  #learned = 0;
  /** A chunk that was not parsed since none of those before it: its usage counts. */
  #unparsed: Buffer | undefined;

  constructor(call: Call, headers: UpstreamHeaders, target: ChatTarget, host: GeminiHost) {
    this.#call = call;
    this.#target = target;
    this.#chunks = new ChunkWriter(call, createdAt(headers));
    this.#context = geminiContext(call, host, target);
    this.#keepsText = hasSources(requestOf(call)) || hasSources(target.host.defaults);
  }

  get heard(): TextCount {
    return this.#chunks.heard;
  }

  /** Reads a chunk that differs from one before it in its text and numbers alone. @returns false for any other: it has to be parsed. */
  readAlike(data: Buffer, emit: Emit): boolean {
    const [answer] = this.#answers;
    const span = answer === undefined || this.#hasFailed ? undefined : this.#shape?.find(data);
    if (answer === undefined || span === undefined) return false;
    const { start, end, isEscaped } = span;
    if (isEscaped || this.#keepsText) {
      const text = parsedIn(data, start - 1, end + 1);
      if (typeof text !== "string") return false;
      this.#readText({ kind: "text", text }, answer, emit);
    } else {
      answer.hasContent = true;
      emit(this.#chunks.plainText(data, start, end));
    }
    this.#unparsed = data;
    return true;
  }

  /** @param data The chunk's bytes. */
  read(chunk: JsonMembers, data: Buffer, emit: Emit): void {
    if (this.#hasFailed) return;
    if (this.#call.answers === 1 && this.#learned < mostShapes) this.#learn(data, chunk);
    if (chunk["error"] !== undefined) {
      this.fail(classifyInlineError(this.#target.host, chunk, this.#call), emit);
      return;
    }
    if (readContentUsage(chunk["usageMetadata"], false) !== undefined) {
      this.#usage = chunk["usageMetadata"];
      this.#unparsed = undefined;
    }
    this.#blockReason ??= blockReason(chunk);
    const { candidates } = chunk;
    if (!Array.isArray(candidates)) return;
    for (const candidate of candidates as readonly JsonValue[]) if (isMembers(candidate)) this.#readCandidate(candidate, emit);
  }

  #learn(data: Buffer, chunk: JsonMembers): void {
    const shape = ChunkShape.learn(data, chunk);
    if (shape === undefined) return;
    this.#shape = shape;
    this.#learned++;
  }

  /** Ends the stream with an error. */
  fail(error: RouterError, emit: Emit): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    emit(errorEvent(error));
  }

  /** Gemini has no mark of an end: it is where the stream is over. */
  end(emit: Emit): void {
    if (this.#hasFailed) return;
    const cut = this.#whyCut();
    if (cut !== undefined) {
      this.fail(brokenReply(this.#target, cut), emit);
      return;
    }
    const usage = readContentUsage(this.#latestUsage(), this.#isSearched);
    for (const [choice, answer] of this.#answers.entries()) {
      this.#chunks.choice = choice;
      this.#closeCall(answer, emit);
      this.#tellSources(answer, emit);
    }
    if (this.#answers.length === 0) {
      emit(this.#chunks.role());
      emit(this.#chunks.finish("content_filter", usage, undefined, this.#blockReason));
    }
    for (const [choice, { finishReason, calls }] of this.#answers.entries()) {
      this.#chunks.choice = choice;
      const reason = finishReason ?? this.#blockReason;
      emit(this.#chunks.finish(geminiFinish(reason, calls > 0), usage, undefined, reason));
    }
    for (const event of this.#chunks.end(usage)) emit(event);
  }

  #latestUsage(): JsonValue | undefined {
    const latest = this.#unparsed === undefined ? undefined : parsedIn(this.#unparsed, 0, this.#unparsed.length);
    const told = isMembers(latest) ? latest["usageMetadata"] : undefined;
    return readContentUsage(told, false) === undefined ? this.#usage : told;
  }

  /** @returns What came instead of a whole answer; undefined for a whole one. */
  #whyCut(): string | undefined {
    if (this.#blockReason !== undefined) return undefined;
    if (this.#answers.length === 0) return "a stream without an answer";
    const reason = this.#answers.map(({ finishReason }) => finishReason).find(isBroken);
    const isEmpty = this.#answers.every(({ hasContent }) => !hasContent);
    if (reason !== undefined && isEmpty) return `an answer that its model got wrong (${reason})`;
    const unfinished = this.#answers.filter(({ finishReason }) => finishReason === undefined);
    return unfinished.some(({ hasContent, open }) => !hasContent || open !== undefined) ? "a stream that was cut" : undefined;
  }

  #readCandidate(candidate: JsonMembers, emit: Emit): void {
    const index = candidate["index"];
    const choice = typeof index === "number" && Number.isInteger(index) && index > 0 ? Math.min(index, mostAnswers - 1) : 0;
    const answer = this.#answerAt(choice, emit);
    this.#chunks.choice = choice;
    for (const part of partsOf(candidate)) {
      this.#readPart(part, choice, answer, emit);
      if (this.#hasFailed) return;
    }
    const { finishReason } = candidate;
    if (typeof finishReason === "string" && finishReason !== "FINISH_REASON_UNSPECIFIED") answer.finishReason = finishReason;
    this.#isSearched ||= isSearched(candidate);
    answer.sources = { ...answer.sources, ...sourcesOf(candidate) };
    const logprobs = readLogprobs(candidate["logprobsResult"]);
    if (logprobs !== undefined) emit(this.#chunks.delta({}, "", logprobs));
  }

  #answerAt(choice: number, emit: Emit): Answer {
    while (this.#answers.length <= choice) {
      this.#chunks.choice = this.#answers.length;
      this.#answers.push({ calls: 0, open: undefined, hasContent: false, images: 0, text: "", finishReason: undefined, sources: {} });
      emit(this.#chunks.role());
    }
    // The loop has just made it.
    return this.#answers[choice] as Answer;
  }

  #readPart(part: JsonMembers, choice: number, answer: Answer, emit: Emit): void {
    const signature = signatureOf(part);
    const read = readPart(part);
    if (read.kind === "call") {
      this.#readCall(read.call, signature, choice, answer, emit);
      return;
    }
    // A call that was not ended is ended by what follows it.
    this.#closeCall(answer, emit);
    if (read.kind !== "text" && read.kind !== "thought") answer.hasContent = true;
    switch (read.kind) {
      case "text":
      case "thought":
        if (read.text !== "") this.#readText(read, answer, emit);
        break;
      case "image":
        emit(this.#chunks.delta({ images: [imageJson(read, answer.images++)] }, "image"));
        break;
      case "audio":
        emit(this.#chunks.delta({ audio: { id: `audio_${this.#call.id}`, data: read.data } }, "audio"));
        break;
      default:
        emit(this.#specific({ parts: [read.part] }));
    }
    if (signature !== undefined) emit(this.#specific({ thought_signatures: [signature] }));
  }

  #readText({ kind, text }: { readonly kind: "text" | "thought"; readonly text: string }, answer: Answer, emit: Emit): void {
    answer.hasContent = true;
    if (kind === "thought") {
      emit(this.#chunks.reasoning(text, [{ type: "thinking", thinking: text }]));
      return;
    }
    if (this.#keepsText && answer.text.length < mostKeptText) answer.text += text;
    emit(this.#chunks.text(text));
  }

  #readCall(call: JsonMembers, signature: string | undefined, choice: number, answer: Answer, emit: Emit): void {
    const pieces = piecesOf(call);
    const goesOn = call["willContinue"] === true;
    const { args } = call;
    if (typeof call["name"] === "string" && call["name"] !== "") {
      this.#closeCall(answer, emit);
      const index = answer.calls++;
      answer.hasContent = true;
      const named = nameCall(call, signature, { choice, index }, this.#context);
      if (pieces.length === 0 && !goesOn) {
        emit(this.#chunks.toolCall(index, named.id, named.name, JSON.stringify(args ?? {}), named.more));
        return;
      }
      answer.open = { index, named, args: new PartialArguments() };
    }
    const { open } = answer;
    // Without a name it ends the call before, or adds to it.
    if (open === undefined) return;
    const fits = (!isMembers(args) || open.args.addWhole(args)) && pieces.every((piece) => open.args.add(piece));
    if (!fits) {
      this.fail(brokenReply(this.#target, "arguments of a call that do not fit together"), emit);
      return;
    }
    if (!goesOn) this.#closeCall(answer, emit);
  }

  #closeCall(answer: Answer, emit: Emit): void {
    const { open } = answer;
    if (open === undefined) return;
    answer.open = undefined;
    const { index, named, args } = open;
    emit(this.#chunks.toolCall(index, named.id, named.name, args.toJson(), named.more));
  }

  #tellSources({ sources, text }: Answer, emit: Emit): void {
    if (Object.keys(sources).length === 0) return;
    const grounding = sources["grounding_metadata"];
    const annotations = isMembers(grounding) ? readAnnotations(grounding, text) : [];
    emit(this.#chunks.delta({ ...(annotations.length === 0 ? {} : { annotations }), provider_specific_fields: sources }));
  }

  #specific(fields: JsonMembers): StreamEvent {
    return this.#chunks.delta({ provider_specific_fields: fields });
  }
}

/** JSON that stands in a chunk; undefined where it is none. */
function parsedIn(data: Buffer, start: number, end: number): JsonValue | undefined {
  try {
    return JSON.parse(data.toString("utf8", start, end)) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Whether a request has the model search or fetch, so that its answer may name sources. */
function hasSources({ tools, web_search_options: search }: JsonMembers): boolean {
  if (search !== undefined) return true;
  return Array.isArray(tools) && (tools as readonly JsonValue[]).some((tool) => isMembers(tool) && tool["function"] === undefined);
}
