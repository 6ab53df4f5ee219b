import assert from "node:assert/strict";
import { closedLabels, knownMetrics, scrapeLabels } from "./known-metrics.ts";
import { readPromql, type Matcher } from "./promql.ts";

/**
 * Fails when an expression names a metric, a label or a value that no server tells.
 * @param recorded Names that recording rules make; what labels they have is theirs to say.
 */
export function assertKnown(expr: string, recorded: ReadonlySet<string> = new Set()): void {
  const { selectors, labels } = readPromql(expr);
  assert.notEqual(selectors.length, 0, `no metric in: ${expr}`);
  const seen = new Set([...scrapeLabels, "group"]);
  for (const { metric, matchers } of selectors) {
    if (recorded.has(metric)) continue;
    const known = knownMetrics.get(metric);
    assert.ok(known, `there is no metric ${metric}, in: ${expr}`);
    const own = new Set([...known.labels, ...scrapeLabels]);
    for (const matcher of matchers) {
      assert.ok(own.has(matcher.label), `${metric} has no label ${matcher.label}, in: ${expr}`);
      assertValue(matcher, expr);
    }
    for (const label of own) seen.add(label);
  }
  for (const label of labels) assert.ok(seen.has(label), `no metric has the label ${label}, in: ${expr}`);
}

function assertValue({ label, operator, value }: Matcher, expr: string): void {
  const allowed = closedLabels[label];
  if (allowed === undefined || value.startsWith("$")) return;
  const values = operator.endsWith("~") ? value.split("|") : [value];
  for (const one of values) assert.ok(allowed.includes(one), `${label} is never "${one}", in: ${expr}`);
}
