import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { exceptions, limits } from "../../scripts/limits.ts";

/**
 * Shows that each guard of the linter bites. Each case plants one violation and expects the linter to name its rule: a guard that no longer
 * works would otherwise look like a clean house.
 */
const root = join(import.meta.dirname, "../..");
const oxlint = join(root, "node_modules/.bin/oxlint");
const config = join(root, ".oxlintrc.json");
const folder = mkdtempSync(join(tmpdir(), "huntgroup-lint-"));
cpSync(config, join(folder, ".oxlintrc.json"));
after(() => rmSync(folder, { recursive: true }));

interface Planted {
  readonly what: string;
  readonly file: string;
  readonly code: string;
  readonly rule: string;
}

const planted: readonly Planted[] = [
  { what: "the core imports a protocol", file: "src/core/a.ts", code: 'import "../rest/handler.ts";', rule: "no-restricted-imports" },
  {
    what: "the core imports the wire format",
    file: "src/core/b.ts",
    code: 'import "../formats/openai/adapter.ts";',
    rule: "no-restricted-imports",
  },
  { what: "lib imports the core", file: "src/lib/a.ts", code: 'import "../core/call.ts";', rule: "no-restricted-imports" },
  { what: "REST imports RPC", file: "src/rest/a.ts", code: 'import "../rpc/errors.ts";', rule: "no-restricted-imports" },
  {
    what: "what serves the console imports RPC",
    file: "src/console/a.ts",
    code: 'import "../rpc/errors.ts";',
    rule: "no-restricted-imports",
  },
  { what: "a strategy imports its sibling", file: "src/strategies/a.ts", code: 'import "./p2c.ts";', rule: "no-restricted-imports" },
  {
    what: "a strategy imports a provider",
    file: "src/strategies/b.ts",
    code: 'import "../providers/index.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a folder of the core imports a higher one",
    file: "src/core/state/a.ts",
    code: 'import type { Group } from "../table/group.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "the core's contracts import an implementation",
    file: "src/core/m.ts",
    code: 'export type { Ledger } from "./state/ledger.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a deep folder goes up by a long way",
    file: "src/formats/openai/usage/a.ts",
    code: 'import "../../../control/operator.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a folder imports its sibling on the same floor",
    file: "src/rpc/chat/a.ts",
    code: 'import "../standard/health-service.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a folder imports the files beside it that are above",
    file: "src/rpc/kit/a.ts",
    code: 'import "../handler.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a provider imports its sibling",
    file: "src/providers/azure/a.ts",
    code: 'import "../openai/adapter.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "a provider imports the configuration",
    file: "src/providers/azure/b.ts",
    code: 'import "../../config/load-config.ts";',
    rule: "no-restricted-imports",
  },
  {
    what: "REST imports protobuf",
    file: "src/rest/b.ts",
    code: 'import "../../gen/huntgroup/v1/chat_pb.ts";',
    rule: "no-restricted-imports",
  },
  { what: "a command imports main", file: "src/cli/a.ts", code: 'import "../main.ts";', rule: "no-restricted-imports" },
  {
    what: "the core takes a timer from node:timers",
    file: "src/core/c.ts",
    code: 'import { setTimeout as wait } from "node:timers";\nwait(() => {}, 1);',
    rule: "no-restricted-imports",
  },
  { what: "the core reads the clock", file: "src/core/d.ts", code: "export const now = Date.now();", rule: "no-restricted-properties" },
  {
    what: "the core rolls dice",
    file: "src/strategies/c.ts",
    code: "export const dice = Math.random();",
    rule: "no-restricted-properties",
  },
  { what: "REST sets a timer", file: "src/rest/c.ts", code: "setTimeout(() => {}, 5);", rule: "no-restricted-globals" },
  {
    what: "the core reads the performance clock",
    file: "src/core/e.ts",
    code: "export const now = performance.now();",
    rule: "no-restricted-globals",
  },
  { what: "an any", file: "src/core/f.ts", code: "export const x: any = 1;", rule: "no-explicit-any" },
  { what: "a silenced compiler", file: "src/core/g.ts", code: "// @ts-ignore\nexport const x: string = 1;", rule: "ban-ts-comment" },
  {
    what: "a promise that is not awaited",
    file: "src/core/h.ts",
    code: "async function work(): Promise<void> {}\nwork();",
    rule: "no-floating-promises",
  },
  {
    what: "a switch that forgets a case",
    file: "src/core/i.ts",
    code: 'export function f(x: "a" | "b"): void {\n  switch (x) {\n    case "a":\n      return;\n  }\n}',
    rule: "switch-exhaustiveness-check",
  },
  {
    what: "a function has more than 80 lines",
    file: "src/core/j.ts",
    code: `export function long(): void {\n${"  // A line.\n".repeat(79)}}`,
    rule: "max-lines-per-function",
  },
  {
    what: "a function takes more than five parameters",
    file: "src/core/k.ts",
    code: "export const sum = (a: 1, b: 1, c: 1, d: 1, e: 1, f: 1): number => a + b + c + d + e + f;",
    rule: "max-params",
  },
  {
    what: "a file has more than 25 imports",
    file: "src/core/l.ts",
    code: Array.from({ length: 26 }, (_, index) => `import type { A${index} } from "./l${index}.ts";`).join("\n"),
    rule: "max-dependencies",
  },
];

function lint(file: string): string {
  const { stdout, stderr } = spawnSync(oxlint, ["--type-aware", file], { cwd: folder, encoding: "utf8" });
  return stdout + stderr;
}

function plant(file: string, code: string): string {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${code}\n`);
  return lint(file);
}

writeFileSync(
  join(folder, "tsconfig.json"),
  '{ "compilerOptions": { "strict": true, "noEmit": true, "allowImportingTsExtensions": true } }',
);

for (const { what, file, code, rule } of planted) {
  test(`the linter sees it when ${what}`, () => {
    assert.match(plant(file, code), new RegExp(`\\(${rule}\\)`));
  });
}

test("the linter says what a folder may import", () => {
  const said = plant("src/core/pick/a.ts", 'import "../keys/budgets.ts";');
  assert.match(
    said,
    /src\/core\/pick may import src\/core\/pick, src\/core \(its own files\), src\/core\/session, src\/core\/state, src\/core\/flow, src\/core\/shadow, src\/core\/table, src\/lib\./,
  );
});

test("the linter sees a circle of files that import no more than each other's types", () => {
  plant("src/core/chicken.ts", 'import type { Egg } from "./egg.ts";\nexport type Chicken = Egg | 1;');
  assert.match(plant("src/core/egg.ts", 'import type { Chicken } from "./chicken.ts";\nexport type Egg = Chicken | 2;'), /\(no-cycle\)/);
});

test("the linter lets a function of 80 lines, five parameters and 25 imports pass", () => {
  const imports = Array.from({ length: 25 }, (_, index) => `import type { N${index} } from "./n${index}.ts";`).join("\n");
  const parameters = "a: 1, b: 1, c: 1, d: 1, e: 1";
  const long = `export function long(${parameters}): number {\n${"  // A line.\n".repeat(77)}  return a + b + c + d + e;\n}`;
  assert.doesNotMatch(plant("src/core/n.ts", `${imports}\n${long}`), /\(max-/);
});

test("the exceptions to the limits are what is over them today, and nothing else", () => {
  const bare = join(folder, "limits.json");
  writeFileSync(bare, JSON.stringify({ plugins: ["import"], categories: { correctness: "off" }, rules: limits }));
  const { stdout } = spawnSync(oxlint, ["--config", bare, "--format", "json", "src", "scripts"], { cwd: root, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly { readonly filename: string; readonly code: string }[] };
  const over = diagnostics.map(({ filename, code }) => `${filename}: ${/\((.*)\)/.exec(code)?.[1]}`);
  const listed = exceptions.map(({ file, rule }) => `${file}: ${rule.replace("import/", "")}`);
  assert.deepEqual([...new Set(over)].toSorted(), listed.toSorted());
});

test("the linter lets a clean file pass, timers in src/lib included", () => {
  assert.match(
    plant("src/lib/clean.ts", "export const wait = (task: () => void): unknown => setTimeout(task, Date.now() % 2);"),
    /0 warnings and 0 errors/,
  );
  assert.match(
    plant("src/core/clean.ts", 'import type { Clock } from "../lib/clean.ts";\nexport type Now = Clock;'),
    /0 warnings and 0 errors/,
  );
});
