import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, test } from "node:test";
import { exitCodes } from "../../src/cli/kit/io.ts";
import { knownVariables } from "./support/known-variables.ts";
import { describeWithTools, root, runTool, type ToolRun } from "./support/tool.ts";

const unit = readFileSync(join(root, "deploy/systemd/huntgroup.service"), "utf8");

function setting(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

const environment = new Map(
  setting("Environment")
    .flatMap((line) => line.split(" "))
    .map((one) => [one.split("=")[0] ?? "", one.split("=")[1] ?? ""]),
);

test("the unit sets only variables that the program reads", () => {
  for (const name of environment.keys()) assert.ok(knownVariables.has(name), name);
});

test("it waits for longer than the program may take to drain", () => {
  const drainSeconds = Number(environment.get("HUNTGROUP_DRAIN_DELAY_SECONDS")) + Number(environment.get("HUNTGROUP_DRAIN_SECONDS"));
  assert.ok(Number(setting("TimeoutStopSec")[0]) > drainSeconds);
});

test("it does not start again what ended for its configuration", () => {
  assert.deepEqual(setting("RestartPreventExitStatus"), [String(exitCodes.badUse)]);
});

/** With another program in the place of huntgroup, which is not installed where the tests run. */
function analyze(text: string, ...args: readonly string[]): ToolRun {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-systemd-"));
  try {
    const file = join(folder, "huntgroup.service");
    writeFileSync(file, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
    return runTool("systemd-analyze", [...args, file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describeWithTools(["systemd-analyze"], "systemd-analyze, looking at the unit", () => {
  it("has nothing to say against it", () => {
    assert.deepEqual(analyze(unit, "verify"), { code: 0, output: "", stdout: "" });
  });

  it("would say so", () => {
    assert.match(analyze(unit.replace("DynamicUser=yes", "DynamicUsr=yes"), "verify").output, /DynamicUsr/);
  });

  it("finds that it is exposed little", () => {
    // In tenths; a unit that protects nothing is at 96. What is left is the network, its business.
    const check = ["security", "--offline=true", "--threshold=15", "--no-pager"];
    assert.equal(analyze(unit, ...check).code, 0);
    assert.notEqual(analyze(unit.replace("DynamicUser=yes", "").replace("CapabilityBoundingSet=", ""), ...check).code, 0);
  });
});
