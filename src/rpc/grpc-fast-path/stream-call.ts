import type { ConnectError } from "@connectrpc/connect";
import { RouterError } from "../../core/errors.ts";
import type { StreamEvent } from "../../core/provider.ts";
import type { RouteInfo } from "../../core/reply-sink.ts";
import { unexpectedAnswer } from "../chat/unexpected-answer.ts";
import { ChunkFrames } from "./chunk-frames.ts";
import { FastCall } from "./fast-call.ts";

/** When pieces of so many bytes arrive at one moment, the deployment is asked to pause until they are written. */
const heldBytesLimit = 65_536;

/** One call of `ChatCompletionStream`. Pieces that arrive at the same moment leave in one write. */
export class StreamCall extends FastCall {
  protected readonly isStream = true;
  /** Once the headers have named the route, an error need not name it again: clients join the two. */
  #started = false;
  /** The headers went out before there was a route to name. */
  #openedEarly = false;
  readonly #frames = new ChunkFrames();
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** The connection has been given more than it can send. */
  #full = false;
  /** The deployment was asked to pause. */
  #paused = false;

  /** Headers are the only sign of life that gRPC has. */
  onPing(): void {
    if (this.#started || this.#openedEarly || this.over) return;
    this.#openedEarly = true;
    this.reply.setHeaders(this.metadata(undefined));
    this.reply.open();
  }

  onStreamStart(route: RouteInfo): void {
    this.#started = true;
    if (!this.#openedEarly) this.reply.setHeaders(this.metadata(route));
  }

  onStreamEvent({ data, kind }: StreamEvent): boolean {
    // Comments and named events exist for the sake of server-sent events; [DONE] is the end of the stream here.
    if (data !== undefined && kind !== "done" && kind !== "other" && !this.over) this.#push(data);
    this.#paused ||= this.#full || this.#heldBytes >= heldBytesLimit;
    return !this.#paused;
  }

  onStreamEnd(route?: RouteInfo): void {
    if (this.settle()) this.reply.end(this.#takeHeld(), route && this.lateMetadata(route));
  }

  readonly onReply = unexpectedAnswer;

  protected override failureMetadata(route: RouteInfo | undefined): Record<string, string> {
    if (this.#openedEarly) return this.lateMetadata(route);
    return this.#started ? {} : super.failureMetadata(route);
  }

  protected override failAs(error: ConnectError): void {
    if (this.settle()) this.reply.fail(error, this.#takeHeld());
  }

  #push(data: Buffer): void {
    const frame = this.#frames.frameOf(data);
    if (frame instanceof RouterError) {
      this.fail(frame);
      this.handle?.cancel();
      return;
    }
    if (this.#held.length === 0) queueMicrotask(this.#flush);
    this.#held.push(frame);
    this.#heldBytes += frame.length;
  }

  readonly #flush = (): void => {
    const frames = this.#takeHeld();
    if (frames === undefined || this.over) return;
    const wantsMore = this.#write(frames);
    if (this.#full) return;
    if (wantsMore) {
      this.#resume();
      return;
    }
    this.#full = true;
    this.reply.onDrain(() => {
      this.#full = false;
      this.#resume();
    });
  };

  /** @returns Whether more may follow at once. */
  #write(frames: Buffer): boolean {
    try {
      return this.reply.write(frames);
    } catch (error) {
      // The stream is closed by that, which ends the call.
      this.options.onInternalError(error);
      return false;
    }
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.handle?.resume();
  }

  #takeHeld(): Buffer | undefined {
    const held = this.#held;
    if (held.length === 0) return undefined;
    this.#held = [];
    this.#heldBytes = 0;
    return held.length === 1 ? held[0] : Buffer.concat(held);
  }
}
