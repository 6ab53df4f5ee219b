import assert from "node:assert/strict";
import { test } from "node:test";
import { CoreFixture, deployment, tableSource } from "../../support/core-fixture.ts";

async function call(fixture: CoreFixture, model: string): Promise<string | undefined> {
  const { sink } = fixture.start({ model });
  fixture.clock.advance(0);
  await Promise.resolve();
  fixture.clock.advance(0);
  return sink.error?.code ?? sink.route?.deploymentId;
}

function fixtureOf(): CoreFixture {
  return new CoreFixture(
    tableSource([
      deployment("a", { account: "one", rpm: 100 }),
      deployment("twin", { account: "one", group: "n", rpm: 100 }),
      deployment("other", { account: "two", group: "n" }),
      deployment("own", { group: "o" }),
    ]),
  );
}

test("what a provider says to one deployment holds its twin in another group back, and nobody with another key", async () => {
  const fixture = fixtureOf();
  assert.equal(await call(fixture, "n"), "twin");
  fixture.upstream.script("a", { kind: "reply", headers: { "x-left": "0" } }, { kind: "reply" });
  assert.equal(await call(fixture, "m"), "a");
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n"), await call(fixture, "o")], ["no_capacity", "other", "own"]);
  const twin = fixture.router.deployments().find(({ id }) => id === "twin");
  assert.deepEqual([twin?.eligibility, twin?.eligibleInMs], ["rpm_limit", 10_000]);
  assert.equal(twin?.detail, "Its provider takes no more requests; room in 10 s.");
  fixture.clock.advance(10_000);
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n")], ["a", "twin"]);
});

test("what the twins send comes off what the provider says is left for both", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("twin", { kind: "reply", headers: { "x-left": "2" } }, { kind: "reply" });
  assert.equal(await call(fixture, "n"), "twin");
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n")], ["a", "twin"]);
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n")], ["no_capacity", "other"]);
});

test("configured limits stay each deployment's", async () => {
  const twins = [deployment("a", { account: "one", rpm: 1 }), deployment("twin", { account: "one", group: "n", rpm: 1 })];
  const fixture = new CoreFixture(tableSource(twins));
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n")], ["a", "twin"]);
  assert.deepEqual([await call(fixture, "m"), await call(fixture, "n")], ["no_capacity", "no_capacity"]);
});

test("a 429 that names a wait holds the twin back for as long, and nobody with another key", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("a", { kind: "reply", status: 429, headers: { "retry-after": "20" } }, { kind: "reply" });
  assert.equal(await call(fixture, "m"), undefined);
  fixture.clock.advance(100);
  assert.deepEqual([await call(fixture, "n"), await call(fixture, "o")], ["other", "own"]);
  fixture.clock.advance(20_000);
  assert.equal(await call(fixture, "n"), "twin");
});

test("a 429 without a wait, and one whose account nobody shares, hold back nobody else", async () => {
  const fixture = fixtureOf();
  fixture.upstream.script("a", { kind: "reply", status: 429 }, { kind: "reply" });
  fixture.upstream.script("own", { kind: "reply", status: 429, headers: { "retry-after": "20" } }, { kind: "reply" });
  await call(fixture, "m");
  await call(fixture, "o");
  assert.equal(await call(fixture, "n"), "twin");
  assert.equal(fixture.router.deployments().find(({ id }) => id === "own")?.eligibility, "eligible");
});
