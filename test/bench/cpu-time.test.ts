import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { treeCpuMicros } from "../../bench/support/cpu-time.ts";

const skip = existsSync("/proc/self/stat") ? false : "the accounting is Linux's";
const burntMs = 300;
/** Uses up CPU time by its own account, so that no load of this machine changes how much. */
const burn = `while (process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000 < ${burntMs});`;
/** Says when it has, and stays. */
const burnAndStay = `${burn} console.log("done"); setInterval(() => {}, 1000);`;

async function told(child: ChildProcess): Promise<void> {
  assert.ok(child.stdout);
  await once(child.stdout, "data");
}

function node(script: string): ChildProcess {
  return spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
}

/** A step of the accounting is 10 ms. What a parent's own start costs comes on top, which is less than counting anything twice. */
function assertBurnt(pid: number, times: number): void {
  const ms = treeCpuMicros(pid) / 1_000;
  assert.ok(ms >= times * burntMs - 20 && ms < 1.8 * times * burntMs, `${ms} ms for ${times} × ${burntMs} ms`);
}

test("the CPU time of a process is what it says itself that it used", { skip }, async (context) => {
  const child = node(burnAndStay);
  context.after(() => child.kill());
  await told(child);
  assertBurnt(child.pid!, 1);
});

test("the CPU time of a tree holds that of its children, those that run and those that have ended", { skip }, async (context) => {
  const child = node(`
    const { spawn, spawnSync } = require("node:child_process");
    spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]);
    const running = spawn(process.execPath, ["-e", ${JSON.stringify(burnAndStay)}], { stdio: ["ignore", "pipe", "inherit"] });
    running.stdout.on("data", () => console.log("done"));
    process.on("SIGTERM", () => { running.kill(); process.exit(); });
  `);
  context.after(() => child.kill());
  await told(child);
  assertBurnt(child.pid!, 2);
});

test("a process that has ended has used nothing that can be told", { skip }, async () => {
  const child = node("");
  await once(child, "exit");
  assert.equal(treeCpuMicros(child.pid!), 0);
});
