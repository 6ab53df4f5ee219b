import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { AdminService } from "../../gen/huntgroup/v1/admin_pb.ts";
import { value, me } from "../control/support/control-fixture.ts";
import { eventually } from "../support/eventually.ts";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { ask, type HttpAnswer } from "../support/http-client.ts";
import { Parties } from "../support/parties.ts";
import { cannedReply, chatChunk, sse } from "../support/openai-replies.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { createLog } from "../../src/telemetry/log/log.ts";
import { systemClock } from "../../src/lib/clock.ts";

/** More than this machine may have cores: what holds has to hold wherever threads are interrupted. */
const threads = 3;
const parties = new Parties();
after(() => parties.end());

const byThread = join(import.meta.dirname, "support/by-thread.ts");
const masterKey = "sk-threads-master";
const admin = { authorization: `Bearer ${masterKey}` };

const anyCall = { model: undefined, deploymentId: undefined, keyName: undefined, failedOnly: false };
const anyUse = { resolution: "minutes", byKey: false, byModel: false, keyName: undefined, model: undefined } as const;

/** Each call is served by the deployment that is named after its thread. */
const ofThreads = `
model_list:
${Array.from({ length: threads }, (_, thread) => `  - {model_name: g, litellm_params: {model: mock/a}, model_info: {id: thread-${thread}}}`).join("\n")}
router_settings: {routing_strategy: ${byThread}, num_retries: 0}
general_settings: {master_key: ${masterKey}}
`;

function chat(port: number, over: { readonly headers?: Record<string, string>; readonly model?: string; readonly content?: string } = {}) {
  const { headers = admin, model = "g", content = "hi" } = over;
  return ask(port, "http1", {
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
}

/** On connections of their own, which the system hands to one thread or another. */
async function many(count: number, port: number, over: Parameters<typeof chat>[1] = {}): Promise<readonly HttpAnswer[]> {
  return Promise.all(Array.from({ length: count }, () => chat(port, over)));
}

function served(answers: readonly HttpAnswer[]): ReadonlySet<string> {
  return new Set(answers.map(({ headers }) => String(headers["x-huntgroup-model-id"])));
}

/** Until each thread has served: connections are handed out by chance. */
async function untilAllServe(port: number): Promise<void> {
  const seen = new Set<string>();
  while (seen.size < threads) for (const id of served(await many(10, port))) seen.add(id);
}

for (const count of [1, 2, 4]) {
  test(`${count} threads together keep rpm to the call, and give a deployment no more calls at a time than it may, each its turn`, async () => {
    const host = await parties.host();
    let most = 0;
    host.always((hit) => {
      most = Math.max(most, host.open);
      const reply = cannedReply(hit.path, hit.json);
      assert.ok(reply.kind === "reply");
      // In two pieces, so that calls meet there.
      return { kind: "stream", headers: { "content-type": "application/json" }, pieces: ["\n", JSON.stringify(reply.body)], gapMs: 5 };
    });
    const yaml = hostConfig(host)
      .replace("cooldown_time: 0", "max_parallel_requests: 2")
      .replace("model_list:", "model_list:\n  - {model_name: limited, litellm_params: {model: mock/a, rpm: 40}}");
    const service = await parties.service(yaml, { threads: count });
    const limited = Map.groupBy(await many(100, service.port, { model: "limited" }), ({ status }) => status);
    assert.deepEqual([limited.get(200)?.length, limited.get(429)?.length], [40, 60]);
    // From here on calls wait for their turn; on threads where nothing ends, only others can tell them that it has come.
    await service.rewrite(`${yaml}  queue_timeout: 60\n`);
    await value(service.operator.reload({ dryRun: false, discardChanges: false }, me));
    const answers = await many(30, service.port, { model: publicModel });
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(most, 2);
  });
}

test("all threads serve, and are counted, logged and operated as one", async () => {
  const lines: string[] = [];
  const service = await parties.service(ofThreads.replace("num_retries: 0", "num_retries: 0, shadow_strategies: [p2c], shadow_sample: 1"), {
    threads,
    openLog: ({ secrets }) => createLog({ level: "info", secrets, clock: systemClock, output: { write: (line) => lines.push(line) } }),
  });
  const { port } = service;
  await untilAllServe(port);
  const before = await totalCalls(port);
  const answers = await many(30, port);
  assert.ok(served(answers).size > 1);
  // Whichever thread is asked, and at once: nothing is told later than it is counted.
  assert.equal(await totalCalls(port), before + 30);
  await eventually(() => Promise.resolve(assert.equal(accessLines(lines), before + 30)));
  // What each thread remembers is told as one list, and what was used as one sum.
  const { calls } = await service.operator.recentCalls({ ...anyCall, limit: 30 });
  assert.deepEqual(new Set(calls.map(({ deploymentId }) => deploymentId)), served(answers));
  assert.deepEqual(
    calls.map(({ endedAt }) => endedAt),
    calls.map(({ endedAt }) => endedAt).toSorted((one, other) => other - one),
  );
  const { series } = await service.operator.usage({ ...anyUse, limit: 1 });
  assert.equal(series[0]?.totals.requests, before + 30);
  const [group] = await service.operator.strategies();
  assert.deepEqual(
    group?.shadows.map(({ shadow, samples, failed }) => [shadow, samples, failed]),
    [["p2c", before + 30, false]],
  );
});

test("a change of weights, of a deployment's state, of a key and of the configuration counts from the next call on, on every thread", async () => {
  const yaml = ofThreads.replace(`routing_strategy: ${byThread}, `, "");
  const service = await parties.service(yaml, { threads });
  const { port, operator } = service;
  const all = ["thread-0", "thread-1", "thread-2"];
  for (const wanted of [...all, ...all]) {
    await value(operator.setWeights(new Map(all.map((id) => [id, id === wanted ? 1 : 0])), 0, me));
    assert.deepEqual([...served(await many(12, port))], [wanted]);
  }
  await value(operator.setDeploymentState("thread-2", "blocked", me));
  assert.ok(!served(await many(12, port)).has("thread-2"));
  await value(operator.addDeployment({ model_name: "new", litellm_params: { model: "mock/b" }, model_info: { id: "new-one" } }, me));
  assert.deepEqual([...served(await many(12, port, { model: "new" }))], ["new-one"]);
  await value(operator.setAlias("other", ["new"], false, me));
  assert.deepEqual([...served(await many(12, port, { model: "other" }))], ["new-one"]);
  await value(operator.removeDeployment("new-one", me).then(() => operator.setAlias("other", [], false, me)));
  await service.rewrite(yaml.replace(masterKey, `${masterKey}-2`));
  const report = await value(operator.reload({ dryRun: false, discardChanges: false }, me));
  assert.ok(report.ok);
  const old = await many(12, port);
  assert.deepEqual(new Set(old.map(({ status }) => status)), new Set([401]));
  const key = await value(operator.createKey({ ...plainKey, name: "team" }, me));
  const holder = { headers: { authorization: `Bearer ${key.secret}` } };
  assert.deepEqual(new Set((await many(12, port, holder)).map(({ status }) => status)), new Set([200]));
  await value(operator.revokeKey("team", me));
  assert.deepEqual(new Set((await many(12, port, holder)).map(({ status }) => status)), new Set([401]));
});

test("operators are answered on whichever thread their connection is, by every protocol", async () => {
  const { port, origin } = await parties.service(ofThreads, { threads });
  await untilAllServe(port);
  for (let connection = 0; connection < 8; connection++) {
    const grpcJs = parties.add(new GrpcClient(port, masterKey), (client) => client.close());
    const { deployments } = await grpcJs.unary("huntgroup.v1.AdminService/ListDeployments", {});
    assert.equal((deployments as object[]).length, threads);
    for (const transport of [
      createConnectTransport({ baseUrl: origin, httpVersion: "1.1", nodeOptions: { agent: false } }),
      createGrpcTransport({ baseUrl: origin }),
      createGrpcWebTransport({ baseUrl: origin, httpVersion: "1.1", nodeOptions: { agent: false } }),
    ]) {
      const client = createClient(AdminService, transport);
      const config = await client.getConfig({}, { headers: admin });
      assert.ok(config.etag.length > 0);
      await assert.rejects(client.getConfig({}), /unauthenticated/);
      await assert.rejects(client.getDeployment({ deploymentId: "nobody" }, { headers: admin }), /not_found/);
      for await (const { deployments: watched } of client.watchDeployments({}, { headers: admin })) {
        assert.equal(watched.length, threads);
        break;
      }
    }
    for (const version of ["http1", "http2"] as const) {
      const info = await ask(port, version, { path: "/model/info", headers: admin });
      assert.deepEqual([info.status, (JSON.parse(info.text) as { data: object[] }).data.length], [200, threads]);
      assert.equal((await ask(port, version, { path: "/model/info" })).status, 401);
      assert.equal((await ask(port, version, { method: "POST", path: "/router/settings", headers: admin })).status, 405);
    }
  }
});

test("the address of an operator's connection is its own, and no caller can claim another one", async () => {
  const { port } = await parties.service(
    `${ofThreads}\n  max_failed_attempts: 3\n`.replace(
      "general_settings: {master_key: sk-threads-master}\n",
      `general_settings:\n  master_key: ${masterKey}`,
    ),
    {
      threads,
    },
  );
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt++) {
    const headers = { authorization: `Bearer sk-wrong-${attempt}`, "x-huntgroup-relayed-address": `10.0.0.${attempt}` };
    statuses.push((await ask(port, "http1", { path: "/model/info", headers })).status);
  }
  // The guesses of one address count together, whichever threads they come to.
  assert.deepEqual(statuses.slice(0, 3), [401, 401, 401]);
  assert.deepEqual(new Set(statuses.slice(3)), new Set([429]));
});

test("an answer of a model that has chat alone is gone on from on every thread", async () => {
  const { port } = await parties.service(ofThreads, { threads });
  const respond = (body: object) =>
    ask(port, "http1", {
      method: "POST",
      path: "/v1/responses",
      headers: { "content-type": "application/json", ...admin },
      body: JSON.stringify({ model: "g", input: "hi", ...body }),
    });
  const { id } = JSON.parse((await respond({})).text) as { readonly id: string };
  const seen = new Set<string>();
  while (seen.size < threads) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => respond({ previous_response_id: id })));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    for (const name of served(answers)) seen.add(name);
  }
  assert.equal((await respond({ previous_response_id: `resp_bridged_${"0".repeat(32)}` })).status, 400);
});

test("a thread that dies is replaced; its calls are over, and the others serve on", async () => {
  const lines: string[] = [];
  const waiting = "{model_name: slow, litellm_params: {model: mock/a, mock: {first_token_ms: 600000}}}";
  const service = await parties.service(ofThreads.replace("model_list:", `model_list:\n  - ${waiting}`), {
    threads,
    openLog: ({ secrets }) => createLog({ level: "info", secrets, clock: systemClock, output: { write: (line) => lines.push(line) } }),
  });
  const { port, router, origin } = service;
  await untilAllServe(port);
  const lost = (): number => lines.filter((line) => line.includes("a thread has died")).length;
  // So many that each thread has some of them.
  const hangUp = new AbortController();
  let cut = 0;
  const slow = Array.from({ length: 40 }, () =>
    fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...admin },
      body: JSON.stringify({ model: "slow", messages: [] }),
      signal: hangUp.signal,
    }).catch(() => cut++),
  );
  await eventually(async () => assert.equal(await callsInFlight(port), slow.length));
  // Connections are handed out by chance: one of many gets to a thread that dies of it.
  const deadly = "x".repeat(100_000);
  while (lost() === 0) await chat(port, { content: deadly }).catch(() => undefined);
  // Neither in the ledger nor in the counts is anything left of what it had under way.
  await eventually(async () => {
    assert.ok(cut > 0);
    assert.deepEqual([router.inFlight, await callsInFlight(port)], [slow.length - cut, slow.length - cut]);
  });
  hangUp.abort();
  await Promise.all(slow);
  await eventually(async () => assert.deepEqual([router.inFlight, await callsInFlight(port)], [0, 0]));
  for (const { status } of await many(12, port)) assert.equal(status, 200);
  await untilAllServe(port);
  await eventually(async () => assert.equal(await Promise.resolve(router.bufferedBytes), 0));
});

test("a stop lets streams on all threads end", async () => {
  const host = await parties.host();
  const { promise, resolve } = Promise.withResolvers<void>();
  host.always({ kind: "stream", after: promise, pieces: [sse(chatChunk({ content: "to the end" }, "stop")), sse("[DONE]")] });
  const service = await parties.service(hostConfig(host), { threads });
  const streams = Array.from({ length: 9 }, () =>
    ask(service.port, "http1", {
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: publicModel, messages: [], stream: true }),
    }),
  );
  await eventually(() => Promise.resolve(assert.equal(host.open, 9)));
  const ended = parties.end();
  // Whichever thread is asked: none says that it is ready once the stop has begun.
  const readiness = await Promise.all(
    Array.from({ length: 12 }, () => ask(service.port, "http1", { path: "/health/readiness" }).catch(() => undefined)),
  );
  assert.ok(!readiness.some((answer) => answer?.status === 200));
  resolve();
  for (const { status, text } of await Promise.all(streams)) {
    assert.equal(status, 200);
    assert.match(text, /to the end[^]*\[DONE\]/);
  }
  await ended;
});

test("gRPC's clients are served by all threads", async () => {
  const { port } = await parties.service(ofThreads, { threads });
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const client = parties.add(new GrpcClient(port, masterKey), (one) => one.close());
      return client.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("g", "hi"));
    }),
  );
  for (const { choices } of answers) assert.equal((choices as object[]).length, 1);
});

const plainKey = {
  models: [],
  rpm: undefined,
  tpm: undefined,
  maxParallelRequests: undefined,
  maxBudget: undefined,
  budgetDuration: undefined,
  tags: [],
  priority: undefined,
  expiresAt: undefined,
  metadata: {},
};

async function totalCalls(port: number): Promise<number> {
  const { text } = await ask(port, "http1", { path: "/metrics", headers: admin });
  const calls = [...text.matchAll(/^huntgroup_calls_total\{.*\} (\d+)$/gm)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function callsInFlight(port: number): Promise<number> {
  const { text } = await ask(port, "http1", { path: "/metrics", headers: admin });
  return Number(/^huntgroup_calls_in_flight (-?\d+)$/m.exec(text)?.[1]);
}

function accessLines(lines: readonly string[]): number {
  return lines.filter((line) => line.includes('"kind":"access"')).length;
}
