import type { RouterError } from "../../src/core/errors.ts";
import type { ReplySink, RouteInfo } from "../../src/core/reply-sink.ts";
import type { DecodedReply, StreamEvent } from "../../src/core/provider.ts";

/** Writes down what a router says to a door, and fails on anything the contract forbids. */
export class RecordingSink implements ReplySink {
  readonly log: string[] = [];
  route: RouteInfo | undefined;
  error: RouterError | undefined;
  reply: string | undefined;
  /** Events taken before asking for a pause; Infinity: never. */
  pauseAfter = Number.POSITIVE_INFINITY;
  #started = false;
  #ended = false;
  #events = 0;

  get outcomes(): number {
    return this.#ended ? 1 : 0;
  }

  onReply({ body }: DecodedReply, route: RouteInfo): void {
    this.#end("reply");
    this.reply = body.toString();
    this.route = route;
  }

  onStreamStart(route: RouteInfo): void {
    if (this.#started || this.#ended) throw new Error("a second start, or one after the end");
    this.#started = true;
    this.route = route;
    this.log.push("start");
  }

  onStreamEvent(event: StreamEvent): boolean {
    if (!this.#started || this.#ended) throw new Error("an event before the start or after the end");
    this.log.push(event.bytes.toString().trim());
    this.#events++;
    return this.#events < this.pauseAfter;
  }

  onStreamEnd(): void {
    this.#end("end");
  }

  onFailure(error: RouterError, route: RouteInfo): void {
    this.#end(`failure ${error.code}`);
    this.error = error;
    this.route = route;
  }

  #end(what: string): void {
    if (this.#ended) throw new Error(`a second outcome: ${what} after ${this.log.at(-1)}`);
    this.#ended = true;
    this.log.push(what);
  }
}
