import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** A group of one is not cooled down: it stays eligible, whatever it answers. */
const settings = { ...defaultRouterSettings, numRetries: 0, cooldown: { ...defaultRouterSettings.cooldown, disabled: true } };
const chunks = ["content a\n", "finish\n", "done\n"];

/** What calls there are, by how they go: s is a stream that is answered, u a unary reply, f a failure. */
const cases: readonly (readonly [calls: string, health: string, hasFirstToken: boolean, hasTimePerToken: boolean])[] = [
  ["", "unknown", false, false],
  ["f", "never_answered", false, false],
  ["ffffffffff", "never_answered", false, false],
  ["s", "ok", true, false],
  ["u", "ok", false, true],
  ["uf", "ok", false, true],
  ["ssssf", "ok", true, false],
  ["uffffffffffffff", "failing", false, true],
  ["sffffffffffffff", "failing", true, false],
  ["fuuuuuuuuuuuuus", "ok", true, true],
];

for (const [calls, health, hasFirstToken, hasTimePerToken] of cases)
  test(`after "${calls}" a deployment is ${health}, and a penalty is shown for no measure`, async () => {
    const core = new CoreFixture(tableSource([deployment("a")], { settings }));
    for (const call of calls) {
      core.upstream.script(
        "a",
        call === "s" ? { kind: "stream", chunks } : call === "u" ? { kind: "reply" } : { kind: "reply", status: 500 },
      );
      await core.run({ stream: call === "s" });
    }
    const [status] = core.router.deployments();
    assert.equal(status?.eligibility, "eligible");
    assert.equal(status.health, health);
    assert.deepEqual([status.firstTokenMs !== undefined, status.msPerToken !== undefined], [hasFirstToken, hasTimePerToken]);
  });
