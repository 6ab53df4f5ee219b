import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as http2Connect } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GrpcClient } from "../support/grpc-client.ts";
import { served, startProgram, told } from "../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-drain-"));
after(() => rmSync(folder, { recursive: true }));
const config = join(folder, "config.yaml");
writeFileSync(
  config,
  `model_list:
  - model_name: fast
    litellm_params: { model: mock/m, mock: { first_token_ms: 1, tokens_per_second: 10000, output_tokens: 3 } }
  - model_name: slow
    litellm_params: { model: mock/m, mock: { first_token_ms: 1, tokens_per_second: 10, output_tokens: 50 } }
  - model_name: endless
    litellm_params: { model: mock/m, mock: { first_token_ms: 1, tokens_per_second: 1, output_tokens: 600 } }
`,
);

const ask = (model: string, stream: boolean) => ({
  method: "POST",
  headers: { "content-type": "application/json", connection: "close" },
  body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "hi" }] }),
});

test("SIGTERM: readiness goes first, with everything served; then connections are refused, GOAWAY, streams end, exit 0", async () => {
  const program = startProgram(["serve", "--config", config, "--port", "0", "--drain-delay-seconds", "3"]);
  const origin = await served(program);
  const port = Number(new URL(origin).port);
  const order: string[] = [];
  const grpc = new GrpcClient(port);
  const session = http2Connect(origin);
  session.once("goaway", () => order.push("goaway"));
  const stream = session.request({ ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json" });
  stream.end(ask("slow", true).body);
  stream.setEncoding("utf8");
  let text = "";
  stream.on("data", (chunk: string) => (text += chunk));
  const streamed = once(stream, "end").then(() => order.push("stream ended"));
  await once(stream, "response");
  assert.equal((await fetch(`${origin}/health/readiness`)).status, 200);

  program.child.kill("SIGTERM");
  await told(program, /SIGTERM: not ready any more, and in 3 s taking no new requests; those under way have 30 s to end/);
  const readiness = await fetch(`${origin}/health/readiness`);
  assert.equal(readiness.status, 503);
  await readiness.text();
  assert.equal((await grpc.unary("grpc.health.v1.Health/Check", {}))["status"], "NOT_SERVING");
  assert.equal((await fetch(`${origin}/health/liveness`)).status, 200);
  const reply = await fetch(`${origin}/v1/chat/completions`, ask("fast", false));
  assert.equal(reply.status, 200);
  await reply.text();
  order.push("served while not ready");

  await once(session, "goaway");
  const [error] = (await once(connect(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
  order.push(error.code ?? "");
  await streamed;
  assert.match(text, /data: \[DONE\]\s*$/);
  grpc.close();
  assert.equal(await program.exit, 0);
  assert.deepEqual(order, ["served while not ready", "goaway", "ECONNREFUSED", "stream ended"]);
});

test("what has not ended in time is cut, told and an exit code of 1", async () => {
  const program = startProgram(["serve", "--config", config, "--port", "0", "--drain-seconds", "1"]);
  const origin = await served(program);
  const reply = await fetch(`${origin}/v1/chat/completions`, ask("endless", true));
  program.child.kill("SIGTERM");
  await assert.rejects(reply.text());
  assert.equal(await program.exit, 1);
  assert.match(program.out(), /"dropped":1,"msg":"1 request that had not ended was cut"\}\n/);
});

test("a second signal does not wait for the delay", async () => {
  const program = startProgram(["serve", "--config", config, "--port", "0", "--drain-delay-seconds", "600"]);
  await served(program);
  program.child.kill("SIGTERM");
  await told(program, /not ready any more/);
  program.child.kill("SIGINT");
  assert.equal(await program.exit, 1);
  assert.match(program.out(), /SIGINT again: stopping at once/);
});
