import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Authority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Deployments whose certificates are good, bad and asked for, through the whole service. */

const authority = new Authority();
const good = authority.issue({ name: "localhost", dns: ["localhost"] });
const expired = authority.issue({ name: "localhost", dns: ["localhost"], notAfter: new Date("2021-01-01T00:00:00Z") });

async function provider(parties: Parties, certified: { cert: string; key: string }, hits: string[]): Promise<number> {
  const server = createSecureServer({ ...certified, allowHTTP1: true }, (request, response) => {
    hits.push(request.httpVersion);
    request.resume();
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: "well" }, finish_reason: "stop" }] }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  parties.add(server, (one) => void one.close());
  return (server.address() as AddressInfo).port;
}

describe("deployments over TLS", () => {
  const parties = new Parties();
  const hits: string[] = [];
  let service: RunningTestService;
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-upstream-tls-"));

  before(async () => {
    writeFileSync(join(folder, "ca.pem"), authority.cert);
    const ports = { good: await provider(parties, good, hits), expired: await provider(parties, expired, []) };
    const entry = (group: string, host: keyof typeof ports, id: string, more = ""): string =>
      `  - {model_name: ${group}, model_info: {id: ${id}}, litellm_params: {model: openai/m, api_key: k, ssl_verify: ${folder}/ca.pem, ` +
      `api_base: "https://localhost:${ports[host]}/v1"${more}}}\n`;
    const list = [
      entry("both", "expired", "both-expired", ", order: 1"),
      entry("both", "good", "both-good", ", order: 2"),
      entry("alone", "expired", "alone-expired"),
      entry("h2", "good", "h2-good", ", http2: true"),
    ];
    service = await parties.service(
      `model_list:\n${list.join("")}router_settings: {num_retries: 2, retry_after: 0, allowed_fails: 1, cooldown_time: 60}\n`,
      { threads: 1 },
    );
  });
  after(async () => {
    await parties.end();
    rmSync(folder, { recursive: true });
  });

  const ask = (model: string): Promise<Response> =>
    fetch(`${service.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }], num_retries: 0 }),
    });

  test("an expired certificate is an error of the connection, in words and without a stack", async () => {
    const reply = await ask("alone");
    const text = await reply.text();
    assert.equal(reply.status, 502, text);
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    assert.equal(error.code, "upstream_unreachable");
    assert.match(error.message, /alone-expired: its certificate has expired \(CERT_HAS_EXPIRED\)/);
    assert.doesNotMatch(text, /node:|\bat \w+ \(|\.ts\b/);
  });

  test("a deployment whose certificate has expired cools down, and its sibling serves", async () => {
    for (let call = 0; call < 4; call++) assert.equal((await ask("both")).status, 200);
    const sick = service.operator.deployments("both").find(({ id }) => id === "both-expired");
    assert.equal(sick?.eligibility, "cooling_down");
    assert.match(sick?.lastError?.message ?? "", /CERT_HAS_EXPIRED/);
  });

  test("a deployment with http2 is asked by HTTP/2", async () => {
    hits.length = 0;
    const reply = await ask("h2");
    assert.match(await reply.text(), /well/);
    assert.deepEqual(hits, ["2.0"]);
  });
});

for (const threads of [1, 2]) {
  test(`renewed authorities of a deployment count without a restart, with ${threads} threads`, async () => {
    const parties = new Parties();
    const folder = mkdtempSync(join(tmpdir(), "huntgroup-renewed-ca-"));
    const ca = join(folder, "ca.pem");
    try {
      writeFileSync(ca, new Authority("Old").cert);
      const port = await provider(parties, good, []);
      const params = `{model: openai/m, api_key: k, ssl_verify: ${ca}, api_base: "https://localhost:${port}/v1"}`;
      const settings = "{num_retries: 0, disable_cooldowns: true}";
      const service = await parties.service(`model_list: [{model_name: m, litellm_params: ${params}}]\nrouter_settings: ${settings}\n`, {
        watch: true,
        threads,
      });
      const statuses = async (): Promise<ReadonlySet<number>> => {
        const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] });
        const headers = { "content-type": "application/json", connection: "close" };
        const url = `${service.origin}/v1/chat/completions`;
        const replies = Array.from({ length: 8 }, async () => (await fetch(url, { method: "POST", headers, body })).status);
        return new Set(await Promise.all(replies));
      };
      assert.deepEqual(await statuses(), new Set([502]));
      writeFileSync(ca, authority.cert);
      await eventually(async () => assert.equal(service.reloads.length, 1));
      assert.deepEqual(await statuses(), new Set([200]));
    } finally {
      await parties.end();
      rmSync(folder, { recursive: true });
    }
  });
}
