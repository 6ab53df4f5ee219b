import type { Clock } from "../../lib/clock.ts";
import type { UpstreamExchange, UpstreamListener } from "../../core/upstream.ts";
import { Replica, type ReplicaListener } from "../../replica/replica.ts";
import type { ReplicaSpec } from "../../replica/replica-spec.ts";
import type { Backend } from "./backend.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";
import { writeRecord } from "./wire.ts";

const noHeaders = {};

/** A deployment that is one replica. */
export class ReplicaBackend implements Backend {
  readonly replica: Replica;

  constructor(spec: ReplicaSpec, clock: Clock) {
    this.replica = new Replica(spec, clock);
  }

  get workSeconds(): number {
    return this.replica.workSeconds;
  }

  send({ work, isStream }: SimulatedRequest, listener: UpstreamListener): UpstreamExchange {
    const answer = isStream ? new StreamedAnswer(work.outputTokens, listener) : new WholeAnswer(work.outputTokens, listener);
    const held = this.replica.submit(work, answer);
    return { abort: () => held.abort(), resume: () => {} };
  }
}

class StreamedAnswer implements ReplicaListener {
  readonly #outputTokens: number;
  readonly #listener: UpstreamListener;
  #told = 0;
  #cachedTokens = 0;

  constructor(outputTokens: number, listener: UpstreamListener) {
    this.#outputTokens = outputTokens;
    this.#listener = listener;
  }

  onFirstToken(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
    this.#listener.onHead(200, noHeaders, false);
    this.onProgress(1);
  }

  onProgress(tokens: number): void {
    const more = Math.min(tokens, this.#outputTokens) - this.#told;
    if (more <= 0) return;
    this.#told += more;
    this.#listener.onData(writeRecord("progress", more));
  }

  onEnd(): void {
    this.onProgress(this.#outputTokens);
    this.#listener.onData(writeRecord("end", this.#outputTokens, this.#cachedTokens));
    this.#listener.onEnd();
  }
}

class WholeAnswer implements ReplicaListener {
  readonly #outputTokens: number;
  readonly #listener: UpstreamListener;
  #cachedTokens = 0;

  constructor(outputTokens: number, listener: UpstreamListener) {
    this.#outputTokens = outputTokens;
    this.#listener = listener;
  }

  onFirstToken(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
  }

  onProgress(): void {
    // A whole answer shows nothing on the way.
  }

  onEnd(): void {
    this.#listener.onHead(200, noHeaders, false);
    this.#listener.onData(writeRecord("end", this.#outputTokens, this.#cachedTokens));
    this.#listener.onEnd();
  }
}
