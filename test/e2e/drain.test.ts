import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
    litellm_params: { model: mock/slow }
  - model_name: endless
    litellm_params: { model: mock/m, mock: { first_token_ms: 1, tokens_per_second: 1, output_tokens: 600 } }
`,
);

const ask = (model: string, stream: boolean) => ({
  method: "POST",
  headers: { "content-type": "application/json", connection: "close" },
  body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "hi" }] }),
});

/**
 * Stops a program while a stream runs that ends 2 s after the delay.
 * @returns What happened, in its order; undefined where the machine was too slow to see anything within the delay.
 */
async function stopped(delaySeconds: number): Promise<readonly string[] | undefined> {
  const slow = { first_token_ms: 1, tokens_per_second: 10, output_tokens: 10 * (delaySeconds + 2) };
  const slowConfig = join(folder, `slow-${delaySeconds}.yaml`);
  writeFileSync(slowConfig, readFileSync(config, "utf8").replace("mock/slow", `mock/m, mock: ${JSON.stringify(slow)}`));
  const program = startProgram(["serve", "--config", slowConfig, "--port", "0", "--drain-delay-seconds", String(delaySeconds)]);
  const origin = await served(program);
  const port = Number(new URL(origin).port);
  const order: string[] = [];
  const grpc = new GrpcClient(port);
  const session = http2Connect(origin);
  const left = once(session, "goaway").then(() => order.push("goaway"));
  const stream = session.request({ ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json" });
  stream.end(ask("slow", true).body);
  stream.setEncoding("utf8");
  let text = "";
  stream.on("data", (chunk: string) => (text += chunk));
  const streamed = once(stream, "end").then(() => order.push("stream ended"));
  await once(stream, "response");
  assert.equal((await fetch(`${origin}/health/readiness`)).status, 200);

  const signalledAt = performance.now();
  program.child.kill("SIGTERM");
  await told(
    program,
    new RegExp(`SIGTERM: not ready any more, and in ${delaySeconds} s taking no new requests; those under way have 30 s to end`),
  );
  const isServed = async () => {
    const readiness = await fetch(`${origin}/health/readiness`);
    assert.equal(readiness.status, 503);
    await readiness.text();
    assert.equal((await grpc.unary("grpc.health.v1.Health/Check", {}))["status"], "NOT_SERVING");
    assert.equal((await fetch(`${origin}/health/liveness`)).status, 200);
    const reply = await fetch(`${origin}/v1/chat/completions`, ask("fast", false));
    assert.equal(reply.status, 200);
    await reply.text();
    order.push("served while not ready");
  };
  const failure = await isServed().then(
    () => undefined,
    (error: Error) => error,
  );
  const isInTime = performance.now() - signalledAt < delaySeconds * 1_000;
  if (isInTime && failure !== undefined) throw failure;

  await left;
  const [error] = (await once(connect(port, "127.0.0.1"), "error")) as [NodeJS.ErrnoException];
  order.push(error.code ?? "");
  await streamed;
  assert.match(text, /data: \[DONE\]\s*$/);
  grpc.close();
  assert.equal(await program.exit, 0);
  return isInTime ? order : undefined;
}

test("SIGTERM: readiness goes first, with everything served; then connections are refused, GOAWAY, streams end, exit 0", async () => {
  let order: readonly string[] | undefined;
  for (let delaySeconds = 3; order === undefined; delaySeconds *= 3) order = await stopped(delaySeconds);
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
