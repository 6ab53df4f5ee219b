import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { Parties } from "../support/parties.ts";
import { startProgram, told } from "../support/program.ts";
import { startService } from "../support/start-service.ts";

/** The server on a socket in the file system, as sidecars use it. */

const folder = mkdtempSync(join(tmpdir(), "huntgroup-socket-"));
after(() => rmSync(folder, { recursive: true }));
const config = "model_list: [{model_name: m, litellm_params: {model: mock/m}}]\n";

function call(socketPath: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const outgoing = request(
      { socketPath, path, method, headers: { host: "some.name", "content-type": "application/json" } },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

test("REST, gRPC and health are served on a socket in the file system, which is gone after the end", async () => {
  const path = join(folder, "served.sock");
  const parties = new Parties();
  try {
    await parties.service(config, { threads: 1, socket: { path, mode: 0o620 } });
    assert.equal(statSync(path).mode & 0o777, 0o620);
    const ask = { model: "m", messages: [{ role: "user", content: "hello" }] };
    assert.equal((await call(path, "/v1/chat/completions", ask)).status, 200);
    assert.match((await call(path, "/v1/chat/completions", { ...ask, stream: true })).text, /\[DONE\]/);
    assert.equal((await call(path, "/health/readiness")).status, 200);
    const client = parties.add(new GrpcClient(`unix:${path}`), (one) => one.close());
    assert.equal((await client.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("m", "hello")))["model"], "m");
    assert.equal((await client.unary("grpc.health.v1.Health/Check", {}))["status"], "SERVING");
  } finally {
    await parties.end();
  }
  assert.equal(existsSync(path), false);
});

test("a program serves its socket, is operated by it, replaces one left behind by a kill, and removes it when it stops", async () => {
  const path = join(folder, "program.sock");
  const file = join(folder, "config.yaml");
  writeFileSync(file, config);
  const start = () => startProgram(["serve", "--config", file, "--listen", `unix:${path}`]);
  const killed = start();
  await told(killed, /huntgroup serves .*unix:/);
  killed.child.kill("SIGKILL");
  await killed.exit;
  assert.equal(existsSync(path), true);
  const program = start();
  after(() => program.child.kill("SIGKILL"));
  await told(program, /huntgroup serves .*unix:/);
  const shown = startProgram(["deployments", "--url", `unix:${path}`]);
  assert.equal(await shown.exit, 0, shown.err());
  assert.match(shown.out(), /mock\/m|eligible/);
  const second = start();
  assert.equal(await second.exit, 1);
  assert.match(second.err(), /Cannot listen on unix:.*: another program listens there/);
  assert.equal((await call(path, "/health/liveness")).status, 200);
  program.child.kill("SIGTERM");
  assert.equal(await program.exit, 0);
  assert.equal(existsSync(path), false);
});

test("what is no socket is not touched", async () => {
  const path = join(folder, "file.txt");
  writeFileSync(path, "precious");
  const starting = startService(config, { threads: 1, socket: { path, mode: 0o600 } });
  await assert.rejects(starting, /Cannot listen on unix:.*: there is a file that is no socket/);
  assert.equal(existsSync(path), true);
  await assert.rejects(
    startService(config, { threads: 1, socket: { path: join(folder, "none/x.sock"), mode: 0o600 } }),
    /there is no such folder/,
  );
});

test("a socket that another program answers on is left to it", async () => {
  const path = join(folder, "taken.sock");
  const other = createServer().listen(path);
  await once(other, "listening");
  try {
    await assert.rejects(startService(config, { threads: 1, socket: { path, mode: 0o600 } }), /another program listens there/);
    assert.equal(existsSync(path), true);
  } finally {
    other.close();
  }
});
