import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { RouterError } from "../../../src/core/errors.ts";
import type { DeploymentParams, JsonMembers, ProviderAdapter } from "../../../src/core/provider.ts";
import { CredentialStore } from "../../../src/providers/credentials/credential-store.ts";
import type { OpenClient } from "../../../src/providers/vertex_ai/google-token.ts";
import { createVertexAi } from "../../../src/providers/vertex_ai/index.ts";
import { callOf } from "../../formats/openai/support.ts";
import { chatCall } from "../../formats/kit/chat/support.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { encoded, paramsOf, type Setup } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-vertex-"));
after(() => rmSync(folder, { recursive: true }));

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const secretKey = privateKey.export({ type: "pkcs8", format: "pem" });
const serviceAccount = {
  type: "service_account",
  project_id: "of-the-key",
  private_key_id: "kid-0123456789",
  private_key: secretKey,
  client_email: "router@of-the-key.example",
};

describe("a deployment on Vertex AI", () => {
  it("signs its requests with a token, at its project's address", async () => {
    const { adapter, begin } = connected({ vertex_project: "p1", vertex_location: "europe-west4", vertex_credentials: serviceAccount });
    await begin();
    const { origin, path, headers } = encoded(adapter, chatCall({}), model);
    assert.equal(origin, "https://europe-west4-aiplatform.googleapis.com");
    assert.match(path, /^\/v1\/projects\/p1\/locations\/europe-west4\/publishers\/anthropic\/models\/claude-opus-4-5:rawPredict$/);
    assert.equal(headers["authorization"], "Bearer token-1");
  });

  for (const [kind, credentials] of [
    ["a map", serviceAccount],
    ["a text", JSON.stringify(serviceAccount)],
    ["a file", file("key.json", JSON.stringify(serviceAccount))],
  ] as const) {
    it(`takes credentials as ${kind}, and their project where none is configured`, async () => {
      const { adapter, begin, opened } = connected({ vertex_credentials: credentials });
      await begin();
      assert.match(encoded(adapter, chatCall({}), model).path, /^\/v1\/projects\/of-the-key\/locations\/us-central1\//);
      assert.deepEqual(opened, [serviceAccount]);
    });
  }

  it("takes the file that the environment names, and the environment's project and location", async () => {
    const environment = {
      GOOGLE_APPLICATION_CREDENTIALS: file("adc.json", JSON.stringify({ ...serviceAccount, type: "authorized_user" })),
      VERTEXAI_PROJECT: "p2",
      VERTEX_LOCATION: "eu",
    };
    const { adapter, begin, opened } = connected({}, { environment });
    await begin();
    const { origin, path } = encoded(adapter, chatCall({}), model);
    assert.match(`${origin}${path}`, /^https:\/\/aiplatform\.eu\.rep\.googleapis\.com\/v1\/projects\/p2\/locations\/eu\//);
    assert.equal(opened[0]?.["type"], "authorized_user");
  });

  it("takes what the machine has where nothing names credentials", async () => {
    const { adapter, begin, opened } = connected({ vertex_project: "p1" });
    await begin();
    assert.equal(encoded(adapter, chatCall({}), model).headers["authorization"], "Bearer token-1");
    assert.deepEqual(opened, [undefined]);
  });

  it("says what is missing where neither the configuration nor the credentials name a project", async () => {
    const { adapter, begin } = connected({});
    await begin();
    const error = adapter.encode(chatCall({}), model);
    assert.ok(error instanceof RouterError);
    assert.match(error.message, /set vertex_project/);
  });

  it("sends a key, or a header of one's own, in place of a token", () => {
    const withKey = connected({ vertex_project: "p1" }, { apiKey: "key-0123456789" });
    assert.equal(withKey.adapter.credentials, undefined);
    assert.equal(encoded(withKey.adapter, chatCall({}), model).headers["x-goog-api-key"], "key-0123456789");
    const own = connected({ vertex_project: "p1" }, { extraHeaders: { Authorization: "Bearer mine" } });
    assert.equal(encoded(own.adapter, chatCall({}), model).headers["authorization"], "Bearer mine");
  });

  it("has one token fetched for 500 calls at once and for all deployments of the same credentials", async () => {
    const supply = setUp();
    const adapters = Array.from({ length: 20 }, () => supply.connect({ vertex_project: "p1", vertex_credentials: serviceAccount }));
    await Promise.all(adapters.map(async (adapter) => adapter.credentials?.begin()));
    const sent = Array.from({ length: 500 }, (_, index) => encoded(adapters[index % 20] as ProviderAdapter, chatCall({}), model));
    assert.deepEqual(new Set(sent.map(({ headers }) => headers["authorization"])), new Set(["Bearer token-1"]));
    assert.equal(supply.opened.length, 1);
  });

  it("has a token that Google refuses fetched anew, once for all that it was refused to", async () => {
    const { adapter, begin, clock, opened } = connected({ vertex_project: "p1", vertex_credentials: serviceAccount });
    await begin();
    encoded(adapter, chatCall({}), model);
    const body = Buffer.from('{"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "Request had token-1, which is no good"}}');
    for (let call = 0; call < 500; call++) {
      const error = adapter.decodeError(401, {}, body);
      assert.equal(error.code, "upstream_auth");
      assert.doesNotMatch(JSON.stringify([error.message, error.upstream]), /token-1/);
    }
    clock.advance(0);
    await turn();
    assert.equal(encoded(adapter, chatCall({}), model).headers["authorization"], "Bearer token-2");
    assert.equal(opened.length, 2);
  });

  it("goes on with its token until its end where no new one comes", async () => {
    const { adapter, begin, clock, fail } = connected({ vertex_project: "p1", vertex_credentials: serviceAccount });
    await begin();
    fail(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    await advance(clock, 56);
    assert.equal(encoded(adapter, chatCall({}), model).headers["authorization"], "Bearer token-1");
    await advance(clock, 4);
    const error = adapter.encode(chatCall({}), model);
    assert.ok(error instanceof RouterError);
    assert.deepEqual([error.code, error.message], ["upstream_unreachable", "Could not get Google's access token: connect ECONNREFUSED"]);
  });

  it("never tells what its credentials are made from", async () => {
    const { begin, fail } = connected({ vertex_project: "p1", vertex_credentials: serviceAccount });
    fail(Object.assign(new Error(`invalid_grant for ${secretKey} kid-0123456789`), { response: { status: 400 } }));
    const failure = await begin();
    assert.equal(failure?.code, "upstream_auth");
    assert.doesNotMatch(failure.message, /PRIVATE|kid-0123456789/);
    assert.match(failure.message, /invalid_grant/);
  });

  for (const [reason, credentials, words] of [
    ["is not there", join(folder, "nowhere.json"), "cannot be read (ENOENT)"],
    ["is no JSON", file("text.json", "secret words"), "holds none of Google's"],
    ["is of another kind", file("other.json", '{"type": "x"}'), "holds none of Google's"],
  ] as const) {
    it(`says so where the file ${reason}, without its name and content`, async () => {
      const failure = await connected({ vertex_project: "p1", vertex_credentials: credentials }).begin();
      assert.equal(failure?.message, `Could not get Google's access token: the file with the credentials ${words}`);
    });
  }

  for (const [settings, problem] of [
    [{ vertex_credentials: { type: "none" } }, "vertex_credentials"],
    [{ vertex_credentials: '{"type": "service' }, "vertex_credentials"],
    [{ vertex_credentials: 7 }, "vertex_credentials"],
    [{ vertex_location: "evil.example/" }, "vertex_location"],
    [{ vertex_location: ["eu"] }, "vertex_location"],
    [{ vertex_project: "p/../../q" }, "vertex_project"],
    [{ use_psc_endpoint_format: true }, "use_psc_endpoint_format"],
  ] as const) {
    it(`refuses ${JSON.stringify(settings)}`, () => {
      assert.deepEqual(setUp().problems(settings), [problem]);
    });
  }

  it("uses nothing of the machine's where it may not", () => {
    const problems = setUp().problems({ vertex_project: "p1" }, { mayUse: () => false });
    assert.deepEqual(problems, ["vertex_credentials"]);
  });

  it("is at the only place that has its model, where nobody says where", async () => {
    const facts = { modelFact: (_model: string, name: string) => (name === "supported_regions" ? ["global"] : undefined) };
    const { adapter } = connected({ vertex_project: "p1" }, { ...facts, apiKey: "key-0123456789" });
    assert.equal(adapter.origin, "https://aiplatform.googleapis.com");
    const told = connected({ vertex_project: "p1", vertex_location: "us-east5" }, { ...facts, apiKey: "key-0123456789" });
    assert.equal(told.adapter.origin, "https://us-east5-aiplatform.googleapis.com");
  });
});

describe("Claude on Vertex AI", () => {
  it("has its version in the body, and no model", () => {
    const { headers, body } = send({ max_tokens: 10, stream: true, service_tier: "auto" });
    assert.deepEqual(body, {
      anthropic_version: "vertex-2023-10-16",
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      max_tokens: 10,
      stream: true,
    });
    assert.equal(headers["anthropic-version"], undefined);
    assert.equal(headers["anthropic-beta"], undefined);
  });

  it("has betas in the body, those that are for the header there, and none that Google does not know", () => {
    const asked = ["context-1m-2025-08-07", "extended-cache-ttl-2025-04-11", "mcp-servers-2025-12-04"];
    const { headers, body } = send({ anthropic_beta: asked });
    assert.deepEqual(body["anthropic_beta"], ["context-1m-2025-08-07"]);
    assert.equal(headers["anthropic-beta"], "extended-cache-ttl-2025-04-11");
  });

  it("says in the header that it searches the web", () => {
    assert.equal(send({ web_search_options: {} }).headers["anthropic-beta"], "web-search-2025-03-05");
    const tools = [{ type: "web_search_20250305", name: "web_search" }];
    assert.equal(send({ tools }).headers["anthropic-beta"], "web-search-2025-03-05");
  });
});

describe("Gemini on Vertex AI", () => {
  const withKey = { apiKey: "key-0123456789" };

  it("is asked by generateContent", () => {
    const { adapter } = connected({ vertex_project: "p1" }, { ...withKey, model: "gemini-3-flash" });
    const { path, body } = encoded(adapter, chatCall({ stream: true }), "gemini-3-flash");
    assert.match(path, /\/publishers\/google\/models\/gemini-3-flash:streamGenerateContent\?alt=sse$/);
    const { contents } = JSON.parse(Buffer.concat(body).toString()) as JsonMembers;
    assert.deepEqual(contents, [{ role: "user", parts: [{ text: "hi" }] }]);
  });

  it("embeds by predictions", () => {
    const { adapter } = connected({ vertex_project: "p1" }, { ...withKey, model: "text-embedding-005" });
    const call = callOf({ model: "e", input: ["one", "two"], dimensions: 8 }, "embeddings");
    const { path, body } = encoded(adapter, call, "text-embedding-005");
    assert.match(path, /\/text-embedding-005:predict$/);
    const instances = [{ content: "one" }, { content: "two" }];
    assert.deepEqual(JSON.parse(Buffer.concat(body).toString()), { instances, parameters: { outputDimensionality: 8 } });
  });

  it("embeds one text at a time by its newer models, and asks a sibling for several", () => {
    const name = "gemini-embedding-2";
    const { adapter } = connected({ vertex_project: "p1" }, { ...withKey, model: name });
    const { path, body } = encoded(adapter, callOf({ model: "e", input: "one", dimensions: 8 }, "embeddings"), name);
    assert.match(path, /\/gemini-embedding-2:embedContent$/);
    assert.deepEqual(JSON.parse(Buffer.concat(body).toString()), {
      content: { parts: [{ text: "one" }] },
      embedContentConfig: { outputDimensionality: 8 },
    });
    const several = callOf({ model: "e", input: ["one", "two"] }, "embeddings");
    const refused = adapter.encode(several, name);
    assert.ok(refused instanceof RouterError);
    assert.deepEqual([refused.code, refused.param], ["cannot_serve_this", "input"]);
    const reply = adapter.decodeReply(
      callOf({ model: "e", input: "one" }, "embeddings"),
      {},
      Buffer.from('{"embedding": {"values": [0.5, -1]}}'),
    );
    assert.ok(!(reply instanceof RouterError));
    assert.match(reply.body.toString(), /"embedding":\[0\.5,-1\]/);
  });
});

describe("a deployment for all models of Vertex AI", () => {
  it("speaks to each in its own format, and reads its answer so", () => {
    const { adapter } = connected({ vertex_project: "p1" }, { apiKey: "key-0123456789", model: "*" });
    assert.equal(adapter.origin, "https://us-central1-aiplatform.googleapis.com");
    const answers = {
      "claude-opus-4-5": { type: "message", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn" },
      "gemini-3-flash": { candidates: [{ content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP" }] },
      "meta/llama-3.3": { choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }] },
    };
    const calls = Object.entries(answers).map(([name, answer]) => ({ name, answer, call: chatCall({}) }));
    const paths = calls.map(({ name, call }) => encoded(adapter, call, name).path.replace(/^.*us-central1/, ""));
    assert.deepEqual(paths, [
      "/publishers/anthropic/models/claude-opus-4-5:rawPredict",
      "/publishers/google/models/gemini-3-flash:generateContent",
      "/endpoints/openapi/chat/completions",
    ]);
    for (const { call, answer } of calls) {
      const reply = adapter.decodeReply(call, {}, Buffer.from(JSON.stringify(answer)));
      assert.ok(!(reply instanceof RouterError));
      assert.match(reply.body.toString(), /"content":"hello"/);
    }
  });

  it("fetches one token for all", async () => {
    const { adapter, begin, opened } = connected({ vertex_project: "p1" }, { model: "*" });
    await begin();
    for (const name of ["claude-opus-4-5", "gemini-3-flash"]) {
      assert.equal(encoded(adapter, chatCall({}), name).headers["authorization"], "Bearer token-1");
    }
    assert.equal(opened.length, 1);
  });
});

describe("models of others on Vertex AI", () => {
  for (const [address, name] of [
    ["meta/llama-3.3-70b-instruct-maas", "meta/llama-3.3-70b-instruct-maas"],
    ["mistralai/codestral-2@001", "codestral-2"],
    ["jamba-1.5-large@001", "jamba-1.5-large"],
  ] as const) {
    it(`are asked in OpenAI's format as ${name}`, () => {
      const { adapter } = connected({ vertex_project: "p1" }, { apiKey: "key-0123456789", model: address });
      const body = JSON.parse(Buffer.concat(encoded(adapter, chatCall({}), address).body).toString()) as JsonMembers;
      assert.equal(body["model"], name);
      assert.deepEqual(body["messages"], [{ role: "user", content: "hi" }]);
    });
  }
});

const model = "claude-opus-4-5";

async function advance(clock: FakeClock, minutes: number): Promise<void> {
  for (let seconds = 0; seconds < minutes * 60; seconds++) {
    clock.advance(1_000);
    // oxlint-disable-next-line no-await-in-loop -- Each renewal begins when the one before has ended.
    await turn();
  }
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a deployment of Claude sends. */
function send(members: JsonMembers) {
  const { adapter } = connected({ vertex_project: "p1" }, { apiKey: "key-0123456789" });
  const { headers, body } = encoded(adapter, chatCall(members), model);
  return { headers, body: JSON.parse(Buffer.concat(body).toString()) as JsonMembers };
}

/** Vertex AI with tokens that are made up here. */
function setUp() {
  const clock = new FakeClock();
  const opened: (JsonMembers | undefined)[] = [];
  let failure: Error | undefined;
  const openClient: OpenClient = async (json) => {
    opened.push(json);
    if (failure !== undefined) throw failure;
    const token = `token-${opened.length}`;
    return {
      client: { getAccessToken: async () => ({ token }), credentials: { expiry_date: clock.wallTime() + 3_600_000 } },
      project: async () => json?.["project_id"] as string | undefined,
    };
  };
  const plugin = createVertexAi(new CredentialStore(clock), openClient);
  const tryConnect = (settings: JsonMembers, more: Partial<Setup> & Partial<DeploymentParams> = {}) =>
    plugin.connect({
      ...paramsOf({ address: "", apiKey: undefined, model, setting: (name) => settings[name], ...more }),
      prefix: "vertex_ai",
    });
  return {
    clock,
    opened,
    fail: (error: Error) => void (failure = error),
    connect(settings: JsonMembers, more?: Partial<Setup>): ProviderAdapter {
      const result = tryConnect(settings, more);
      assert.ok(result.ok, JSON.stringify(result));
      return result.value;
    },
    problems(settings: JsonMembers, more?: Partial<Setup>): readonly string[] {
      const result = tryConnect(settings, more);
      assert.ok(!result.ok, "it was accepted");
      assert.doesNotMatch(JSON.stringify(result.error), /secret|"type":/);
      return result.error.map(({ key }) => key);
    },
  };
}

function connected(settings: JsonMembers, more?: Partial<Setup>) {
  const supply = setUp();
  const adapter = supply.connect(settings, more);
  return { ...supply, adapter, begin: async () => adapter.credentials?.begin() };
}
