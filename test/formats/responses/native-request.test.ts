import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import { SealedIds } from "../../../src/auth/sealed-ids.ts";
import { openRequest } from "../../../src/formats/responses/caller/native-request.ts";
import { AnswerIds } from "../../../src/formats/responses/caller/own-ids.ts";
import type { JsonText } from "../../../src/lib/json/json-text.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { responsesCall, testIds } from "./support.ts";

function idsOf(deploymentId: string, caller = "k", ids = testIds): AnswerIds {
  return new AnswerIds(ids, deploymentId, { model: "m", caller: callerKeyOf(caller) });
}

const [a, b] = [idsOf("a"), idsOf("b")];

function parsed({ bytes }: JsonText): unknown {
  return JSON.parse(bytes.toString()) as unknown;
}

/** What a request becomes: its members, and where it goes. */
function opened(body: object): { readonly body: unknown; readonly pinnedTo: string | undefined; readonly elsewhere: unknown } {
  const call = responsesCall(body);
  const read = openRequest(call.body, testIds, "k");
  if (read instanceof RouterError) throw read;
  const { input } = (read.unpinned === undefined ? {} : parsed(read.unpinned())) as { readonly input?: unknown };
  return { body: parsed(read.body), pinnedTo: read.pinnedTo, elsewhere: input };
}

const message = { role: "user", content: "hi" };

test("a request that names nothing stays the same object", () => {
  const call = responsesCall({ input: [message, { type: "message", id: "msg_own", role: "assistant", content: [] }] });
  const read = openRequest(call.body, testIds, "k");
  assert.ok(!(read instanceof RouterError) && read.body === call.body && read.pinnedTo === undefined);
});

for (const { what, body, becomes } of [
  { what: "an earlier response", body: { previous_response_id: a.seal("resp_1") }, becomes: { previous_response_id: "resp_1" } },
  { what: "a conversation", body: { conversation: a.seal("conv_1") }, becomes: { conversation: "conv_1" } },
  { what: "a conversation in an object", body: { conversation: { id: a.seal("conv_1") } }, becomes: { conversation: { id: "conv_1" } } },
  {
    what: "an item",
    body: { input: [message, { type: "item_reference", id: a.seal("msg_1") }] },
    becomes: { input: [message, { type: "item_reference", id: "msg_1" }] },
  },
  { what: "an item by its id alone", body: { input: [{ id: a.seal("msg_1") }] }, becomes: { input: [{ id: "msg_1" }] } },
]) {
  test(`${what} is called by the deployment's own id, there and nowhere else`, () => {
    assert.deepEqual(opened(body), { body: { model: "m", input: "hi", ...becomes }, pinnedTo: "a", elsewhere: undefined });
  });
}

const reasoning = { type: "reasoning", id: a.seal("rs_1"), summary: [], encrypted_content: `${a.mark}gAAA` };
const call = { type: "function_call", id: a.seal("fc_1"), call_id: "c", name: "f", arguments: "{}" };

test("reasoning goes to who made it, as it was; elsewhere the request goes without it", () => {
  const { id: _, ...plain } = call;
  const read = opened({ input: [message, reasoning, call] });
  assert.deepEqual(read.body, {
    model: "m",
    input: [message, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" }, { ...call, id: "fc_1" }],
  });
  assert.equal(read.pinnedTo, "a");
  assert.deepEqual(read.elsewhere, [message, plain]);
});

test("reasoning without an id goes to who made it, by its mark", () => {
  const { id: _, ...nameless } = reasoning;
  const read = opened({ input: [message, nameless] });
  assert.deepEqual([read.pinnedTo, read.elsewhere], ["a", [message]]);
  assert.deepEqual(read.body, { model: "m", input: [message, { type: "reasoning", summary: [], encrypted_content: "gAAA" }] });
});

test("items that anyone can read go anywhere, without their ids", () => {
  const { id: _, ...plain } = call;
  assert.deepEqual(opened({ input: [call] }), { body: { model: "m", input: [plain] }, pinnedTo: undefined, elsewhere: undefined });
});

test("of the reasoning of two deployments, that of the second is left out", () => {
  const other = { type: "reasoning", id: b.seal("rs_2"), summary: [], encrypted_content: `${b.mark}hBBB` };
  for (const input of [
    [reasoning, other],
    [reasoning, other, message],
  ]) {
    const read = opened({ input });
    assert.equal(read.pinnedTo, "a");
    assert.deepEqual(
      (read.body as { input: { type?: string }[] }).input.map(({ type }) => type),
      input.length === 2 ? ["reasoning"] : ["reasoning", undefined],
    );
  }
});

test("reasoning that another secret has marked goes out without its mark, anywhere", () => {
  const old = idsOf("a", "k", new SealedIds(Buffer.from("the secret before")));
  const read = opened({ input: [{ type: "reasoning", id: old.seal("rs_1"), summary: [], encrypted_content: `${old.mark}gAAA` }] });
  assert.deepEqual(read, {
    body: { model: "m", input: [{ type: "reasoning", summary: [], encrypted_content: "gAAA" }] },
    pinnedTo: undefined,
    elsewhere: undefined,
  });
});

for (const { what, body, param } of [
  {
    what: "an earlier response of another key",
    body: { previous_response_id: idsOf("a", "other").seal("resp_1") },
    param: "previous_response_id",
  },
  { what: "an earlier response that was made up", body: { previous_response_id: "resp_1" }, param: "previous_response_id" },
  { what: "another key's conversation", body: { conversation: { id: idsOf("a", "other").seal("conv_1") } }, param: "conversation" },
  {
    what: "another key's item",
    body: { input: [{ type: "item_reference", id: idsOf("a", "other").seal(`msg_${"0".repeat(48)}`) }] },
    param: "input",
  },
  { what: "an item by the account's own id", body: { input: [message, { type: "item_reference", id: "msg_1" }] }, param: "input" },
  { what: "an item by the account's own id alone", body: { input: [{ id: "msg_1" }] }, param: "input" },
]) {
  test(`${what} is not found`, () => {
    const read = openRequest(responsesCall(body).body, testIds, "k");
    assert.ok(read instanceof RouterError);
    assert.deepEqual([read.code, read.param], ["not_found", param]);
  });
}

test("what two deployments keep cannot be named together", () => {
  const read = openRequest(responsesCall({ previous_response_id: a.seal("resp_1"), conversation: b.seal("conv_1") }).body, testIds, "k");
  assert.ok(read instanceof RouterError && read.code === "invalid_request");
});
