import { formatProblem } from "../../config/load/config-problem.ts";
import type { LoadResult } from "../../config/load/load-config.ts";
import type { TableSource } from "../../core/table-source.ts";
import { configuredName, contestants, runContestant, type SimulationStart, type Simulators } from "../../simulation/contest.ts";
import { loadScenario } from "../../simulation/load-scenario.ts";
import { compareRuns } from "../../simulation/report/compare-runs.ts";
import { reportHtml } from "../../simulation/report/report-html.ts";
import { type ReportHead, reportJson } from "../../simulation/report/report-json.ts";
import type { ScenarioRun } from "../../simulation/run-scenario.ts";
import { plainScenario, plainScenarioNote } from "../../simulation/scenario/plain-scenario.ts";
import { seedsUpTo } from "../../simulation/scenario/read-scenario.ts";
import type { Scenario } from "../../simulation/scenario/scenario.ts";
import { exitCodes, type CliIo, type ExitCode } from "../kit/io.ts";
import { readTextFile } from "../kit/read-text-file.ts";
import type { SimulateOptions } from "../kit/task.ts";
import { choosePaint } from "../render/paint.ts";
import { comparisonTable } from "../render/comparison-table.ts";
import { reportFindings } from "./report-findings.ts";

/** `huntgroup simulate`: runs a configuration on virtual time with several strategies, and tells how each did. */
export async function runSimulate(task: SimulateOptions, io: CliIo): Promise<ExitCode> {
  const loaded = await io.loadConfig(task.configFile, { skipInvalid: task.skipInvalid, overlay: [], texts: undefined });
  const config = reportFindings(task.configFile, loaded, io);
  if (config === undefined) return exitCodes.badUse;
  const { source } = config;
  const prepared = await prepare(task, loaded, source, io);
  if (prepared === undefined) return exitCodes.badUse;
  const names = contestants(task.strategies, source);
  if (!names.ok) {
    io.err(`huntgroup: ${names.error}.\n`);
    return exitCodes.badUse;
  }
  const { scenario, start } = prepared;
  const seeds = task.seeds === undefined ? scenario.seeds : seedsUpTo(task.seeds);
  const notes = task.scenarioFile === undefined ? [plainScenarioNote] : [];
  for (const note of notes) io.err(`note: ${note}.\n`);
  const orders = names.value.flatMap((strategy) => seeds.map((seed) => ({ strategy, seed })));
  const jobs = Math.min(task.jobs ?? io.cores, orders.length);
  const simulators = jobs === 1 ? inPlace(source, scenario) : io.startSimulators(jobs, start);
  const progress = new Progress(orders.length, scenario.durationMs, io);
  let runs: readonly ScenarioRun[];
  try {
    runs = await Promise.all(orders.map((order) => progress.watch((onProgress) => simulators.run(order, onProgress))));
  } catch (error) {
    io.err(`huntgroup: the simulation failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodes.failure;
  } finally {
    progress.end();
    simulators.stop();
  }
  const compared = compareRuns(names.value, runs);
  const head: ReportHead = {
    configFile: task.configFile,
    scenarioFile: task.scenarioFile,
    durationMs: scenario.durationMs,
    seeds,
    good: scenario.good,
    faults: scenario.timeline,
    notes,
    titles: new Map(names.value.map((name) => [name, name === configuredName ? `${source.strategy.name} (configured)` : name])),
  };
  const terminal = io.terminal();
  const page = { paint: choosePaint(terminal !== undefined, io.env), width: terminal?.columns };
  io.out(task.json ? reportJson(head, compared) : comparisonTable(head, compared, page));
  if (task.htmlFile === undefined) return exitCodes.ok;
  try {
    await io.writeFile(task.htmlFile, reportHtml(head, compared));
    return exitCodes.ok;
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    io.err(`huntgroup: ${task.htmlFile} cannot be written (${reason}).\n`);
    return exitCodes.failure;
  }
}

interface Prepared {
  readonly scenario: Scenario;
  readonly start: SimulationStart;
}

/** @returns Undefined when a problem was told. */
async function prepare(task: SimulateOptions, { texts }: LoadResult, source: TableSource, io: CliIo): Promise<Prepared | undefined> {
  const { configFile, skipInvalid, scenarioFile } = task;
  if (source.deployments.length === 0) {
    io.err(`huntgroup: ${configFile} has no deployment to simulate.\n`);
    return undefined;
  }
  if (scenarioFile === undefined) {
    const scenario = plainScenario(source.deployments);
    if (scenario.callers.length > 0) return { scenario, start: { configFile, skipInvalid, texts, scenario: undefined } };
    io.err(`huntgroup: ${configFile} has no deployment for chat, which is what is simulated.\n`);
    return undefined;
  }
  const read = await readTextFile(scenarioFile, io);
  if (!read.ok) {
    io.err(`huntgroup: ${read.error.message}\n`);
    return undefined;
  }
  const { problems, warnings, scenario } = await loadScenario(scenarioFile, read.value, source);
  for (const warning of warnings) io.err(`warning: ${formatProblem(warning)}\n`);
  for (const problem of problems) io.err(`error: ${formatProblem(problem)}\n`);
  if (scenario !== undefined)
    return { scenario, start: { configFile, skipInvalid, texts, scenario: { file: scenarioFile, text: read.value } } };
  io.err(`huntgroup: ${scenarioFile} has ${problems.length} ${problems.length === 1 ? "problem" : "problems"}; nothing was simulated.\n`);
  return undefined;
}

/** Runs one after the other on this thread. */
function inPlace(source: TableSource, scenario: Scenario): Simulators {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(order, onProgress) {
      const run = last.then(() => runContestant(source, scenario, order, onProgress));
      last = run;
      return run;
    },
    stop: () => {},
  };
}

const barWidth = 30;

/** A bar on a terminal; nothing elsewhere. */
class Progress {
  readonly #whole: number;
  readonly #durationMs: number;
  readonly #io: CliIo;
  readonly #isShown: boolean;
  #done = 0;
  #shown = -1;

  constructor(runs: number, durationMs: number, io: CliIo) {
    this.#whole = runs * durationMs;
    this.#durationMs = durationMs;
    this.#io = io;
    this.#isShown = io.terminal() !== undefined;
  }

  async watch<Run>(run: (onProgress: (at: number) => void) => Promise<Run>): Promise<Run> {
    let told = 0;
    const onProgress = (at: number): void => {
      const until = Math.min(at, this.#durationMs);
      this.#done += until - told;
      told = until;
      this.#draw();
    };
    const result = await run(onProgress);
    onProgress(this.#durationMs);
    return result;
  }

  end(): void {
    if (this.#isShown) this.#io.err("\r\u001B[K");
  }

  #draw(): void {
    const percent = Math.floor((100 * this.#done) / this.#whole);
    if (!this.#isShown || percent === this.#shown) return;
    this.#shown = percent;
    const filled = Math.round((barWidth * percent) / 100);
    this.#io.err(`\r${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ${percent} %`);
  }
}
