import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, toConfigProblem } from "../../../src/config/load/config-problem.ts";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

test("a problem is told with file, line, column, key and the line below it", () => {
  const file = new SourceFile("c.yaml", "a: 1\n\trpm: six\n");
  const problem = toConfigProblem({ at: { file, start: 11, end: 14 }, key: "rpm", message: "must be a number" }, new Secrets());
  assert.equal(formatProblem(problem), "c.yaml:2:7 rpm: must be a number\n  2 | \trpm: six\n    | \t     ^");
});

test("a problem of the whole file has no key and no line to show", () => {
  const file = new SourceFile("c.yaml", "");
  const problem = toConfigProblem({ at: { file, start: 0, end: 0 }, key: "", message: "there is no such file" }, new Secrets());
  assert.equal(formatProblem(problem), "c.yaml:1:1 there is no such file");
});

test("a very long line is shown in part", () => {
  const file = new SourceFile("c.yaml", `prompt: ${"long ".repeat(1_000)}`);
  const problem = toConfigProblem({ at: { file, start: 4_000, end: 4_001 }, key: "prompt", message: "x" }, new Secrets());
  assert.ok(problem.sourceLine.length <= 160);
  assert.ok(problem.caretColumn <= 160);
});
