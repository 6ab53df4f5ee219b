import { stat } from "node:fs/promises";
import { digestOfTexts } from "../../config/tree/digest-of.ts";
import type { Clock, Timer } from "../../lib/clock.ts";
import { readFileInTime } from "../../lib/read-file-in-time.ts";

/** Looks at files. */
export interface FileLooker {
  /**
   * @returns A text that is another one whenever the file, or what a link leads to, may have changed: always the same for what is no file,
   * since a pipe can be read once. Undefined when it is not there.
   */
  look(path: string): Promise<string | undefined>;
  /** @throws When it cannot be read. */
  read(path: string): Promise<string>;
}

/** Stands for what is there and is no file. */
const noFile = "no file";

/** Looks at files on the disk. Links are followed, so leading one elsewhere is a change. */
export const diskFiles: FileLooker = {
  async look(path) {
    const looked = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = looked;
    if (!looked.isFile()) return noFile;
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  },
  read: (path) => readFileInTime(path),
};

interface WatcherOptions {
  readonly clock: Clock;
  readonly files: FileLooker;
  onChange(): void;
}

/** Soon enough for people. A look is one system call for each file, and wakes some threads. */
const lookEveryMs = 3_000;
/** The look that shows whether what was seen is whole by now. */
const lookAgainMs = 1_000;

/**
 * Watches a few files by looking at them again and again. The system's own notifications are lost when an editor or a volume puts another
 * file in a watched one's place. A change counts when two looks in a row have seen the same, so that nothing is read half written, and
 * when the contents differ from those that were loaded last.
 */
export class FileWatcher {
  readonly #options: WatcherOptions;
  #paths: readonly string[] = [];
  #loaded = "";
  #lastSeen: string | undefined;
  #settled: string | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /**
   * Watches these files from now on.
   * @param digest Of the contents that were loaded, whether or not they were valid.
   */
  watch(paths: readonly string[], digest: string): void {
    this.#paths = [...new Set(paths)];
    this.#loaded = digest;
    this.#settled = undefined;
    if (this.#timer === undefined) this.#schedule(lookAgainMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#options.clock.cancel(this.#timer);
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.schedule(delayMs, () => {
      const before = this.#lastSeen;
      void this.#look().finally(() => this.#schedule(this.#lastSeen === before ? lookEveryMs : lookAgainMs));
    });
  }

  async #look(): Promise<void> {
    const { files } = this.#options;
    const paths = this.#paths;
    const looks = await Promise.all(paths.map((path) => files.look(path).catch(() => undefined)));
    const seen = JSON.stringify([paths, looks.map((look) => look ?? null)]);
    const steady = seen === this.#lastSeen;
    this.#lastSeen = seen;
    if (!steady || seen === this.#settled || looks.includes(noFile)) return;
    const texts = new Map<string, string>();
    for (const path of paths) {
      const text = await files.read(path).catch(() => undefined);
      if (text !== undefined) texts.set(path, text);
    }
    this.#settled = seen;
    const digest = digestOfTexts(texts);
    if (digest === this.#loaded) return;
    this.#loaded = digest;
    this.#options.onChange();
  }
}
