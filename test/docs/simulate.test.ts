import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { scenarioReference } from "./support/scenario-reference.ts";

const page = readFileSync(new URL("../../docs/simulate.md", import.meta.url), "utf8");
const cells = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("|-") && !line.startsWith("| -"))
    .map((line) => line.replace(/\s+/g, " "));

test("docs/simulate.md has every setting of a scenario, as the program reads it", () => {
  const written = new Set(cells(page));
  assert.deepEqual(
    cells(scenarioReference()).filter((line) => !written.has(line)),
    [],
  );
});
