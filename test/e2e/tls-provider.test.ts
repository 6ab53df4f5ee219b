import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { served, startProgram } from "../support/program.ts";

const fixtures = join(import.meta.dirname, "../fixtures/tls");
const certificate = join(fixtures, "cert.pem");

test("a provider is called over TLS, whole and streamed, on connections that are used again", async () => {
  let connections = 0;
  const names = new Set<unknown>();
  const host = createServer({ cert: readFileSync(certificate), key: readFileSync(join(fixtures, "key.pem")) }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { stream } = JSON.parse(body) as { stream?: boolean };
      if (stream !== true) {
        response.setHeader("content-type", "application/json");
        response.end(
          JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: "over TLS" }, finish_reason: "stop" }] }),
        );
        return;
      }
      response.setHeader("content-type", "text/event-stream");
      const chunk = { choices: [{ index: 0, delta: { content: "over TLS" }, finish_reason: "stop" }] };
      response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
    });
  });
  host.on("secureConnection", (socket: { readonly servername?: unknown }) => {
    connections++;
    names.add(socket.servername);
  });
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  after(() => host.close());
  const { port } = host.address() as AddressInfo;
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-tls-"));
  after(() => rmSync(folder, { recursive: true }));
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    `model_list: [{model_name: m, litellm_params: {model: openai/m, api_base: "https://localhost:${port}/v1", api_key: x}}]\nrouter_settings: {num_retries: 0}\n`,
  );
  const program = startProgram(["serve", "--config", config, "--port", "0"], { NODE_EXTRA_CA_CERTS: certificate });
  after(() => program.child.kill("SIGKILL"));
  const origin = await served(program);
  const ask = async (stream: boolean, size: number): Promise<void> => {
    const reply = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: "x".repeat(size) }] }),
    });
    assert.equal(reply.status, 200);
    assert.match(await reply.text(), stream ? /over TLS[^]*\[DONE\]/ : /over TLS/);
  };
  for (const size of [10, 5_000, 100_000, 10]) await ask(false, size);
  assert.equal(connections, 1);
  for (const size of [10, 100_000]) await ask(true, size);
  assert.deepEqual([...names], ["localhost"]);
  program.child.kill("SIGTERM");
  assert.equal(await program.exit, 0);
});
