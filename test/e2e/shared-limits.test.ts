import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/eventually.ts";
import { RedisServer, withoutRedis } from "../support/redis-server.ts";
import { type RunningTestService, startService } from "../support/start-service.ts";

const names = ["a", "b", "c", "d"];
/** Each test has limits of its own: the store has waited for nodes to tell what they hold when the first begins. */
let tests = 0;

describe("nodes that share limits", { skip: withoutRedis ?? false }, () => {
  let store: RedisServer;

  before(async () => {
    store = await RedisServer.start();
  });

  after(() => store.stop());

  it("never let more requests of a minute through than one would, whichever is asked", async () => {
    await withNodes(store, "rpm: 40", async (nodes) => {
      const statuses = await Promise.all(Array.from({ length: 160 }, (_, turn) => ask(nodes[turn % 4])));
      assert.equal(statuses.filter((status) => status === 200).length, 40);
      assert.equal(statuses.filter((status) => status === 429).length, 120);
    });
  });

  it("do so with several threads each", async () => {
    await withNodes(
      store,
      "rpm: 40",
      async (nodes) => {
        const statuses = await Promise.all(Array.from({ length: 160 }, (_, turn) => ask(nodes[turn % 4])));
        assert.equal(statuses.filter((status) => status === 200).length, 40);
      },
      2,
    );
  });

  it("share scarce limits by the single request", async () => {
    await withNodes(store, "rpm: 6", async (nodes) => {
      const statuses = [];
      for (let turn = 0; turn < 24; turn++) statuses.push(await ask(nodes[turn % 4]));
      assert.equal(statuses.filter((status) => status === 200).length, 6);
    });
  });

  it("never have more under way at a time than one may", async () => {
    await withNodes(store, "max_parallel_requests: 8, mock: {first_token_ms: 150}", async (nodes) => {
      let most = 0;
      for (let turn = 0; turn < 6; turn++) {
        const all = Promise.all(Array.from({ length: 32 }, (_, call) => ask(nodes[call % 4])));
        const looks = setInterval(
          () =>
            (most = Math.max(
              most,
              nodes.reduce((sum, node) => sum + inFlight(node), 0),
            )),
          5,
        );
        await all;
        clearInterval(looks);
      }
      assert.ok(most <= 8 && most >= 6, `${most}`);
    });
  });

  it("spend a key's budget together", async () => {
    // 10 tokens for a dollar: each call costs what its answer has.
    await withNodes(store, "input_cost_per_token: 0, output_cost_per_token: 0.02", async (nodes, number) => {
      let served = 0;
      let turn = 0;
      const askNext = async (): Promise<void> => {
        if ((await ask(nodes[turn++ % 4], "sk-caller-0000000000", 5)) === 200) served++;
      };
      // A dollar has 10 answers of 5 tokens. Near its end, what one node still holds for calls to come goes to the others first.
      await eventually(async () => {
        await askNext();
        assert.ok(served >= 10, `${served}`);
      });
      for (let more = 0; more < 40; more++) await askNext();
      assert.ok(served <= 11, `${served}`);
      const spent = spentOf(nodes[0], number);
      assert.ok(spent >= 0.9 && spent <= 1.1, `${spent}`);
    });
  });

  it("go on without the store, and together again when it is back", async () => {
    await withNodes(store, "rpm: 4000", async (nodes) => {
      assert.equal(await ask(nodes[0]), 200);
      await store.kill();
      const alone = await Promise.all(Array.from({ length: 200 }, (_, turn) => ask(nodes[turn % 4])));
      assert.deepEqual(
        alone.filter((status) => status !== 200),
        [],
      );
      await store.start();
      const again = await Promise.all(Array.from({ length: 200 }, (_, turn) => ask(nodes[turn % 4])));
      assert.deepEqual(
        again.filter((status) => status !== 200),
        [],
      );
      // What each has done by itself is told to the new store.
      await eventually(() => Promise.resolve(assert.match(store.ask("KEYS", "*requests"), /the-one/)));
    });
  });
});

async function withNodes(
  store: RedisServer,
  params: string,
  test: (nodes: readonly RunningTestService[], number: number) => Promise<void>,
  threads = 1,
): Promise<void> {
  const number = tests++;
  const nodes: RunningTestService[] = [];
  try {
    nodes.push(...(await Promise.all(names.map((name) => startService(configOf(name, number, store.port, params), { threads })))));
    await test(nodes, number);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

function configOf(name: string, number: number, port: number, params: string): string {
  return `
model_list:
  - model_name: m
    litellm_params: {model: mock/m, ${params}}
    model_info: {id: the-one-${number}}
router_settings: {num_retries: 0, enforce_rate_limits: true}
general_settings:
  master_key: sk-master-0000000000
  shared_state: {url: "redis://127.0.0.1:${port}", node_name: ${name}}
keys:
  - {name: caller-${number}, sha256: 462a045db89a15986687c8a8cd2ade19d1719d4263ffba3cecdff3b3ee0f1f70, max_budget: 1}
`;
}

async function ask(node: RunningTestService | undefined, key = "sk-master-0000000000", maxTokens = 5): Promise<number> {
  const response = await fetch(`${node?.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "m", max_tokens: maxTokens, messages: [{ role: "user", content: "hi" }] }),
  });
  await response.text();
  return response.status;
}

function inFlight(node: RunningTestService): number {
  return node.router.deployments().reduce((sum, { inFlight: calls }) => sum + calls, 0);
}

function spentOf(node: RunningTestService | undefined, number: number): number {
  return node?.router.keyUsage(`caller-${number}`).spentUsd ?? 0;
}
