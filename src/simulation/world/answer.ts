import type { UpstreamHeaders, UpstreamListener } from "../../core/upstream.ts";
import type { ReplicaListener } from "../../replica/replica.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";
import { writeRecord } from "./wire.ts";

const noHeaders: UpstreamHeaders = {};

/**
 * Tells an answer as it grows, streamed or whole, in the records of the simulated world.
 * @param headers What the head of the reply says, at its moment. Omit it for nothing.
 */
export function answerTo(
  { work, isStream }: SimulatedRequest,
  listener: UpstreamListener,
  headers?: () => UpstreamHeaders,
): ReplicaListener {
  return isStream ? new StreamedAnswer(work.outputTokens, listener, headers) : new WholeAnswer(work.outputTokens, listener, headers);
}

class StreamedAnswer implements ReplicaListener {
  readonly #outputTokens: number;
  readonly #listener: UpstreamListener;
  readonly #headers: (() => UpstreamHeaders) | undefined;
  #told = 0;
  #cachedTokens = 0;

  constructor(outputTokens: number, listener: UpstreamListener, headers: (() => UpstreamHeaders) | undefined) {
    this.#outputTokens = outputTokens;
    this.#listener = listener;
    this.#headers = headers;
  }

  onFirstToken(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
    tellHead(this.#listener, this.#headers);
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
  readonly #headers: (() => UpstreamHeaders) | undefined;
  #cachedTokens = 0;

  constructor(outputTokens: number, listener: UpstreamListener, headers: (() => UpstreamHeaders) | undefined) {
    this.#outputTokens = outputTokens;
    this.#listener = listener;
    this.#headers = headers;
  }

  onFirstToken(cachedTokens: number): void {
    this.#cachedTokens = cachedTokens;
  }

  onProgress(): void {
    // A whole answer shows nothing on the way.
  }

  onEnd(): void {
    tellHead(this.#listener, this.#headers);
    this.#listener.onData(writeRecord("end", this.#outputTokens, this.#cachedTokens));
    this.#listener.onEnd();
  }
}

function tellHead(listener: UpstreamListener, headers: (() => UpstreamHeaders) | undefined): void {
  if (headers === undefined) listener.onHead(200, noHeaders, false);
  else listener.onHead(200, headers(), true);
}
