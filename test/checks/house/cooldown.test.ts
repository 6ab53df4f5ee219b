import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Router } from "../../../src/core/router/router.ts";
import type * as RouterModule from "../../../src/core/router/router.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { callOf, deployment, tableSource } from "../../support/core-fixture.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeUpstream } from "../../support/fake-upstream.ts";
import { RecordingSink } from "../../support/recording-sink.ts";
import { madeUp, sourcesOfHouse, type SourceFile } from "./support/source-tree.ts";

/** To change when a deployment cools down: `core/call/cooldown-policy.ts`, that file alone. */
const root = join(import.meta.dirname, "../../..");
const policy = "src/core/call/cooldown-policy.ts";

/** Where cooldowns are started beside the policy: one sentence for each call. */
function otherStarts(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path, text }) => path !== policy && /\.startCooldown\(/.test(text))
    .map(({ path }) => `${path} starts a cooldown; when one starts is decided in ${policy}`);
}

test("cooldowns start in the policy's file, and in no other", () => {
  const files = sourcesOfHouse();
  assert.deepEqual(otherStarts(files), []);
  assert.ok(
    files.some(({ path, text }) => path === policy && text.includes("ledger.startCooldown(")),
    "the guard looks for what the policy calls",
  );
});

test("a cooldown that is started elsewhere is seen", () => {
  const planted = madeUp({ "src/core/call/run.ts": "if (failed) this.#deps.ledger.startCooldown(entry.row, now + 5_000);\n" });
  assert.deepEqual(otherStarts(planted), [`src/core/call/run.ts starts a cooldown; when one starts is decided in ${policy}`]);
});

/** The eligibility of a deployment in a group of two after its first failure. */
async function afterOneFailure(RouterClass: typeof Router): Promise<string | undefined> {
  const clock = new FakeClock();
  const upstream = new FakeUpstream(clock).script("a", { kind: "reply", status: 500 });
  const source = tableSource([deployment("a"), deployment("b")]);
  const faults: unknown[] = [];
  const router = new RouterClass({ source, upstream, clock, random: seededRandom(1), onInternalError: (error) => faults.push(error) });
  router.start(callOf(), new RecordingSink());
  clock.advance(0);
  await Promise.resolve();
  assert.deepEqual(faults, []);
  return router.deployments().find(({ id }) => id === "a")?.eligibility;
}

test("another rule takes one edit of that file", async () => {
  const copy = mkdtempSync(join(tmpdir(), "huntgroup-cooldown-"));
  after(() => rmSync(copy, { recursive: true }));
  for (const name of ["src/core", "src/lib", "package.json"]) cpSync(join(root, name), join(copy, name), { recursive: true });
  const text = readFileSync(join(copy, policy), "utf8");
  assert.ok(text.includes("const fewestOutcomes = 5;"));
  writeFileSync(join(copy, policy), text.replace("const fewestOutcomes = 5;", "const fewestOutcomes = 1;"));
  const changed = (await import(pathToFileURL(join(copy, "src/core/router/router.ts")).href)) as typeof RouterModule;
  assert.equal(await afterOneFailure(Router), "eligible");
  assert.equal(await afterOneFailure(changed.Router), "cooling_down");
});
