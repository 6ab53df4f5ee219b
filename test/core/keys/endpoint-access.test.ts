import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointNames } from "../../../src/core/endpoints.ts";
import { callEndpointRefusal, endpointRefusal, keyEndpointNames, keyEndpoints } from "../../../src/core/keys/endpoint-access.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";

const callerWith = (...names: readonly string[]) => callerKeyOf("team", { endpoints: keyEndpoints(names) });

test("a key without a list may call all that is answered in one call, and nothing that must be named", () => {
  const key = callerWith();
  for (const name of endpointNames)
    assert.equal(callEndpointRefusal({ caller: key, endpoint: name }) === undefined, name !== "realtime", name);
  for (const name of ["files", "batches", "pass_through"] as const) assert.ok(endpointRefusal(key, name), name);
});

test("a key with a list may call what the list names, groups included, and is told so otherwise", () => {
  const key = callerWith("images", "realtime");
  assert.equal(endpointRefusal(key, "image_edit"), undefined);
  assert.equal(endpointRefusal(key, "realtime"), undefined);
  const refusal = endpointRefusal(key, "chat");
  assert.equal(refusal?.code, "permission_denied");
  assert.equal(refusal.message, 'The key "team" may not call chat: its `endpoints` do not name it.');
  assert.equal(endpointRefusal(callerWith("calls", "files"), "embeddings"), undefined);
  assert.equal(endpointRefusal(callerWith("calls", "files"), "files"), undefined);
  assert.ok(endpointRefusal(callerWith("calls"), "batches"));
});

const refused = (...names: readonly string[]) => callEndpointRefusal({ caller: callerWith(...names), endpoint: "kept" })?.code;

test("what deployments keep is open to a key that may call any API that keeps something", () => {
  assert.deepEqual([refused(), refused("chat"), refused("files"), refused("batches")], [undefined, undefined, undefined, undefined]);
  assert.equal(refused("embeddings"), "permission_denied");
});

test("the master key and open servers are refused nothing", () => {
  assert.equal(endpointRefusal(undefined, "pass_through"), undefined);
  assert.equal(callEndpointRefusal({ caller: undefined, endpoint: "kept" }), undefined);
});

test("every name stands for something", () => {
  for (const name of keyEndpointNames) assert.ok((keyEndpoints([name])?.size ?? 0) > 0, name);
  assert.ok(!keyEndpointNames.includes("kept"));
});
