import type { CliIo, ExitCode, Terminal } from "../../src/cli/kit/io.ts";
import { openTransport } from "../../src/cli/kit/open-transport.ts";
import { run } from "../../src/cli/run.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { FakeClock } from "./fake-clock.ts";

/** The command line in a world of the test's making; only the way to the server is real. */
export class CliWorld {
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  terminal: Terminal | undefined;
  files: Readonly<Record<string, string>> = {};
  readonly written: Record<string, string> = {};
  standardInput = "";
  loadConfig: CliIo["loadConfig"] = () => Promise.reject(new Error("no configuration here"));
  /** What the person answers to every question. Undefined when there is none. */
  confirms: boolean | undefined;
  out = "";
  err = "";
  readonly #stopListeners: ((signal: string) => void)[] = [];
  readonly #closeListeners: (() => void)[] = [];
  #wake = Promise.withResolvers<void>();

  constructor(env: Readonly<Record<string, string>> = {}, clock: Clock = new FakeClock()) {
    this.env = env;
    this.clock = clock;
  }

  /** @param line Words that hold no spaces themselves. */
  run(line: string): Promise<ExitCode> {
    return this.runWords(line.split(" "));
  }

  runWords(words: readonly string[]): Promise<ExitCode> {
    return run(words, this.#io());
  }

  /** Waits until both outputs together match. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out + this.err)) await this.#wake.promise;
  }

  pressCtrlC(): void {
    for (const listener of this.#stopListeners) listener("SIGINT");
  }

  closeOutput(): void {
    for (const listener of this.#closeListeners) listener();
  }

  #io(): CliIo {
    return {
      env: this.env,
      clock: this.clock,
      cores: 1,
      random: { next: () => 0 },
      terminal: () => this.terminal,
      out: (text) => this.#said("out", text),
      err: (text) => this.#said("err", text),
      writeFile: async (path, text) => {
        this.written[path] = text;
      },
      readLines: (path) => linesOf(path, this.files),
      readFile: async (path) => {
        const text = this.files[path];
        if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
        return text;
      },
      startSimulators: () => {
        throw new Error("no threads here");
      },
      readStandardInput: async () => this.standardInput,
      confirm: async (question) => {
        this.#said("err", question);
        return this.confirms;
      },
      openTransport,
      openLog: () => {
        throw new Error("no log here");
      },
      startTracing: () => Promise.reject(new Error("no traces here")),
      loadConfig: (path, options) => this.loadConfig(path, options),
      compose: () => {
        throw new Error("nothing to serve here");
      },
      onReloadSignal: () => undefined,
      onStopSignal: (listener) => void this.#stopListeners.push(listener),
      onOutputClosed: (listener) => void this.#closeListeners.push(listener),
    };
  }

  #said(where: "out" | "err", text: string): void {
    this[where] += text;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

async function* linesOf(path: string, files: Readonly<Record<string, string>>): AsyncGenerator<string> {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  yield* text.split("\n");
}
