import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CallHistory } from "../../../src/simulation/calibration/call-history.ts";
import { calibrate } from "../../../src/simulation/calibration/calibrate.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { createProgramLoader } from "../../../src/app/load.ts";
import { CliWorld } from "../../support/cli-world.ts";

const random = seededRandom(11);
const beginAt = Date.UTC(2026, 0, 1);

/** Conversations of five turns, 10 s after each answer, with a hosted deployment that takes 0.5 s and 60 tokens a second whatever it has to do. */
function conversations(group: string, deployment: string, count: number): readonly string[] {
  const lines: { readonly at: number; readonly text: string }[] = [];
  for (let number = 0; number < count; number++) {
    let at = beginAt + random.next() * 300_000;
    for (let turn = 0; turn < 5; turn++) {
      const outputTokens = 20 + Math.floor(random.next() * 200);
      const firstTokenMs = 400 + random.next() * 200;
      const totalMs = firstTokenMs + (outputTokens * 1_000) / 60;
      at += totalMs;
      const text = JSON.stringify({
        level: "info",
        time: new Date(at).toISOString(),
        kind: "access",
        group,
        stream: true,
        outcome: "success",
        deployment,
        attempts: 1,
        total_ms: totalMs,
        first_token_ms: firstTokenMs,
        prompt_tokens: 300 + 200 * turn,
        output_tokens: outputTokens,
        session: `${group}-${number}`,
        tried: [{ deployment, outcome: "success", ms: totalMs }],
      });
      lines.push({ at, text });
      at += 10_000;
    }
  }
  return lines.toSorted((one, other) => one.at - other.at).map(({ text }) => text);
}

const log = [...conversations("m", "a", 60), ...conversations("old", "gone", 60), '{"level":"inf'].join("\n");

test("a hosted deployment is told by what it takes, and sessions by how they grow", () => {
  const history = new CallHistory();
  for (const line of log.split("\n")) history.add(line);
  const learned = calibrate(history);
  assert.ok(typeof learned !== "string");
  const speed = learned.deployments.find(({ id }) => id === "a")?.speed;
  assert.ok(speed?.kind === "provider");
  assert.ok(Math.abs(speed.firstMs.mean.value - 500) < 25, `${speed.firstMs.mean.value}`);
  assert.ok(Math.abs(speed.tokensPerSecond.mean.value - 60) < 3, `${speed.tokensPerSecond.mean.value}`);
  const sessions = learned.traffic.find(({ group }) => group === "m")?.sessions;
  assert.deepEqual([sessions?.count, sessions?.share, sessions?.callsEach.value], [60, 1, 5]);
  assert.ok(Math.abs((sessions?.pauseMs.value ?? 0) - 10_000) < 100, `${sessions?.pauseMs.value}`);
  assert.equal(sessions?.growthTokens.value, 200);
  assert.equal(sessions?.firstTokens.value, 300);
});

function entryOf(id: string): string {
  return `  - { model_name: m, litellm_params: { model: mock/x }, model_info: { id: ${id} } }\n`;
}

test("the command writes to a file, and leaves out what a configuration does not have", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "config.yaml");
  writeFileSync(config, `model_list:\n${entryOf("a")}${entryOf("idle")}`);
  const world = new CliWorld();
  world.loadConfig = createProgramLoader(systemClock);
  world.files = { "access.jsonl": log };
  assert.equal(await world.runWords(["calibrate", "--log", "access.jsonl", "--config", config, "--out", "learned.yaml"]), 0, world.err);
  assert.equal(world.out, "");
  assert.match(world.err, /no calls in the log went to idle\n/);
  assert.match(world.err, /learned from 600 calls; 1 broken lines were left aside/);
  const text = world.written["learned.yaml"] ?? "";
  assert.match(text, /- id: "a"\n(?: {4}#.*\n)* {4}provider:\n/);
  assert.match(text, /sessions:/);
  assert.doesNotMatch(text, /gone|old/);
  const whole = new CliWorld();
  whole.files = world.files;
  assert.equal(await whole.run("calibrate --log access.jsonl"), 0, whole.err);
  assert.match(whole.out, /"gone"/);
});
