import type { Finding } from "../tree/finding-log.ts";
import { maskBrokenLine, type Secrets } from "../secrets/secrets.ts";

/** Something wrong or doubtful in the configuration. It may be shown: no field of it holds a secret. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The setting's path, as `model_list[2].litellm_params.rpm`. Empty for the file as a whole. */
  readonly key: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
  /** The line it stands on, secrets replaced by `***`. */
  readonly sourceLine: string;
  /** Where in `sourceLine` the caret goes, from 1: masking may have moved it away from `column`. */
  readonly caretColumn: number;
}

/** Characters. Longer lines are shown in part, because a configuration can hold a whole prompt on one line. */
const longestShownLine = 160;

export function toConfigProblem(finding: Finding, secrets: Secrets): ConfigProblem {
  const { file, start } = finding.at;
  const shown = file.shownLine(start);
  // The same secret may stand where nothing says that it is one.
  const line = secrets.scrub(file.broken ? maskBrokenLine(shown.text) : shown.text);
  return {
    file: file.path,
    ...file.position(start),
    key: secrets.scrub(finding.key),
    message: secrets.scrub(finding.message),
    sourceLine: line.length > longestShownLine ? `${line.slice(0, longestShownLine - 3)}...` : line,
    caretColumn: Math.min(shown.column, line.length + 1, longestShownLine),
  };
}

/** @returns `file:line:column key: message` and, on two more lines, the source with a caret under the place. */
export function formatProblem(problem: ConfigProblem): string {
  const key = problem.key === "" ? "" : `${problem.key}: `;
  const head = `${problem.file}:${problem.line}:${problem.column} ${key}${problem.message}`;
  if (problem.sourceLine.trim() === "") return head;
  const number = String(problem.line);
  const indent = problem.sourceLine.slice(0, problem.caretColumn - 1).replace(/[^\t]/g, " ");
  return `${head}\n  ${number} | ${problem.sourceLine}\n  ${" ".repeat(number.length)} | ${indent}^`;
}
