import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** A request of about 2,500 tokens, before anything is learned. */
const large = { body: { bytes: Buffer.from(`{"model":"m","messages":[],"x":"${"a".repeat(10_000)}"}`), members: [] } };

test("a prompt too large for a deployment's tokens per minute goes to a sibling that has room", async () => {
  for (const limit of [{ tpm: 1_000 }, { itpm: 1_000 }]) {
    const fixture = new CoreFixture(tableSource([deployment("small", limit), deployment("wide", { tpm: 100_000, order: 1 })]));
    assert.equal((await fixture.run(large)).route?.deploymentId, "wide");
    assert.equal((await fixture.run()).route?.deploymentId, "small");
  }
});

test("without such a sibling it takes the whole minute of the only one", async () => {
  const fixture = new CoreFixture(tableSource([deployment("small", { tpm: 1_000 })]));
  assert.equal((await fixture.run(large)).route?.deploymentId, "small");
});
