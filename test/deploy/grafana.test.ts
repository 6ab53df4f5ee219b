import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, test } from "node:test";
import { ownMetrics } from "../../src/telemetry/metrics/metrics.ts";
import { assertKnown } from "./support/assert-known.ts";
import { notOnDashboard } from "./support/not-on-dashboard.ts";
import { sampleSeries } from "./support/sample-series.ts";
import { describeWithTools, root, runTool } from "./support/tool.ts";

/**
 * The dashboard's structure, and its expressions against what a server tells. Grafana itself is not had here (no registry of packages has it
 * under a licence of this project's choice): that it draws this well is seen by eye.
 */
interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource: object;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: object;
  readonly targets?: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: object;
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string; readonly datasource: object }[] };
}

const text = readFileSync(join(root, "deploy/grafana/huntgroup.json"), "utf8");
const dashboard = JSON.parse(text) as Dashboard;
const { panels } = dashboard;
const variables = dashboard.templating.list;
const chosen = { type: "prometheus", uid: "${DS_PROMETHEUS}" };

const expressions = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ refId, expr }) => ({ name: `${title} ${refId}`, expr }))),
  ...dashboard.annotations.list,
];

/** As Grafana puts it, with "All" chosen everywhere. */
function filledIn(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "5m")
    .replaceAll("$__range", "1h")
    .replaceAll(/"\$(job|instance|group|deployment)"/g, '".*"');
}

test("the dashboard is of the last schema of its kind", () => {
  assert.equal(dashboard.schemaVersion, 42);
});

test("it has a row for each thing that is asked at three in the morning", () => {
  assert.deepEqual(
    panels.filter((panel) => panel.type === "row").map((panel) => panel.title),
    ["Overview", "Deployments", "Latency", "Limits", "Tokens and cost", "Shadow strategies", "Process"],
  );
});

test("no two panels have the same number", () => {
  assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length);
});

test("no panel lies on another one, or beside the screen", () => {
  const cells = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.w > 0 && gridPos.h > 0 && gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        const other = cells.get(`${x},${y}`);
        assert.equal(other, undefined, `"${title}" lies on "${other}"`);
        cells.set(`${x},${y}`, title);
      }
    }
  }
});

test("every panel says what it shows, in words that no other panel uses for a title", () => {
  const shown = panels.filter((panel) => panel.type !== "row");
  for (const { title, description = "" } of shown) assert.ok(description.length > 10, title);
  assert.equal(new Set(shown.map((panel) => panel.title)).size, shown.length);
});

test("it asks the data source that its first variable chooses, and no other", () => {
  assert.partialDeepStrictEqual(variables[0], { name: "DS_PROMETHEUS", type: "datasource", query: "prometheus" });
  const asked = [
    ...panels
      .filter((panel) => panel.type !== "row")
      .flatMap(({ datasource, targets = [] }) => [datasource, ...targets.map((target) => target.datasource)]),
    ...dashboard.annotations.list.map((annotation) => annotation.datasource),
    ...variables.slice(1).map((variable) => variable.datasource),
  ];
  for (const datasource of asked) assert.deepEqual(datasource, chosen);
});

test("every variable that is used is there, and every one that is there is used", () => {
  const builtIn = new Set(["__rate_interval", "__range", "__all"]);
  const used = new Set([...text.matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name).filter((name) => !builtIn.has(name)));
  assert.deepEqual([...used].toSorted(), variables.map((variable) => variable.name).toSorted());
});

test("every metric of the router's own is on it", () => {
  const exprs = expressions.map(({ expr }) => expr);
  assert.deepEqual(notOnDashboard(ownMetrics, exprs), [], "scripts/grafana/rows.ts shows it nowhere");
});

for (const { name, expr } of expressions) {
  test(`"${name}" asks for metrics, labels and values that a server tells`, () => assertKnown(expr));
}

test("the variables take their values from metrics and labels that a server tells", () => {
  for (const { name, query } of variables.slice(1)) {
    const [, selector = "", label = ""] = /^label_values\((.+), (\w+)\)$/.exec(typeof query === "string" ? query : query.query) ?? [];
    assertKnown(`sum by (${label}) (${selector})`);
    assert.equal(label, name);
  }
});

describeWithTools(["promtool"], "promtool, looking at the dashboard", () => {
  it("finds something for every expression where a server tells all it can", () => {
    const folder = mkdtempSync(join(tmpdir(), "huntgroup-grafana-"));
    try {
      const file = join(folder, "dashboard.test.yaml");
      writeFileSync(file, JSON.stringify(asUnitTest(expressions.map(({ expr }) => filledIn(expr)))));
      const { code, output } = runTool("promtool", ["test", "rules", file]);
      assert.equal(code, 0, output);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** JSON is YAML. Counting what an expression finds gives 1, or nothing at all. */
function asUnitTest(exprs: readonly string[]): object {
  const minutes = 90;
  return {
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: sampleSeries(minutes),
        promql_expr_test: exprs.map((expr) => ({
          expr: `count(${expr}) > bool 0`,
          eval_time: `${minutes}m`,
          exp_samples: [{ labels: "{}", value: 1 }],
        })),
      },
    ],
  };
}
