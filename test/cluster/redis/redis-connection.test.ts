import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SharedStateSettings } from "../../../src/config/settings/shared-state-settings.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { RedisConnection } from "../../../src/cluster/redis/redis-connection.ts";
import { StoreError } from "../../../src/cluster/store/store-error.ts";
import { storeScript } from "../../../src/cluster/store/store-script.ts";
import { eventually } from "../../support/eventually.ts";
import { RedisServer, storeSettings, withoutRedis } from "../../support/redis-server.ts";

const write = storeScript("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])");

describe("the connection to the store", { skip: withoutRedis ?? false }, () => {
  it("runs scripts, and hears what others say, of one server, through its restarts", async () => {
    const server = await RedisServer.start();
    await withConnection(server.settings(), async (connection) => {
      const heard: string[] = [];
      connection.subscribe("news", (text) => heard.push(text));
      await eventually(async () => assert.equal(await connection.run(write, ["k"], [1]), "1"));
      await eventually(() => tell(connection, heard, "first"));
      await server.kill();
      await assert.rejects(connection.run(write, ["k"], [2]), (error) => error instanceof StoreError);
      await server.start();
      await eventually(async () => assert.equal(await connection.run(write, ["k"], [3]), "3"));
      await eventually(() => tell(connection, heard, "second"));
    });
    await server.stop();
  });

  it("does not wait for one that hangs", async () => {
    const server = await RedisServer.start();
    await withConnection(server.settings(), async (connection) => {
      await eventually(async () => assert.equal(await connection.run(write, ["k"], [1]), "1"));
      server.signal("SIGSTOP");
      await assert.rejects(connection.run(write, ["k"], [2]), { fault: "timeout" });
      server.signal("SIGCONT");
      await eventually(async () => assert.equal(await connection.run(write, ["k"], [3]), "3"));
    });
    await server.stop();
  });

  it("says what is wrong with one that is full, takes no writes, or knows it not, and no password", async () => {
    const full = await RedisServer.start("--maxmemory", "1", "--maxmemory-policy", "noeviction");
    const replica = await RedisServer.start("--replicaof", "127.0.0.1 1");
    const guarded = await RedisServer.start("--requirepass", "a-password-of-tests");
    await withConnection(full.settings(), async (connection) => {
      await eventually(() => assert.rejects(connection.run(write, ["k"], [1]), { fault: "full" }));
    });
    await withConnection(replica.settings(), async (connection) => {
      await eventually(() => assert.rejects(connection.run(write, ["k"], [1]), { fault: "readonly" }));
    });
    await withConnection(guarded.settings({ password: "a-password-of-tests" }), async (connection) => {
      await eventually(async () => assert.equal(await connection.run(write, ["k"], [1]), "1"));
    });
    await withConnection(guarded.settings({ password: "another-password" }), async (connection) => {
      await assert.rejects(connection.run(write, ["k"], [1]), (error) => error instanceof StoreError && !/password/.test(String(error)));
    });
    await Promise.all([full, replica, guarded].map((server) => server.stop()));
  });

  it("finds the nodes of a cluster", async () => {
    const servers = await RedisServer.startCluster();
    const [first] = servers;
    const nodes = [{ host: "127.0.0.1", port: first?.port ?? 0 }];
    await withConnection(storeSettings(0, { place: { kind: "cluster", nodes } }), async (connection) => {
      const heard: string[] = [];
      connection.subscribe("news", (text) => heard.push(text));
      for (const key of ["a", "b", "c", "d"]) await eventually(async () => assert.equal(await connection.run(write, [key], [key]), key));
      await eventually(() => tell(connection, heard, "once"));
    });
    await Promise.all(servers.map((server) => server.stop()));
  });

  it("follows Sentinel to another primary", async () => {
    const primary = await RedisServer.start();
    const replica = await RedisServer.start("--replicaof", `127.0.0.1 ${primary.port}`);
    const sentinel = await RedisServer.startSentinel(primary);
    await eventually(() => Promise.resolve(assert.match(sentinel.ask("SENTINEL", "REPLICAS", "main"), new RegExp(String(replica.port)))));
    const sentinels = [{ host: "127.0.0.1", port: sentinel.port }];
    await withConnection(
      storeSettings(0, { place: { kind: "sentinel", sentinels, name: "main", password: undefined } }),
      async (connection) => {
        const heard: string[] = [];
        connection.subscribe("news", (text) => heard.push(text));
        await eventually(async () => assert.equal(await connection.run(write, ["k"], [1]), "1"));
        await primary.kill();
        await eventually(async () => assert.equal(await connection.run(write, ["k"], [2]), "2"));
        assert.match(replica.ask("GET", "k"), /2/);
        await eventually(() => tell(connection, heard, "again"));
      },
    );
    await Promise.all([primary, replica, sentinel].map((server) => server.stop()));
  });
});

async function withConnection(settings: SharedStateSettings, test: (connection: RedisConnection) => Promise<void>): Promise<void> {
  const connection = new RedisConnection(settings, { clock: systemClock, random: systemRandom });
  try {
    await test(connection);
  } finally {
    await connection.close();
  }
}

/** Says something, which may come before the listener listens. */
async function tell(connection: RedisConnection, heard: readonly string[], text: string): Promise<void> {
  await connection.publish("news", text);
  assert.ok(heard.includes(text));
}
