import { write } from "node:fs";
import { prettyFactory } from "pino-pretty";
import type { Clock, Timer } from "../../lib/clock.ts";

/** Where and how lines are written. */
export interface LogOutputOptions {
  readonly format: "json" | "pretty";
  /** The file descriptor that lines are written to. */
  readonly fd: number;
  /** Whether `pretty` uses colours. */
  readonly colours: boolean;
  readonly clock: Clock;
}

/** How long a line waits for others, so that they go out together. People do not notice it. */
const gatherMs = 100;
/** From this many characters on, the gathered lines go out at once. */
const fullBlock = 65_536;
/** Characters kept for a reader that does not read. Beyond them lines are lost, and the server goes on. */
const mostKept = 16 * 1024 * 1024;
/** How long a stopping process waits for such a reader. */
const longestFlushMs = 1_000;

/**
 * Writes the log's lines in blocks, while calls go on. A reader that has gone, or does not read, does not stop the server.
 */
export class LogOutput {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #format: (line: string) => string;
  #gathered = "";
  #timer: Timer | undefined;
  /** The block that is being written. */
  #block: Buffer | undefined;
  #isBroken = false;
  #onEmpty: (() => void)[] = [];

  constructor({ format, fd, colours, clock }: LogOutputOptions) {
    this.#fd = fd;
    this.#clock = clock;
    const options = { colorize: colours, singleLine: true, translateTime: "SYS:HH:MM:ss.l", ignore: "kind" };
    this.#format = format === "json" ? (line) => line : prettyFactory(options);
  }

  /** Takes a line with its line end. Writes it soon. */
  write(line: string): void {
    if (this.#isBroken || this.#gathered.length > mostKept) return;
    this.#gathered += this.#format(line);
    this.#sendInTime();
  }

  /** Resolves when everything is written, or the reader has gone or does not read. */
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

  /** Writes a full block at once, and fewer lines after a wait for others: handing one over costs far more than making it. */
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
      // The pipe is full; its reader may read on later.
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
