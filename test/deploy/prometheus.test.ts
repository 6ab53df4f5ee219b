import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it, test } from "node:test";
import { parse } from "yaml";
import { assertKnown } from "./support/assert-known.ts";
import { describeWithTools, root, runTool } from "./support/tool.ts";

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface UnitTest {
  readonly name: string;
  readonly promql_expr_test: readonly { readonly eval_time: string; readonly exp_samples: readonly { readonly labels: string }[] }[];
}

const folder = join(root, "deploy/prometheus");

function yamlFile(name: string): unknown {
  return parse(readFileSync(join(folder, name), "utf8"));
}

const unitTestFiles = ["alerts.test.yaml", "alerts-of-days.test.yaml"];
const rules = (yamlFile("alerts.yaml") as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const recorded = new Set(rules.flatMap((rule) => rule.record ?? []));
const runbook = readFileSync(join(root, "docs/runbook.md"), "utf8");
const pages = [...runbook.matchAll(/^## (Huntgroup\w+)$/gm)].map(([, name = ""]) => name);

for (const rule of rules) {
  test(`${rule.alert ?? rule.record} asks for metrics, labels and values that a server tells`, () => {
    assertKnown(rule.expr, recorded);
  });
}

test("a metric, a label or a value that no server tells is seen", () => {
  for (const [expr, complaint] of [
    ["sum(rate(huntgroup_call_total[5m]))", /no metric huntgroup_call_total/],
    ['huntgroup_calls_total{model="a"}', /no label model/],
    ['huntgroup_calls_total{outcome=~"success|failure"}', /outcome is never "failure"/],
    ["sum by (model) (huntgroup_calls_total)", /no metric has the label model/],
    ["huntgroup_queue_depth / on (deployment) huntgroup_calls_in_flight", /no metric has the label deployment/],
    ["sum(rate(huntgroup_calls_total[5m])) / group:no_such:rule", /no metric group:no_such:rule/],
    ["1 > 0", /no metric in/],
  ] as const) {
    assert.throws(() => assertKnown(expr, recorded), complaint, expr);
  }
});

for (const { alert, labels, annotations } of alerts) {
  test(`${alert} says how bad it is, what happened, and where its page in the runbook is`, () => {
    assert.ok(["critical", "warning", "info"].includes(labels?.["severity"] ?? ""), "severity");
    for (const name of ["summary", "description"]) assert.ok((annotations?.[name] ?? "").length > 10, name);
    assert.equal(annotations?.["runbook"], `docs/runbook.md#${alert?.toLowerCase()}`);
    assert.ok(pages.includes(alert ?? ""), `docs/runbook.md has no page "## ${alert}"`);
  });
}

test("the runbook has no page for an alert that is not there", () => {
  const names = new Set(alerts.map((rule) => rule.alert));
  assert.deepEqual(
    pages.filter((page) => !names.has(page)),
    [],
  );
});

test("each alert is shown to fire, and in the same case not to fire at another time", () => {
  const cases = unitTestFiles.flatMap((name) => (yamlFile(name) as { tests: UnitTest[] }).tests);
  for (const { alert } of alerts) {
    const fires = (check: UnitTest["promql_expr_test"][number]): boolean =>
      check.exp_samples.some(({ labels }) => labels.includes(`alertname="${alert}"`));
    assert.ok(
      cases.some(({ promql_expr_test: checks }) => checks.some(fires) && !checks.every(fires)),
      `${alert} has no case in ${unitTestFiles.join(", ")}`,
    );
  }
});

describeWithTools(["promtool"], "promtool, looking at the alert rules", () => {
  it("takes all of them", () => {
    const { code, output } = runTool("promtool", ["check", "rules", "--lint=all", "--lint-fatal", join(folder, "alerts.yaml")]);
    assert.equal(code, 0, output);
  });

  it("sees each of them fire when it should, and only then", () => {
    const { code, output } = runTool("promtool", ["test", "rules", ...unitTestFiles.map((name) => join(folder, name))]);
    assert.equal(code, 0, output);
  });
});
