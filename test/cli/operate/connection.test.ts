import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { test } from "node:test";
import { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { AdminServer } from "../../support/admin-server.ts";
import { CliWorld } from "../../support/cli-world.ts";

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");
const secret = "sk-hg-a-secret-that-nobody-should-see";
const script = { listDeployments: () => ({}) };

async function failed(world: CliWorld, line: string): Promise<string> {
  assert.equal(await world.run(line), 1);
  assert.equal(world.out, "");
  assert.equal(world.err.trimEnd().split("\n").length, 1, world.err);
  assert.doesNotMatch(world.err, /at .*\.[tj]s:\d+/, "no stack trace");
  assert.ok(!world.err.includes(secret), world.err);
  return world.err;
}

test("a server that is not there is told in a sentence that says what to do", async () => {
  const gone = await AdminServer.listen({});
  const { url } = gone;
  await gone[Symbol.asyncDispose]();
  assert.equal(
    await failed(new CliWorld({ HUNTGROUP_KEY: secret }), `deployments --url ${url}`),
    `huntgroup: cannot reach ${url}: connection refused; is the server running? (--url)\n`,
  );
});

test("a key that is missing or wrong is told apart, and never printed, whatever the server repeats", async () => {
  await using server = await AdminServer.listen(script, { key: "right" });
  const env = { HUNTGROUP_URL: server.url };
  assert.match(await failed(new CliWorld(env), "deployments"), /wants its master key: set HUNTGROUP_KEY/);
  assert.match(await failed(new CliWorld({ ...env, HUNTGROUP_KEY: secret }), "deployments"), /does not accept this key/);
  for (const shown of [
    { env: { ...env, HUNTGROUP_KEY: "right" }, line: "deployments" },
    { env: { ...env, HUNTGROUP_MASTER_KEY: "right" }, line: "deployments" },
    { env: { ...env, HUNTGROUP_KEY: "wrong" }, line: "deployments --key right" },
    { env: { ...env, HUNTGROUP_KEY: "wrong" }, line: "deployments --key-file key.txt" },
  ]) {
    const world = new CliWorld(shown.env);
    world.files = { "key.txt": "right\n" };
    assert.equal(await world.run(shown.line), 0, shown.line);
    assert.equal(world.out, "no deployments\n");
  }
});

test("a key that the server repeats in a refusal is masked", async () => {
  await using server = await AdminServer.listen({
    listDeployments() {
      throw new ConnectError(`what is ${secret}?`, Code.InvalidArgument);
    },
  });
  const world = new CliWorld({ HUNTGROUP_URL: server.url, HUNTGROUP_KEY: secret });
  assert.equal(await failed(world, "deployments"), "huntgroup: what is ***?\n");
});

test("a key that no header can carry is bad use, and is not printed either", async () => {
  const world = new CliWorld({ HUNTGROUP_KEY: "sk with\u0001control" });
  assert.equal(await world.run("deployments"), 2);
  assert.equal(world.err, "huntgroup: The key holds a space or a character that no key can have.\n");
  const missing = new CliWorld();
  assert.equal(await missing.run("deployments --key-file nowhere"), 2);
  assert.equal(missing.err, "huntgroup: nowhere cannot be read (ENOENT).\n");
});

test("a server that is older, or is something else, is said not to have the method", async () => {
  await using older = await AdminServer.listen({});
  assert.equal(
    await failed(new CliWorld(), `stats --url ${older.url}`),
    `huntgroup: ${older.url} has no GetStats: it is older than this command, or no huntgroup\n`,
  );
  const other = createHttpServer((_request, response) => response.writeHead(404).end("not here")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  assert.match(await failed(new CliWorld(), `stats --url ${url}`), /has no GetStats: .*or no huntgroup/);
  other.closeAllConnections();
  other.close();
});

test("a server that does not answer in time is told with the option that gives it more", async () => {
  await using server = await AdminServer.listen({
    getStats: (_request, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("gone")))),
  });
  assert.equal(
    await failed(new CliWorld(), `stats --url ${server.url} --timeout 30ms`),
    `huntgroup: ${server.url} did not answer within 0.03 s (--timeout)\n`,
  );
});

test("TLS: a certificate is trusted with --ca alone, and each misunderstanding has its sentence", async () => {
  const handler = connectNodeAdapter({ routes: (router) => void router.service(AdminService, script) });
  const server = createHttpsServer({ cert: fixture("cert.pem"), key: fixture("key.pem") }, handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const world = new CliWorld({ HUNTGROUP_URL: `https://127.0.0.1:${port}` });
  world.files = { "ca.pem": fixture("cert.pem"), "key.pem": fixture("key.pem") };
  try {
    assert.equal(await world.run("deployments --ca ca.pem"), 0, world.err);
    assert.match(
      await failed(new CliWorld(world.env), "deployments"),
      /its certificate is not trusted \([A-Z_]+\); name its authority with --ca FILE/,
    );
    assert.match(
      await failed(new CliWorld(), `deployments --url http://127.0.0.1:${port}`),
      /does it want https:\/\/\?|does not speak HTTP/,
    );
    assert.equal(await world.run("deployments --ca key.pem"), 2);
    assert.match(world.err, /--ca key\.pem holds no PEM certificate/);
    await using plain = await AdminServer.listen(script);
    assert.match(await failed(new CliWorld(), `deployments --url https://127.0.0.1:${plain.port}`), /it does not speak TLS; try http:\/\//);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
