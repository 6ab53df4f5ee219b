import assert from "node:assert/strict";
import { test } from "node:test";
import { composePinnedIds } from "../../src/app/pinned-ids.ts";
import { ConfigurationInForce } from "../../src/config/load/configuration-in-force.ts";
import type { LoadedConfig } from "../../src/config/load/load-config.ts";

const pinned = { deploymentId: "d", model: "m", id: "resp_1" };

/** As much of a configuration as ids are made with. */
function config(secrets: Pick<LoadedConfig, "idSecret" | "masterKey">): LoadedConfig {
  return secrets as LoadedConfig;
}

function idsOf(secrets: Pick<LoadedConfig, "idSecret" | "masterKey">, ownSecret: string) {
  return composePinnedIds(new ConfigurationInForce(config(secrets)), ownSecret);
}

const none = { idSecret: undefined, masterKey: undefined };

for (const { what, one, other, same } of [
  {
    what: "the secret for ids, whatever the master key",
    one: { idSecret: "s", masterKey: "a" },
    other: { idSecret: "s", masterKey: "b" },
    same: true,
  },
  { what: "the master key where there is no secret", one: { ...none, masterKey: "a" }, other: { ...none, masterKey: "a" }, same: true },
  { what: "another master key", one: { ...none, masterKey: "a" }, other: { ...none, masterKey: "b" }, same: false },
  { what: "neither, with secrets of their own", one: none, other: none, same: false },
]) {
  test(`two servers with ${what} ${same ? "read" : "do not read"} each other's ids`, () => {
    const id = idsOf(one, "own of one").seal("resp_", pinned, "k");
    assert.deepEqual(idsOf(other, "own of the other").open("resp_", id, "k"), same ? pinned : undefined);
  });
}

test("threads with neither share the secret that the first one has", () => {
  const id = idsOf(none, "own").seal("resp_", pinned, undefined);
  assert.deepEqual(idsOf(none, "own").open("resp_", id, undefined), pinned);
});

test("a reload with another secret ends ids, and one with the same keeps them", () => {
  const inForce = new ConfigurationInForce(config({ ...none, masterKey: "a" }));
  const ids = composePinnedIds(inForce, "own");
  const id = ids.seal("resp_", pinned, "k");
  inForce.put({ config: config({ ...none, masterKey: "a" }) });
  assert.deepEqual(ids.open("resp_", id, "k"), pinned);
  inForce.put({ config: config({ idSecret: "another secret", masterKey: "a" }) });
  assert.equal(ids.open("resp_", id, "k"), undefined);
});
