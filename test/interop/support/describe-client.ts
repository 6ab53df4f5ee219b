import { describe, it } from "node:test";
import { setupProblem } from "./setup-problem.ts";

/** A suite that needs foreign programs. Where they cannot run it is one skipped test, counted, that says what is missing. */
export async function describeClient(part: "python" | "go", name: string, suite: () => void): Promise<void> {
  const problem = await setupProblem(part);
  if (problem === undefined) describe(name, suite);
  else it(name, { skip: problem }, () => undefined);
}
