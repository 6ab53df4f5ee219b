import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { randomInt, seededRandom, systemRandom } from "../../../src/lib/random.ts";
import { MemoryStore } from "../../../src/cluster/leases/memory-store.ts";
import type { PotMessage } from "../../../src/cluster/leases/pot-message.ts";
import { potKinds } from "../../../src/cluster/leases/pot-message.ts";
import { ScriptStore } from "../../../src/cluster/leases/script-store.ts";
import { RedisConnection } from "../../../src/cluster/redis/redis-connection.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer, withoutRedis } from "../../support/redis-server.ts";

describe("the script of leases", { skip: withoutRedis ?? false }, () => {
  let server: RedisServer;
  let connection: RedisConnection;

  before(async () => {
    server = await RedisServer.start();
    connection = new RedisConnection(server.settings(), { clock: systemClock, random: systemRandom });
    await eventually(() => Promise.resolve(assert.ok(connection.isUp)));
  });

  after(async () => {
    await connection.close();
    await server.stop();
  });

  for (const [kind, isLater] of potKinds.flatMap((kind) => [[kind, false] as const, [kind, true] as const])) {
    it(`answers as the rules say, message by message: ${kind}${isLater ? ", in a later run" : ""}`, async () => {
      const random = seededRandom(potKinds.indexOf(kind) + 1);
      const namespace = `test-${kind}-${isLater}`;
      const script = new ScriptStore(connection, namespace);
      const first = { name: "first", startedAt: 0, knownRun: "", acknowledged: 0, nodeTtlMs: 600_000 };
      const { run, storeMs: begunAt } = await script.sync(first, []);
      // The run began some seconds ago: nothing waits any longer for nodes to tell what they hold.
      const since = begunAt - 10_000;
      const epoch = `redis.call('SET', KEYS[1], cmsgpack.pack({ run = ARGV[1], since = tonumber(ARGV[2]), later = ${isLater} }))`;
      await connection.command("", ["EVAL", epoch, "1", `{${namespace}:leases}:epoch`, run, String(since)]);
      let storeMs = since;
      let granted = 0;
      const rules = new MemoryStore(() => storeMs, run);
      rules.syncNow({ ...first, knownRun: isLater ? "another" : "" }, []);
      const nodes = Array.from({ length: 4 }, (_, number) => new TalkingNode(`node-${number}`, kind));
      for (let turn = 0; turn < 400; turn++) {
        const node = nodes[randomInt(random, nodes.length)];
        if (node === undefined) continue;
        if (random.next() < 0.02) node.restart();
        const message = node.message(random);
        // Some are old, some come without their nodes' having heard anything.
        const sender = {
          name: node.name,
          startedAt: node.startedAt,
          knownRun: node.run,
          acknowledged: node.acknowledged,
          nodeTtlMs: 600_000,
        };
        const answer = await script.sync(sender, [{ id: "limit", message }]);
        storeMs = answer.storeMs;
        const expected = rules.syncNow(sender, [{ id: "limit", message }]);
        const [reply] = answer.replies;
        const [rule] = expected.replies;
        assert.deepEqual({ ...reply, untilMs: 0 }, { ...rule, untilMs: 0 }, `turn ${turn}: ${JSON.stringify(message)}`);
        assert.ok(Math.abs((reply?.untilMs ?? 0) - (rule?.untilMs ?? 0)) <= 1);
        if (reply !== undefined && random.next() < 0.9) node.hear(reply.status, reply.granted, answer.run, answer.storeMs);
        granted += reply?.granted ?? 0;
      }
      assert.ok(granted > 100, `${granted}`);
    });
  }
});

/** A node that books what it holds, and more, and says so. */
class TalkingNode {
  readonly name: string;
  readonly #kind: PotMessage["kind"];
  startedAt = 1;
  run = "";
  acknowledged = 0;
  #incarnation = 1;
  #begins = true;
  #granted = 0;
  #booked = 0;
  #credited = 0;
  #returned = 0;

  constructor(name: string, kind: PotMessage["kind"]) {
    this.name = name;
    this.#kind = kind;
  }

  restart(): void {
    this.startedAt++;
    this.#anew();
  }

  #anew(): void {
    this.#incarnation++;
    this.#begins = true;
    this.#granted = this.#booked = this.#credited = this.#returned = 0;
  }

  message(random: { next(): number }): PotMessage {
    const held = Math.max(this.#granted - this.#booked - this.#returned, 0);
    if (!this.#begins) {
      if (this.#kind !== "slots") this.#booked += Math.floor(random.next() * (held + 3));
      if (random.next() < 0.3) this.#credited += Math.floor(random.next() * 3);
      if (random.next() < 0.3) this.#returned += Math.floor(random.next() * Math.max(held, 1));
    }
    const isPeriod = this.#kind === "period";
    return {
      kind: this.#kind,
      limit: 100,
      incarnation: this.#incarnation,
      begins: this.#begins,
      booked: this.#booked,
      credited: this.#credited,
      returned: this.#returned,
      wanted: Math.floor(random.next() * 30),
      least: random.next() < 0.3 ? Math.floor(random.next() * 120) : 0,
      isLean: random.next() < 0.3,
      mayExceed: isPeriod && random.next() < 0.5,
      share: Math.floor(random.next() * 40),
      held: this.#begins ? Math.floor(random.next() * 3) : 0,
      told:
        this.#begins && this.#kind === "minute"
          ? [
              [Math.floor(random.next() * 60), 2],
              [0, 1],
            ]
          : [],
      total: this.#begins && isPeriod ? Math.floor(random.next() * 5) : 0,
      heard: this.#begins ? Math.floor(random.next() * 20) : 0,
      nodes: this.#begins ? Math.floor(random.next() * 6) : 0,
      periodLeftMs: isPeriod ? 40 + Math.floor(random.next() * 100) : 0,
      periodMs: isPeriod ? 150 : 0,
      leaves: random.next() < 0.02,
    };
  }

  hear(status: string, granted: number, run: string, storeMs: number): void {
    this.run = run;
    this.acknowledged = storeMs;
    if (status !== "ok") this.#anew();
    else {
      this.#begins = false;
      this.#granted = Math.max(this.#granted, granted);
    }
  }
}
