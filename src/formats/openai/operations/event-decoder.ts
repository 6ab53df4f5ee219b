import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import { type SseEvent, SseSplitter } from "../../../lib/sse.ts";
import { errorEvent } from "../../kit/chat/error-event.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { readOperationUsage } from "./operation-units.ts";
import { isErrorValue, parseAll, readMember, wordsOf } from "./read-operation-reply.ts";

/** A type stands near an event's beginning. What is behind it may be an image. */
const beginningBytes = 1_024;
/** No event larger than this tells of an end alone or of an error: only its type is looked at. */
const mostParsed = 16 * 1024 * 1024;

/**
 * Passes the events of images, speech and transcripts on as they came, and tells what kind each is by its type: `….done` and `….completed` end an
 * answer, and tell what it used.
 */
export class EventDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #source: ErrorSource;
  readonly #splitter = new SseSplitter(mostParsed);
  #emit: (event: StreamEvent) => void = ignore;
  #images = 0;
  #isOver = false;

  constructor(call: Call, source: ErrorSource) {
    this.#call = call;
    this.#source = source;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    if (this.#isOver) return;
    this.#emit = emit;
    if (!this.#splitter.push(chunk, this.#onEvent)) this.#fail(this.#malformed("with an event that is far too long"));
    this.#emit = ignore;
  }

  end(emit: (event: StreamEvent) => void): void {
    this.#emit = emit;
    this.#splitter.end(this.#onEvent);
    this.#emit = ignore;
  }

  readonly #onEvent = (event: SseEvent): void => {
    if (this.#isOver) return;
    const { data, name } = event;
    if (data === undefined || data.length === 0) {
      this.#send("other", event, undefined);
      return;
    }
    if (data.length < 16 && data.toString("latin1").trim() === "[DONE]") {
      this.#isOver = true;
      this.#send("done", event, undefined);
      return;
    }
    const type = typeNear(data) ?? name ?? readMember(data, "type");
    if (typeof type !== "string" || /(?:^|[._])error$/.test(type)) {
      if (type !== undefined || isErrorValue(readMember(data, "error")))
        this.#fail(classifyInlineError(this.#source, parseAll(data), wordsOf(this.#call)));
      else this.#send("content", event, undefined);
      return;
    }
    if (!/\.(?:done|completed)$/.test(type)) {
      this.#send(type === "keepalive" || type === "ping" ? "other" : "content", event, undefined);
      return;
    }
    if (this.#call.units?.images !== undefined) this.#images++;
    this.#send("finish", event, this.#usageOf(data));
  };

  #usageOf(data: Buffer): Usage {
    const duration = readMember(data, "duration");
    return readOperationUsage(this.#call, readMember(data, "usage"), { images: this.#images, duration });
  }

  #send(kind: StreamEventKind, { bytes, data }: SseEvent, usage: Usage | undefined): void {
    this.#emit({
      kind,
      format: openAiFormat,
      bytes,
      data: kind === "done" ? undefined : data,
      usage,
      error: undefined,
      contentType: eventStream,
    });
  }

  #fail(error: RouterError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#emit(errorEvent(error));
  }

  #malformed(what: string): RouterError {
    const { deploymentId } = this.#source;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a stream ${what}.`, { deploymentId });
  }
}

const eventStream = "text/event-stream; charset=utf-8";

const typeMember = /^\s*\{(?:[^{}]*?,)?\s*"type"\s*:\s*"([\w.]+)"/;

/** The type that an event's JSON tells near its beginning; undefined where that is not so. */
function typeNear(data: Buffer): string | undefined {
  return typeMember.exec(data.toString("latin1", 0, beginningBytes))?.[1];
}

function ignore(): void {}
