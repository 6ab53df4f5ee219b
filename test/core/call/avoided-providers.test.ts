import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

/** Of a provider whose 500 speaks of all its accounts. */
function ofProvider(id: string, provider: string, over: Partial<Deployment> = {}): Deployment {
  return deployment(id, { provider, adapter: { ...fakeAdapter(id), decodeError: overloaded }, ...over });
}

function overloaded(): RouterError {
  return new RouterError("upstream_overloaded", "Overloaded", { isOfProvider: true });
}

async function answeredBy(deployments: readonly Deployment[]): Promise<string | undefined> {
  const fixture = new CoreFixture(tableSource(deployments));
  fixture.upstream.script("a", { kind: "reply", status: 500 });
  return (await fixture.run()).route?.deploymentId;
}

test("a provider that is overloaded as a whole is left for another one", async () => {
  assert.equal(await answeredBy([ofProvider("a", "x"), ofProvider("b", "x"), deployment("c", { provider: "y" })]), "c");
});

test("another account of the same provider is asked where there is nothing else", async () => {
  assert.equal(await answeredBy([ofProvider("a", "x"), ofProvider("b", "x")]), "b");
});

test("a lower order goes before another provider", async () => {
  const deployments = [
    ofProvider("a", "x", { order: 1 }),
    ofProvider("b", "x", { order: 1 }),
    deployment("c", { provider: "y", order: 2 }),
  ];
  assert.equal(await answeredBy(deployments), "b");
});

test("a host that is overloaded alone says nothing of its provider's others", async () => {
  assert.equal(await answeredBy([deployment("a"), deployment("b"), deployment("c", { provider: "y" })]), "b");
});
