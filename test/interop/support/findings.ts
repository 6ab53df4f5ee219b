import assert from "node:assert/strict";
import { runProgram, type ProgramRun } from "./run-program.ts";

interface Line {
  readonly scenario: string;
  readonly found?: Readonly<Record<string, unknown>>;
  readonly raised?: string;
}

/** What a foreign client reports: one line of JSON for each of its scenarios. */
export class Findings {
  readonly #run: ProgramRun;
  readonly #lines: ReadonlyMap<string, Line>;
  readonly #unread: Set<string>;

  private constructor(run: ProgramRun) {
    this.#run = run;
    const lines = run.stdout.split("\n").filter((line) => line !== "");
    this.#lines = new Map(lines.map((line) => JSON.parse(line) as Line).map((line) => [line.scenario, line]));
    this.#unread = new Set(this.#lines.keys());
  }

  /** Runs a client; see {@link runProgram}. One that fails half-way has still found what it found until then. */
  static async of(...run: Parameters<typeof runProgram>): Promise<Findings> {
    return new Findings(await runProgram(...run));
  }

  /** What a scenario found. Fails with what it raised. */
  get(scenario: string): Readonly<Record<string, unknown>> {
    const line = this.#lines.get(scenario);
    this.#unread.delete(scenario);
    assert.ok(line, `the client ended (exit code ${this.#run.exitCode}) without a word on "${scenario}"\n${this.#run.stderr}`);
    assert.equal(line.raised, undefined, `in the client's scenario "${scenario}"`);
    assert.ok(line.found);
    return line.found;
  }

  /** Fails when the client failed, or found what no test asked for: a test was taken away and left its scenario behind. */
  assertAllRead(): void {
    assert.equal(this.#run.exitCode, 0, this.#run.stderr);
    assert.deepEqual([...this.#unread], []);
  }
}
