import { Duplex } from "node:stream";
import type { MessagePort } from "node:worker_threads";

/** Bytes, or `taken` when the other side has use for more, or `end`. */
type PortMessage = Uint8Array<ArrayBuffer> | "taken" | "end";

/** A connection between two threads: a byte stream both ways over a port. Each piece is acknowledged when it was taken. */
export class PortStream extends Duplex {
  readonly #port: MessagePort;
  #onTaken: ((error?: Error | null) => void) | undefined;
  #owesWord = false;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on("message", (message: PortMessage) => this.#hear(message));
    port.on("close", () => this.destroy());
    // A thread is kept alive by its server, not by this.
    port.unref();
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error | null) => void): void {
    this.#onTaken = callback;
    // Copied, since the memory of a pool would go along as a whole.
    const bytes = new Uint8Array(chunk);
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#port.postMessage("end");
    callback();
  }

  override _read(): void {
    if (!this.#owesWord) return;
    this.#owesWord = false;
    this.#port.postMessage("taken");
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#port.close();
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.(error ?? new Error("the other thread has gone"));
    callback(error);
  }

  #hear(message: PortMessage): void {
    if (message === "end") {
      this.push(null);
    } else if (message === "taken") {
      const onTaken = this.#onTaken;
      this.#onTaken = undefined;
      onTaken?.();
    } else {
      this.#owesWord = true;
      this.push(message);
    }
  }
}
