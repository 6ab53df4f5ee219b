import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboard } from "../../../scripts/grafana/dashboard.ts";
import { createMetrics, ownMetrics } from "../../../src/telemetry/metrics/metrics.ts";
import type { Metric } from "../../../src/telemetry/metrics/metric.ts";
import { notOnDashboard } from "../../deploy/support/not-on-dashboard.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";
import { seriesOf } from "../../telemetry/support/metrics-fixture.ts";

/** To add a metric: one object in a list of `src/telemetry/metrics`, and its row on the dashboard. */
const added: Metric = {
  name: "huntgroup_deployments_configured",
  type: "gauge",
  help: "Deployments in the configuration, by group.",
  labels: ["group"],
  collect: ({ statuses }) => [...Map.groupBy(statuses, ({ group }) => group)].map(([group, ones]) => [[group], ones.length]),
};

test("a metric that is added to the list is on the page, with its help, its type and its series", async () => {
  const core = new CoreFixture(tableSource([deployment("a"), deployment("b")]), 1);
  const metrics = createMetrics(
    {
      router: () => core.router,
      clock: { wallTime: () => 0 },
      eventLoopDelay: { take: () => [], stop: () => {} },
      version: "1.2.3",
      processMetrics: false,
    },
    [...ownMetrics, added],
  );
  const { body } = await metrics.page();
  assert.ok(body.includes(`# HELP ${added.name} ${added.help}\n# TYPE ${added.name} ${added.type}\n`));
  assert.equal(seriesOf(body).get('huntgroup_deployments_configured{group="m"}'), 2);
});

test("the dashboard's test asks for its row until there is one", () => {
  const expressions = [...JSON.stringify(dashboard()).matchAll(/"expr":"((?:[^"\\]|\\.)*)"/g)].map(([, expr = ""]) => expr);
  assert.deepEqual(notOnDashboard([...ownMetrics, added], expressions), [added.name]);
  assert.deepEqual(notOnDashboard([...ownMetrics, added], [...expressions, `sum(${added.name})`]), []);
});
