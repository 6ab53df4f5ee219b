import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ownMetrics } from "../../src/telemetry/metrics/metrics.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";
import { logLines, type LogLines } from "../telemetry/support/log-lines.ts";
import { seriesOf } from "../telemetry/support/metrics-fixture.ts";

/** docs/observability.md against the program. */
const page = readFileSync(join(import.meta.dirname, "../../docs/observability.md"), "utf8");
const config = `
model_list:
  - { model_name: m, litellm_params: { model: mock/m, rpm: 100, mock: { first_token_ms: 1, tokens_per_second: 2000 } }, model_info: { id: a } }
  - { model_name: bad, litellm_params: { model: mock/b, mock_response: litellm.InternalServerError } }
router_settings: { num_retries: 0 }
`;

let service: RunningTestService;
let lines: LogLines;

before(async () => {
  lines = logLines();
  service = await startService(config, { openLog: () => lines.log });
});
after(() => service.stop());

async function ask(body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify({ messages: [{ role: "user", content: "hi" }], ...body }) };
  await (await fetch(`${service.origin}/v1/chat/completions`, request)).text();
}

test("its table has every metric as it is, and no other", () => {
  const rows = [...page.matchAll(/^\| `(huntgroup_\w+)` \| (\w+) \| (.*?) \| (.*) \|$/gm)].map((row) => row.slice(1));
  assert.deepEqual(
    rows,
    ownMetrics.map(({ name, type, labels, help }) => [name, type, labels.map((label) => `\`${label}\``).join(", "), help]),
  );
});

test("every metric that it names elsewhere is one, too", () => {
  const names = new Set(ownMetrics.map(({ name }) => name));
  for (const [name] of page.matchAll(/huntgroup_[a-z_]+/g)) assert.ok(names.has(name.replace(/_bucket$/, "")), name);
});

test("every field of an access line stands in its tables", async () => {
  await ask({ model: "m" });
  await ask({ model: "bad" });
  const fields = new Set(lines.take().flatMap((line) => Object.keys(line)));
  assert.ok(fields.has("prompt_tokens") && fields.has("code"));
  for (const field of fields) assert.ok(page.includes(`\`${field}\``), field);
});

test("the page that it tells to fetch is there, with what happened on it", async () => {
  await ask({ model: "m", stream: true });
  const reply = await fetch(`${service.origin}/metrics`);
  assert.equal(reply.status, 200);
  const series = seriesOf((await reply.text()).replaceAll(/^(?!huntgroup_).*$/gm, ""));
  assert.ok((series.get('huntgroup_calls_total{group="m",deployment="a",door="rest",outcome="success"}') ?? 0) >= 1);
  assert.equal(series.get('huntgroup_deployment_rpm_limit{group="m",deployment="a"}'), 100);
});
