import assert from "node:assert/strict";
import { test } from "node:test";
import { SealedIds } from "../../../../src/auth/sealed-ids.ts";
import type { CallerKey } from "../../../../src/core/caller-key.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { readResponsesCall } from "../../../../src/formats/responses/caller/read-call.ts";
import { writeResponse } from "../../../../src/formats/responses/caller/write-response.ts";
import { callerKeyOf } from "../../../support/caller-key-of.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { testShelf } from "../../../support/test-shelf.ts";

const thinking = { type: "thinking", thinking: "So.", signature: "sig" };
const usual = { content: "Hi", reasoning_content: "So.", thinking_blocks: [thinking] };

/** One process, and how it is asked. */
function world(shelfBytes = 2 ** 20) {
  const clock = new FakeClock();
  const ids = new SealedIds(Buffer.from("a secret of tests"), testShelf(clock, shelfBytes));
  const read = (body: object, caller: CallerKey | undefined = callerKeyOf("k")) =>
    readResponsesCall(Buffer.from(JSON.stringify({ model: "m", input: "Hello?", ...body })), {
      endpoint: "chat",
      operation: "responses",
      pathModel: undefined,
      // As clients may, which name all calls of one trace the same.
      callId: "given",
      inboundProtocol: "rest",
      caller,
      traceContext: undefined,
      now: clock.now(),
      http: { method: "POST", query: "", kept: undefined, ids },
    });
  const called = (body: object) => {
    const call = read(body);
    if (!call.ok) throw call.error;
    return call.value;
  };
  return {
    clock,
    answer: (body: object, message: object = usual) => {
      clock.advance(1);
      const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }];
      const reply = { format: "openai", body: Buffer.from(JSON.stringify({ choices })), usage: undefined };
      const written = writeResponse(reply, called(body), { deploymentId: "d", ids });
      if (written instanceof RouterError) throw written;
      return JSON.parse(written.toString()) as { id: string; store: boolean; output: readonly { id: string; type: string }[] };
    },
    messages: (body: object): JsonMembers => {
      const chat = called(body).foreign?.toOpenAi();
      if (chat === undefined || chat instanceof RouterError) throw chat ?? new Error("It is not foreign.");
      return (JSON.parse(chat.bytes.toString()) as { messages: JsonMembers }).messages;
    },
    refusal: (body: object, caller?: CallerKey) => {
      const call = read(body, caller);
      return call.ok ? undefined : call.error;
    },
    native: (body: object) => JSON.parse(called(body).body.bytes.toString()) as JsonMembers,
  };
}

const answered = { role: "assistant", content: "Hi", thinking_blocks: [thinking], reasoning_content: "So." };
const reference = ({ id }: { readonly id: string }) => ({ type: "item_reference", id });

test("an answer is gone on from by its items' ids, with the proofs of its thinking, which the caller never saw", () => {
  const { answer, messages } = world();
  const { output } = answer({});
  assert.ok(!JSON.stringify(output).includes("encrypted_content"));
  const question = { role: "user", content: "Hello?" };
  assert.deepEqual(messages({ input: [question, ...output.map(reference), question] }), [question, answered, question]);
  const [first] = output;
  assert.deepEqual(messages({ input: [question, { id: first?.id }, question] }), [question, { ...answered, content: null }, question]);
});

test("an answer is gone on from by its own id, over several turns, whose instructions are each turn's own", () => {
  const { answer, messages } = world();
  const first = answer({ instructions: "Old." });
  const second = answer({ previous_response_id: first.id, input: "And?" }, { content: "So" });
  assert.deepEqual(messages({ previous_response_id: second.id, input: [{ role: "user", content: "Then?" }], instructions: "New." }), [
    { role: "system", content: "New." },
    { role: "user", content: "Hello?" },
    answered,
    { role: "user", content: "And?" },
    { role: "assistant", content: "So" },
    { role: "user", content: "Then?" },
  ]);
});

test("a deployment that has Responses gets what it can read of what is kept", () => {
  const { answer, native } = world();
  const { id } = answer({});
  const { input, previous_response_id: previous } = native({ previous_response_id: id, input: "And?" });
  assert.equal(previous, undefined);
  assert.partialDeepStrictEqual(input, [{ role: "user", content: "Hello?" }, { type: "message" }, { role: "user", content: "And?" }]);
});

for (const { what, ask, caller, param } of [
  { what: "not to be kept", ask: { store: false }, caller: callerKeyOf("k"), param: "previous_response_id" },
  { what: "another key's", ask: {}, caller: callerKeyOf("other"), param: "previous_response_id" },
]) {
  test(`an answer that is ${what} is not found, and it is said what helps`, () => {
    const { answer, refusal } = world();
    const { id, store } = answer(ask);
    assert.equal(store, !("store" in ask));
    const error = refusal({ previous_response_id: id }, caller);
    assert.deepEqual([error?.code, error?.param], ["invalid_request", param]);
    assert.match(error?.message ?? "", /no longer kept.*whole transcript.*`store` false/);
  });
}

test("an item is not found after an hour in which nobody asked for it", () => {
  const { answer, refusal, clock } = world();
  const [item] = answer({}).output;
  const body = { input: [{ role: "user", content: "Hello?" }, reference(item ?? { id: "" })] };
  clock.advance(3_000_000);
  assert.equal(refusal(body), undefined);
  clock.advance(3_600_001);
  assert.equal(refusal(body)?.param, "input[1]");
});

test("where what was asked is too large to be kept, the items are", () => {
  const { answer, refusal } = world(64 * 1_024);
  const { id, output } = answer({ input: "a".repeat(5_000) });
  assert.equal(refusal({ previous_response_id: id })?.param, "previous_response_id");
  assert.equal(refusal({ input: output.map(reference) }), undefined);
});

test("a small request does not become a huge one by naming a large answer many times", () => {
  const { answer, refusal } = world(2 ** 24);
  const [item] = answer({}, { content: "a".repeat(900_000) }).output;
  const error = refusal({ input: Array.from({ length: 20 }, () => reference(item ?? { id: "" })) });
  assert.match(error?.message ?? "", /more of earlier answers/);
});
