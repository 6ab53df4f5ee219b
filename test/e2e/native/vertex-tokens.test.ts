import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "../../support/eventually.ts";
import { startService, type RunningTestService } from "../../support/start-service.ts";

const subjectToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmVk";

/** Google on this machine: hands out tokens for a workload, and serves Claude to who has one. */
class FakeGoogle {
  readonly server = createServer((request, response) => void this.#serve(request, response));
  /** How many were handed out. */
  tokens = 0;
  /** How many of the first are no longer good. */
  takenBack = 0;
  calls = 0;
  refused = 0;
  /** What a token waits for. */
  gate: Promise<unknown> = Promise.resolve();
  isBroken = false;

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url === "/token") this.#giveToken(new URLSearchParams(body), response);
    else this.#answer(request.headers.authorization, response);
  }

  #giveToken(form: URLSearchParams, response: ServerResponse): void {
    assert.equal(form.get("subject_token"), subjectToken);
    response.setHeader("content-type", "application/json");
    if (this.isBroken) {
      response.statusCode = 400;
      response.end(`{"error": "invalid_grant", "error_description": "no ${subjectToken} any more"}`);
      return;
    }
    const token = { access_token: `ya29.token-${++this.tokens}`, expires_in: 3_599, token_type: "Bearer", issued_token_type: "x" };
    void this.gate.then(() => response.end(JSON.stringify(token)));
  }

  #answer(authorization: string | undefined, response: ServerResponse): void {
    response.setHeader("content-type", "application/json");
    const number = Number(/^Bearer ya29\.token-(\d+)$/.exec(authorization ?? "")?.[1] ?? 0);
    if (number <= this.takenBack) {
      this.refused++;
      response.statusCode = 401;
      response.end(`{"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "${String(authorization)} is not valid"}}`);
      return;
    }
    this.calls++;
    const content = [{ type: "text", text: "hello" }];
    const usage = { input_tokens: 1, output_tokens: 1 };
    response.end(JSON.stringify({ id: "msg_vrtx_1", type: "message", role: "assistant", content, stop_reason: "end_turn", usage }));
  }
}

const folder = mkdtempSync(join(tmpdir(), "huntgroup-vertex-"));
after(() => rmSync(folder, { recursive: true }));
const subject = join(folder, "subject");
writeFileSync(subject, subjectToken);

describe("the tokens of Vertex AI", () => {
  let google: FakeGoogle;
  let service: RunningTestService | undefined;

  beforeEach(async () => {
    google = new FakeGoogle();
    google.server.listen(0, "127.0.0.1");
    await once(google.server, "listening");
  });

  afterEach(async () => {
    await service?.stop();
    service = undefined;
    google.server.close();
    google.server.closeAllConnections();
  });

  const credentials = (): string => {
    const path = join(folder, `${google.origin.slice(-5)}.json`);
    const workload = {
      type: "external_account",
      audience: "//iam.googleapis.com/x",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${google.origin}/token`,
      credential_source: { file: subject },
    };
    writeFileSync(path, JSON.stringify(workload));
    return path;
  };

  const yaml = (groups: readonly string[]): string => `
router_settings: {num_retries: 0, disable_cooldowns: true}
model_list:
${groups
  .map(
    (group) =>
      `  - {model_name: ${group}, litellm_params: {model: vertex_ai/claude-haiku-4-5, api_base: "${google.origin}", vertex_project: p, vertex_credentials: "${credentials()}"}}`,
  )
  .join("\n")}
`;

  const ask = async (group: string): Promise<{ readonly status: number; readonly body: string }> => {
    const response = await fetch(`${service?.origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: group, messages: [{ role: "user", content: "hi" }] }),
    });
    return { status: response.status, body: await response.text() };
  };

  it("are there for the first call, one for 500 calls at once and for all deployments", async () => {
    service = await startService(yaml(["one", "two"]), { threads: 1 });
    assert.equal(google.tokens, 1);
    const answers = await Promise.all(Array.from({ length: 500 }, (_, index) => ask(index % 2 === 0 ? "one" : "two")));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual([google.tokens, google.calls, google.refused], [1, 500, 0]);
  });

  it("keep the start waiting until they are there", async () => {
    const gate = Promise.withResolvers<undefined>();
    google.gate = gate.promise;
    let isUp = false;
    const starting = startService(yaml(["one"]), { threads: 1 }).then((started) => {
      isUp = true;
      return (service = started);
    });
    await eventually(async () => assert.equal(google.tokens, 1));
    assert.equal(isUp, false);
    gate.resolve(undefined);
    await starting;
    assert.equal((await ask("one")).status, 200);
  });

  it("are there before a deployment that a reload adds", async () => {
    service = await startService("model_list: [{model_name: other, litellm_params: {model: mock/m}}]", { threads: 1 });
    assert.equal(google.tokens, 0);
    await service.rewrite(yaml(["one"]));
    const reloaded = await service.operator.reload({ dryRun: false, discardChanges: false }, { who: "test", etag: undefined });
    assert.ok(reloaded.ok && reloaded.value.ok, JSON.stringify(reloaded));
    assert.equal(google.tokens, 1);
    assert.equal((await ask("one")).status, 200);
  });

  it("are shared with a deployment that is added at run time, and fetched before one of other credentials serves", async () => {
    const file = yaml(["one"]).replace(/vertex_credentials: "[^"]+"/, "vertex_credentials: os.environ/ONE_FILE");
    const env = { ONE_FILE: credentials(), OTHER_FILE: join(folder, "other.json") };
    copyFileSync(env.ONE_FILE, env.OTHER_FILE);
    service = await startService(`general_settings: {admin_env_allow: [OTHER_FILE]}\n${file}`, { threads: 1, env });
    const params = { model: "vertex_ai/claude-haiku-4-5", api_base: google.origin, vertex_project: "q" };
    for (const [group, variable, tokens] of [
      ["two", "ONE_FILE", 1],
      ["three", "OTHER_FILE", 2],
    ] as const) {
      const entry = { model_name: group, litellm_params: { ...params, vertex_credentials: `os.environ/${variable}` } };
      // oxlint-disable-next-line no-await-in-loop -- One change after the other.
      const added = await service.operator.addDeployment(entry, { who: "test", etag: undefined });
      assert.ok(added.ok, JSON.stringify(added));
      assert.equal(google.tokens, tokens);
      // oxlint-disable-next-line no-await-in-loop
      assert.equal((await ask(group)).status, 200);
    }
  });

  it("are fetched anew once when Google takes one back, and no caller hears of it", async () => {
    service = await startService(yaml(["one", "two"]), { threads: 1 });
    google.takenBack = 1;
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => ask(index % 2 === 0 ? "one" : "two")));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual([google.tokens, google.calls], [2, 100]);
    assert.ok(google.refused > 1);
  });

  it("are shown twice for a call at most, and callers hear of the second refusal without a secret", async () => {
    service = await startService(yaml(["one"]), { threads: 1 });
    google.takenBack = 2;
    const { status, body } = await ask("one");
    assert.equal(status, 502);
    assert.match(body, /was refused by its provider/);
    assert.doesNotMatch(body, /ya29/);
    assert.deepEqual([google.tokens, google.refused], [2, 2]);
    // A third one is not asked for so soon.
    assert.equal((await ask("one")).status, 502);
    assert.deepEqual([google.tokens, google.refused], [2, 3]);
  });

  it("are fetched by each thread for itself, before it serves", async () => {
    service = await startService(yaml(["one"]), { threads: 2 });
    assert.equal(google.tokens, 2);
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask("one")));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.equal(google.tokens, 2);
  });

  it("do not keep the program from starting where they cannot be had, and callers hear why without a secret", async () => {
    google.isBroken = true;
    service = await startService(yaml(["one"]), { threads: 1 });
    const { status, body } = await ask("one");
    assert.equal(status, 502);
    assert.match(body, /Could not get Google's access token/);
    assert.doesNotMatch(body, /eyJ/);
    google.isBroken = false;
    await eventually(async () => assert.equal((await ask("one")).status, 200));
  });
});
