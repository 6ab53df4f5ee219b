import assert from "node:assert/strict";
import { after, test } from "node:test";
import { hostConfig, publicModel, upstreamKey } from "../support/host-config.ts";
import { hostError } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";

const parties = new Parties();
after(() => parties.end());

const anyCall = { limit: 100, model: undefined, deploymentId: undefined, keyName: undefined, failedOnly: false };

async function chat(origin: string, model: string, id: string): Promise<number> {
  const reply = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": id },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "the prompt of this test" }] }),
  });
  await reply.text();
  return reply.status;
}

test("the latest calls tell what was tried and how it was refused, and no secret, prompt or word of the provider", async () => {
  const host = await parties.host();
  host.once(hostError(500, { message: "You sent: the prompt of this test" }));
  const service = await parties.service(hostConfig(host).replace("num_retries: 0", "num_retries: 1"), { threads: 2 });
  assert.equal(await chat(service.origin, publicModel, "first"), 200);
  // Callers mistake one field for another.
  assert.equal(await chat(service.origin, upstreamKey, upstreamKey), 404);
  const { calls, capacity } = await service.operator.recentCalls(anyCall);
  assert.equal(capacity, 1_000);
  const [unknown, first] = calls;
  assert.deepEqual(
    first?.attempts.map(({ outcome, status }) => [outcome, status]),
    [
      ["upstream_error", 500],
      ["success", undefined],
    ],
  );
  assert.deepEqual([first?.id, first?.retries, first?.code], ["first", 1, undefined]);
  assert.deepEqual([unknown?.code, unknown?.attempts.length], ["model_not_found", 0]);
  const told = JSON.stringify(calls);
  for (const secret of [upstreamKey, "the prompt", "You sent"]) assert.ok(!told.includes(secret), secret);
});

test("no calls are kept where recent_calls is 0; what is used is counted all the same", async () => {
  const host = await parties.host();
  const service = await parties.service(hostConfig(host, "general_settings: {recent_calls: 0}\n"));
  assert.equal(await chat(service.origin, publicModel, "one"), 200);
  assert.deepEqual(await service.operator.recentCalls(anyCall), { calls: [], capacity: 0 });
  const query = { resolution: "hours", byKey: true, byModel: true, keyName: undefined, model: undefined, limit: 10 } as const;
  const { series } = await service.operator.usage(query);
  assert.deepEqual(
    series.map(({ keyName, model, totals }) => [keyName, model, totals.requests]),
    [["", publicModel, 1]],
  );
});

test("as many calls are told as are kept, however many threads there are, and they are the latest", async () => {
  const host = await parties.host();
  const service = await parties.service(hostConfig(host, "general_settings: {recent_calls: 3}\n"), { threads: 3 });
  for (let call = 1; call <= 9; call++) assert.equal(await chat(service.origin, publicModel, `call-${call}`), 200);
  const { calls } = await service.operator.recentCalls({ ...anyCall, limit: Infinity });
  assert.deepEqual(
    calls.map(({ id }) => id),
    ["call-9", "call-8", "call-7"],
  );
});
