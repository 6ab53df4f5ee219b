import assert from "node:assert/strict";
import { test } from "node:test";
import { CallHistory } from "../../../src/simulation/calibration/call-history.ts";
import { calibrate } from "../../../src/simulation/calibration/calibrate.ts";
import type { LearnedDeployment } from "../../../src/simulation/calibration/fit-deployment.ts";
import { writeScenario } from "../../../src/simulation/calibration/write-scenario.ts";
import { loadScenario } from "../../../src/simulation/load-scenario.ts";
import { CliWorld } from "../../support/cli-world.ts";
import { deployment, tableSource } from "../../support/core-fixture.ts";
import { loggedWorld, manySizes, replicas } from "./support.ts";

function near(value: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(value / expected - 1) <= share, `${what}: ${value}, not ${expected}`);
}

test("what the access log of a known world shows of replicas' speeds is within a tenth of the truth", async () => {
  const world = { a: {}, b: { prefillPerSecond: 4_000, decodePerSecond: 750, streamPerSecond: 30 } };
  const history = await loggedWorld(replicas(world), (random) => manySizes(random, 8, 300), ["a", "b"]);
  const learned = calibrate(history);
  assert.ok(typeof learned !== "string");
  const truths = [
    ["a", 8_000, 1_500, 60],
    ["b", 4_000, 750, 30],
  ] as const;
  for (const [index, [id, prefill, decode, stream]] of truths.entries()) {
    const speed: LearnedDeployment["speed"] = learned.deployments[index]?.speed;
    assert.ok(speed?.kind === "replica", id);
    near(speed.prefillPerSecond.value, prefill, 0.1, `${id} reads`);
    near(speed.decodePerSecond.value, decode, 0.1, `${id} writes`);
    near(speed.streamPerSecond.value, stream, 0.1, `${id} streams`);
  }
  const [traffic] = learned.traffic;
  near(traffic?.perSecond.value ?? 0, 8, 0.1, "calls a second");
  near(traffic?.burstiness.value ?? 0, 1, 0.2, "burstiness");
  const text = writeScenario(learned);
  assert.match(text, /- id: "a"\n(?: {4}#.*\n)+ {4}replica:\n {6}prefill_per_second: \d+ # of \d+, /);
  assert.match(text, /- model: "m" # \d+ calls\n/);

  const { scenario, problems, warnings } = await loadScenario("scenario.yaml", text, tableSource([deployment("a"), deployment("b")]));
  assert.deepEqual([problems, warnings], [[], []], text);
  const read = scenario?.byId.get("b");
  assert.ok(read?.kind === "replica");
  near(read.spec.prefillPerSecond ?? 0, 4_000, 0.1, "what a simulation makes of it");
  assert.equal(scenario?.callers.length, 1);
});

test("a log that holds too little is refused with what it holds", () => {
  const history = new CallHistory();
  for (const line of ["{}", "not json", '{"kind":"reload"}', ""]) history.add(line);
  assert.deepEqual([history.broken, history.other], [2, 1]);
  const reason = calibrate(history);
  assert.ok(typeof reason === "string");
  assert.match(reason, /at least 200 answered calls are needed, and it has 0 calls.* 1 lines about other things, 2 that/);
});

test("of a long log the latest calls are kept", () => {
  const history = new CallHistory(2);
  for (let second = 0; second < 5; second++) {
    history.add(JSON.stringify({ kind: "access", time: `2026-01-01T00:00:0${second}Z`, total_ms: 1, group: "m" }));
  }
  assert.deepEqual(
    history.calls.map(({ endAt }) => endAt),
    [Date.UTC(2026, 0, 1, 0, 0, 3), Date.UTC(2026, 0, 1, 0, 0, 4)],
  );
  assert.equal(history.dropped, 3);
});

test("the command says what is wrong with a log, and exits with 2", async () => {
  const world = new CliWorld();
  world.files = { "short.jsonl": "{}" };
  assert.equal(await world.run("calibrate --log short.jsonl"), 2);
  assert.match(world.err, /short\.jsonl: the log holds too little/);
  assert.equal(await world.run("calibrate --log none.jsonl"), 2);
  assert.match(world.err, /none\.jsonl cannot be read \(ENOENT\)/);
});
