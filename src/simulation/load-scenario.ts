import { dirname, resolve } from "node:path";
import { type ConfigProblem, toConfigProblem } from "../config/load/config-problem.ts";
import { Secrets } from "../config/secrets/secrets.ts";
import { FindingLog } from "../config/tree/finding-log.ts";
import { SourceFile } from "../config/tree/source-file.ts";
import { readYaml } from "../config/yaml/read-yaml.ts";
import { takeIn } from "../config/yaml/yaml-file.ts";
import type { TableSource } from "../core/table-source.ts";
import { plainCallers } from "./scenario/plain-scenario.ts";
import { readScenario } from "./scenario/read-scenario.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { readTraceFile } from "./traffic/read-trace-file.ts";

/** What came of reading a scenario. */
export interface ScenarioLoad {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Undefined if, and only if, there are problems. */
  readonly scenario: Scenario | undefined;
}

/** Reads a scenario beside a configuration. @param path Where the text is from: traces are looked for beside it. */
export async function loadScenario(path: string, text: string, source: TableSource): Promise<ScenarioLoad> {
  const log = new FindingLog();
  const secrets = new Secrets();
  const groups = [...new Set(source.deployments.map(({ group }) => group))];
  const root = takeIn(readYaml(new SourceFile(path, text)), log, secrets);
  const context = {
    ids: source.deployments.map(({ id }) => id),
    groups,
    models: [...groups, ...source.aliases.map(({ alias }) => alias), ...source.deployments.map(({ id }) => id)],
    readTrace: (trace: string) => readTraceFile(resolve(dirname(path), trace)),
  };
  const read = root === undefined ? undefined : await readScenario(root, context, log);
  const problems = log.problems.map((finding) => toConfigProblem(finding, secrets));
  const warnings = log.warnings.map((finding) => toConfigProblem(finding, secrets));
  if (read === undefined || problems.length > 0) return { problems, warnings, scenario: undefined };
  return { problems, warnings, scenario: read.callers.length > 0 ? read : { ...read, callers: plainCallers(source.deployments) } };
}
