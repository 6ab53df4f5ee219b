import type { UpstreamExchange, UpstreamFailure, UpstreamHeaders, UpstreamListener } from "../../core/upstream.ts";
import { readRecords } from "./wire.ts";

/** A connection that broke while it was in use. */
export const broken: UpstreamFailure = { kind: "broken", reason: "ECONNRESET" };

/** A request in the hands of a deployment whose connection may break. */
export class HeldExchange implements UpstreamListener, UpstreamExchange {
  /** With the deployment itself; undefined until it is sent. */
  exchange: UpstreamExchange | undefined;
  readonly #listener: UpstreamListener;
  readonly #all: Set<HeldExchange>;
  #tokensLeft: number;

  /** @param cutAfter The connection breaks after so many tokens; Infinity for never. @param all Those under way: it is among them until its end. */
  constructor(listener: UpstreamListener, cutAfter: number, all: Set<HeldExchange>) {
    this.#listener = listener;
    this.#tokensLeft = cutAfter;
    this.#all = all;
    all.add(this);
  }

  onHead(status: number, headers: UpstreamHeaders, mayTellLimits?: boolean): void {
    if (this.#all.has(this)) this.#listener.onHead(status, headers, mayTellLimits);
  }

  onData(chunk: Buffer): boolean {
    if (!this.#all.has(this)) return true;
    if (this.#tokensLeft === Number.POSITIVE_INFINITY) return this.#listener.onData(chunk);
    if (this.#tokensLeft > 0) this.#listener.onData(chunk);
    readRecords(chunk, (kind, tokens) => {
      this.#tokensLeft -= kind === "progress" ? tokens : 0;
      // Also an answer that is shorter never gets to say that it is whole.
      if (kind === "end") this.#tokensLeft = 0;
    });
    if (this.#tokensLeft > 0) return true;
    this.exchange?.abort();
    this.onFailure(broken);
    return true;
  }

  onEnd(): void {
    if (this.#all.delete(this)) this.#listener.onEnd();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#all.delete(this)) this.#listener.onFailure(failure);
  }

  abort(): void {
    if (this.#all.delete(this)) this.exchange?.abort();
  }

  resume(): void {
    this.exchange?.resume();
  }
}
