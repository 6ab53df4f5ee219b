import assert from "node:assert/strict";
import { test } from "node:test";
import { WatchedTraceExporter } from "../../../src/telemetry/traces/otlp-exporters.ts";
import { OtlpReceiver } from "../../support/otlp-receiver.ts";
import { logLines } from "../support/log-lines.ts";

test("a collector that refuses is told once, and once that it takes again", async () => {
  const collector = await OtlpReceiver.listen();
  const { log, take } = logLines();
  const exporter = new WatchedTraceExporter({ url: `${collector.origin}/v1/traces`, headers: {} }, log);
  const told: unknown[] = [];
  // 400 is not tried again, so each answer is known at once.
  for (const status of [200, 400, 400, 200, 200, 400]) {
    collector.status = status;
    await new Promise<void>((resolve) => exporter.export([], () => resolve()));
    told.push(take().map((line) => [line["level"], line["kind"]]));
  }
  assert.deepEqual(told, [[], [["warn", "telemetry"]], [], [["info", "telemetry"]], [], [["warn", "telemetry"]]]);
  await exporter.shutdown();
  await collector.close();
});
