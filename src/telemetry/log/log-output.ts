import { write } from "node:fs";
import { prettyFactory } from "pino-pretty";
import type { Clock, Timer } from "../../lib/clock.ts";

export interface LogOutputOptions {
  readonly format: "json" | "pretty";
  /** A file descriptor. */
  readonly fd: number;
  /** For `pretty`. */
  readonly colours: boolean;
  readonly clock: Clock;
}

/** A line need not wait longer for others than people take to look. */
const gatherMs = 100;
/** From so many characters on they go out at once. */
const fullBlock = 65_536;
/** What is kept for a reader that does not read: beyond it lines are lost, and the server goes on. */
const mostKept = 16 * 1024 * 1024;
/** How long the end waits for such a reader. */
const longestFlushMs = 1_000;

/**
 * Where the log's lines go: gathered to blocks, and written while calls go on. A reader that has gone, or reads no more, is no reason to
 * stop serving.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #format: (line: string) => string;
  #gathered = "";
  #timer: Timer | undefined;
  /** Being written. */
  #block: Buffer | undefined;
  #isBroken = false;
  #onEmpty: (() => void)[] = [];

  constructor({ format, fd, colours, clock }: LogOutputOptions) {
    this.#fd = fd;
    this.#clock = clock;
    const options = { colorize: colours, singleLine: true, translateTime: "SYS:HH:MM:ss.l", ignore: "kind" };
    this.#format = format === "json" ? (line) => line : prettyFactory(options);
  }

  write(line: string): void {
    if (this.#isBroken || this.#gathered.length > mostKept) return;
    this.#gathered += this.#format(line);
    this.#sendInTime();
  }

  /** Resolves when everything that was written is out, or nobody is there to take it. */
  async flush(): Promise<void> {
    this.#send();
    if (this.#block === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.schedule(longestFlushMs, resolve);
      this.#onEmpty.push(() => {
        this.#clock.cancel(timer);
        resolve();
      });
    });
  }

  /** Never a line alone while others are on their way: it costs far more to hand one over to be written than to make it. */
  #sendInTime(): void {
    if (this.#gathered.length >= fullBlock) this.#send();
    else this.#timer ??= this.#clock.schedule(gatherMs, () => this.#send());
  }

  #send(): void {
    this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    if (this.#block !== undefined || this.#gathered === "") return;
    this.#block = Buffer.from(this.#gathered);
    this.#gathered = "";
    this.#writeOn(this.#block);
  }

  #writeOn(rest: Buffer): void {
    write(this.#fd, rest, (error, written) => {
      if (error === null && written === rest.length) {
        this.#block = undefined;
        if (this.#gathered === "") this.#empty();
        else if (this.#onEmpty.length > 0) this.#send();
        else this.#sendInTime();
      } else if (error === null) this.#writeOn(rest.subarray(written));
      // A pipe that is full; its reader may come back to it.
      else if (error.code === "EAGAIN") this.#clock.schedule(gatherMs, () => this.#writeOn(rest));
      else this.#break();
    });
  }

  #break(): void {
    this.#isBroken = true;
    this.#block = undefined;
    this.#gathered = "";
    this.#empty();
  }

  #empty(): void {
    for (const listener of this.#onEmpty.splice(0)) listener();
  }
}
