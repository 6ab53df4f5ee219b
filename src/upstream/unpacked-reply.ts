import type { Transform } from "node:stream";
import type { UpstreamFailure, UpstreamHeaders, UpstreamListener } from "../core/upstream.ts";
import { contentCodingOf, openUnpacker, splitCodings } from "../lib/unpacker.ts";

/** More codings on top of each other are no reply that anybody means. */
const mostCodings = 3;

/** What an unpacked reply asks of the exchange that carries it. */
export interface UnpackedOwner {
  /** Asks the connection for more of the packed bytes. */
  resume(): void;
  /** The packed bytes are no such coding: the exchange cannot go on. */
  fail(cause: Error): void;
}

/**
 * Names a reply's content codings, in the order in which they were applied. Requests ask for none, but some servers pack all the same.
 * @returns Undefined when the body comes as it is.
 */
export function codingsOf({ "content-encoding": header }: UpstreamHeaders): readonly string[] | undefined {
  if (header === undefined) return undefined;
  const codings = splitCodings(String(header));
  return codings.length === 0 ? undefined : codings;
}

/**
 * Unpacks a reply on its way to its listener, piece by piece, so that a packed stream still streams. What is handed on are the unpacked bytes:
 * they count against the listener's bounds, and a listener that pauses pauses the connection too.
 */
export class UnpackedReply implements UpstreamListener {
  readonly #inner: UpstreamListener;
  readonly #owner: UnpackedOwner;
  readonly #codings: readonly string[];
  #steps: Transform[] = [];
  #isOver = false;

  constructor(inner: UpstreamListener, codings: readonly string[], owner: UnpackedOwner) {
    this.#inner = inner;
    this.#owner = owner;
    this.#codings = codings;
  }

  onHead(status: number, headers: UpstreamHeaders, mayTellLimits?: boolean): void {
    const unknown =
      this.#codings.length > mostCodings ? "too many codings" : this.#codings.find((coding) => contentCodingOf(coding) === undefined);
    if (unknown !== undefined) {
      this.#fail(new UnreadableCoding(`content-encoding ${unknown.slice(0, 32)}`));
      return;
    }
    this.#inner.onHead(status, { ...headers, "content-encoding": undefined, "content-length": undefined }, mayTellLimits);
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#steps.length === 0) this.#open(chunk);
    return this.#steps[0]?.write(chunk) !== false;
  }

  onEnd(): void {
    if (this.#isOver) return;
    const [first] = this.#steps;
    if (first === undefined) this.#end();
    else first.end();
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#isOver) return;
    this.stop();
    this.#inner.onFailure(failure);
  }

  /** Hands on that the exchange has failed, once nothing more is unpacked. */
  tellFailure(failure: UpstreamFailure): void {
    this.#inner.onFailure(failure);
  }

  /** The listener takes more. */
  resume(): void {
    this.#steps.at(-1)?.resume();
  }

  /** Nothing more is handed on. */
  stop(): void {
    this.#isOver = true;
    for (const step of this.#steps) step.destroy();
  }

  /** The last coding that was applied is undone first. */
  #open(chunk: Buffer): void {
    this.#steps = this.#codings
      .toReversed()
      .map((coding, index) => openUnpacker(contentCodingOf(coding) ?? "gzip", index === 0 ? chunk : undefined));
    for (const [index, step] of this.#steps.entries()) {
      step.on("error", (cause) => this.#fail(new UnreadableCoding(`content-encoding ${this.#codings.join(", ")}`, { cause })));
      const next = this.#steps[index + 1];
      if (next !== undefined) step.pipe(next);
    }
    this.#steps[0]?.on("drain", () => this.#owner.resume());
    const last = this.#steps.at(-1);
    last?.on("data", (piece: Buffer) => {
      if (!this.#isOver && !this.#inner.onData(piece)) last.pause();
    });
    last?.on("end", () => this.#end());
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#inner.onEnd();
  }

  #fail(cause: Error): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.fail(cause);
  }
}

/** A reply whose packing cannot be undone. */
class UnreadableCoding extends Error {
  readonly code: string;

  /** @param what Fit to be shown. */
  constructor(what: string, options?: ErrorOptions) {
    super(`The reply cannot be unpacked: ${what}.`, options);
    this.name = "UnreadableCoding";
    this.code = `unreadable ${what.replaceAll(/[^\w ,.-]/g, "?")}`;
  }
}
