import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { inFolder, me, value } from "../control/support/control-fixture.ts";
import { startService } from "../support/start-service.ts";

const deployments = `model_list:
  - {model_name: g, litellm_params: {model: mock/a, mock: {first_token_ms: 1, tokens_per_second: 2000}}, model_info: {id: a}}
  - {model_name: g, litellm_params: {model: mock/b, mock: {first_token_ms: 1, tokens_per_second: 2000}}, model_info: {id: b}}
`;

async function ask(origin: string, over: { readonly key?: string; readonly content?: string } = {}): Promise<string> {
  const reply = await fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(over.key !== undefined && { authorization: `Bearer ${over.key}` }) },
    body: JSON.stringify({ model: "g", messages: [{ role: "user", content: over.content ?? "hi" }] }),
  });
  await reply.text();
  return reply.headers.get("x-huntgroup-model-id") ?? String(reply.status);
}

test("weights of a served router count from the next call on, and are there after a restart", async () => {
  await inFolder(async (folder) => {
    const stateFile = join(folder, "state.json");
    const first = await startService(deployments, { stateFile });
    const weights = new Map([
      ["a", 0],
      ["b", 1],
    ]);
    await value(first.operator.setWeights(weights, 0, me));
    for (let call = 0; call < 5; call++) assert.equal(await ask(first.origin), "b");
    const { etag } = first.operator;
    await first.stop();
    const second = await startService(deployments, { stateFile });
    // What comes after them stands for the files, which are others here.
    assert.deepEqual(second.operator.etag.split(".").slice(0, 2), etag.split(".").slice(0, 2));
    for (let call = 0; call < 5; call++) assert.equal(await ask(second.origin), "b");
    await second.stop();
  });
});

test("a reload while calls run fails none of them, and takes over the master key, the sizes of requests and the web origins", async () => {
  const service = await startService(deployments);
  const reload = async (yaml: string) => {
    await service.rewrite(yaml);
    return value(service.operator.reload({ dryRun: false, discardChanges: false }, me));
  };
  const onlyA = deployments.split("\n").slice(0, 2).join("\n");
  const running = Array.from({ length: 50 }, () => ask(service.origin));
  const report = await reload(onlyA);
  assert.deepEqual([report.ok, report.removedIds], [true, ["b"]]);
  for (const answer of await Promise.all(running)) assert.match(answer, /^[ab]$/);
  await reload(
    `${onlyA}\ngeneral_settings: {master_key: sk-new, max_request_size_mb: 0.001, cors_allow_origins: ["https://app.example"]}\n`,
  );
  assert.equal(await ask(service.origin), "401");
  assert.equal(await ask(service.origin, { key: "sk-new" }), "a");
  assert.equal(await ask(service.origin, { key: "sk-new", content: "x".repeat(2_000) }), "413");
  const page = await fetch(`${service.origin}/health/liveliness`, { headers: { origin: "https://app.example" } });
  assert.equal(page.headers.get("access-control-allow-origin"), "https://app.example");
  const large = await fetch(`${service.origin}/huntgroup.v1.AdminService/ListDeployments`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-new" },
    body: JSON.stringify({ group: "x".repeat(2_000) }),
  });
  assert.equal(((await large.json()) as { code: string }).code, "resource_exhausted");
  await reload(`${onlyA}\ngeneral_settings: {master_key: sk-new, max_buffered_bytes: 100000}\n`);
  assert.equal(await ask(service.origin, { key: "sk-new", content: "x".repeat(2_000) }), "a");
  assert.equal(await ask(service.origin, { key: "sk-new", content: "x".repeat(200_000) }), "503");
  await service.stop();
});

test("a file that is watched is taken over by itself", async () => {
  const service = await startService(deployments, { watch: true });
  await service.rewrite(deployments.replaceAll("model_name: g", "model_name: h"));
  while (service.reloads.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(service.router.knows("h"));
  await service.stop();
});
