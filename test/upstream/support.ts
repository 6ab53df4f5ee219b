import type {
  UpstreamExchange,
  UpstreamFailure,
  UpstreamHeaders,
  UpstreamListener,
  UpstreamRequest,
  Upstream,
} from "../../src/core/upstream.ts";

/** Records what an upstream calls back, and checks the order of the calls as it goes. */
export class Recorder implements UpstreamListener {
  status: number | undefined;
  headers: UpstreamHeaders = {};
  readonly chunks: Buffer[] = [];
  ended = false;
  failure: UpstreamFailure | undefined;
  /** What `onData` answers. */
  wantsMore = true;
  exchange: UpstreamExchange | undefined;
  onChunk: (() => void) | undefined;
  readonly #waiting: { condition: () => boolean; resolve: () => void }[] = [];

  static send(upstream: Upstream, request: UpstreamRequest): Recorder {
    const recorder = new Recorder();
    recorder.#sending = true;
    recorder.exchange = upstream.send(request, recorder);
    recorder.#sending = false;
    return recorder;
  }

  #sending = false;

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  onHead(status: number, headers: UpstreamHeaders): void {
    this.#check(this.status === undefined, "a second head");
    this.status = status;
    this.headers = headers;
    this.#changed();
  }

  onData(chunk: Buffer): boolean {
    this.#check(this.status !== undefined, "data before the head");
    this.chunks.push(chunk);
    this.onChunk?.();
    this.#changed();
    return this.wantsMore;
  }

  onEnd(): void {
    this.#check(this.status !== undefined, "an end before the head");
    this.ended = true;
    this.#changed();
  }

  onFailure(failure: UpstreamFailure): void {
    this.#check(true, "");
    this.failure = failure;
    this.#changed();
  }

  /** For tests over real sockets. */
  until(condition: (recorder: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (condition(this)) resolve();
      else this.#waiting.push({ condition: () => condition(this), resolve });
    });
  }

  settled(): Promise<void> {
    return this.until(() => this.ended || this.failure !== undefined);
  }

  #check(condition: boolean, what: string): void {
    if (this.#sending) throw new Error("called back from within send");
    if (this.ended || this.failure !== undefined) throw new Error("called back after the end");
    if (!condition) throw new Error(what);
  }

  #changed(): void {
    for (const waiter of this.#waiting) if (waiter.condition()) waiter.resolve();
  }
}
