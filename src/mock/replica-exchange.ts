import type { UpstreamExchange, UpstreamHeaders, UpstreamListener } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import type { Replica, ReplicaJob, ReplicaListener, ReplicaWork } from "../replica/replica.ts";

/** The reply to a request that a replica works on: written as the work goes on. */
export interface GrowingReply {
  readonly headers: UpstreamHeaders;
  /** What more there is once an answer has so many tokens. */
  grow(tokens: number): readonly Buffer[];
  /** The rest. @param cachedTokens How much of the prompt was remembered. */
  end(cachedTokens: number): readonly Buffer[];
}

/** A request in the hands of a replica. While its reader pauses, the replica goes on, and what it writes is kept. */
export class ReplicaExchange implements UpstreamExchange, ReplicaListener {
  readonly #clock: Clock;
  readonly #listener: UpstreamListener;
  readonly #reply: GrowingReply;
  readonly #work: ReplicaWork;
  #cachedTokens = 0;
  #written: Buffer[] = [];
  #isHeadSent = false;
  #isWhole = false;
  #isPaused = false;
  #isOver = false;

  constructor(clock: Clock, replica: Replica, job: ReplicaJob, reply: GrowingReply, listener: UpstreamListener) {
    this.#clock = clock;
    this.#listener = listener;
    this.#reply = reply;
    this.#work = replica.submit(job, this);
  }

  abort(): void {
    this.#isOver = true;
    this.#work.abort();
  }

  resume(): void {
    if (this.#isOver || !this.#isPaused) return;
    this.#isPaused = false;
    this.#clock.schedule(0, () => this.#send());
  }

  onFirstToken(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
    this.onProgress(1);
  }

  onProgress(tokens: number): void {
    this.#written.push(...this.#reply.grow(tokens));
    this.#send();
  }

  onEnd(): void {
    this.#written.push(...this.#reply.end(this.#cachedTokens));
    this.#isWhole = true;
    this.#send();
  }

  #send(): void {
    if (this.#isOver || this.#isPaused) return;
    if (this.#written.length > 0) {
      if (!this.#isHeadSent) {
        this.#isHeadSent = true;
        this.#listener.onHead(200, this.#reply.headers);
      }
      if (this.#isOver) return;
      const chunk = Buffer.concat(this.#written);
      this.#written = [];
      // Whoever pauses may ask for more before it has said so.
      this.#isPaused = true;
      if (this.#listener.onData(chunk)) this.#isPaused = false;
      if (this.#isPaused || this.#isOver) return;
    }
    if (!this.#isWhole) return;
    this.#isOver = true;
    this.#listener.onEnd();
  }
}
