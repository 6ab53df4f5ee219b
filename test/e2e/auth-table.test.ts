import { create, fromJson, toBinary } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { SignJWT } from "jose";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { HealthCheckRequestSchema } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflectionRequestSchema } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ListDeploymentsRequestSchema } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatCompletionRequestSchema } from "../../gen/huntgroup/v1/chat_pb.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { keyRecord } from "../support/authenticator-of.ts";
import { ask, errorOf, type HttpAnswer } from "../support/http-client.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { chatChunk, sse } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import { rawGrpc } from "../support/raw-grpc.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { TokenIssuer } from "../support/token-issuer.ts";

const masterKey = "sk-master-fedcba9876543210";
const clientKey = "sk-client-0123456789";
const restrictedKey = "sk-restricted-0123456789";

const config = (jwksUrl: string, maxFailedAttempts: number): string => `
model_list:
  - {model_name: open, litellm_params: {model: mock/open}, model_info: {id: open-id}}
  - {model_name: closed, litellm_params: {model: mock/closed}, model_info: {id: closed-id}}
general_settings:
  master_key: ${masterKey}
  max_failed_attempts: ${maxFailedAttempts}
  litellm_key_header_name: X-Own-Key
  jwt:
    issuer: ${TokenIssuer.issuer}
    audience: ${TokenIssuer.audience}
    jwks_url: ${jwksUrl}
    keys: {alice: client, rita: restricted, gone: revoked}
keys:
  - {name: client, sha256: ${sha256(clientKey).toUpperCase()}}
  - {name: restricted, sha256: ${sha256(restrictedKey)}, models: [open]}
  - {name: old, sha256: ${sha256("sk-expired")}, expires: 2020-01-01T00:00:00Z}
`;

/** What each door says to the same thing. */
const verdicts = {
  ok: { http: 200, code: undefined, grpc: 0 },
  unauthenticated: { http: 401, code: "unauthenticated", grpc: Code.Unauthenticated },
  denied: { http: 403, code: "permission_denied", grpc: Code.PermissionDenied },
  unknown: { http: 404, code: "not_found", grpc: Code.NotFound },
  later: { http: 429, code: "resource_exhausted", grpc: Code.ResourceExhausted },
} as const;
type Verdict = keyof typeof verdicts;

type Headers = Readonly<Record<string, string>>;

interface Attempt {
  readonly title: string;
  readonly headers: Headers;
  readonly expected: Verdict;
  /** `chat` where nothing else is said. */
  readonly method?: "chat" | "admin" | "health";
  readonly model?: string;
  readonly fallbacks?: readonly string[];
  /** The answer is the one and only answer to keys that are not valid. */
  readonly sameText?: true;
}

const bearer = (key: string): Headers => ({ authorization: `Bearer ${key}` });
const invalid = (title: string, key: string): Attempt => ({ title, headers: bearer(key), expected: "unauthenticated", sameText: true });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The headers beside `authorization` that hold keys here, as their clients spell them. */
const otherHeaders = ["X-Own-Key", "x-litellm-api-key", "x-api-key", "api-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key"];

/** Attempts with keys. */
const keyAttempts: readonly Attempt[] = [
  { title: "no key", headers: {}, expected: "unauthenticated" },
  { title: "the master key", headers: bearer(masterKey), expected: "ok" },
  { title: "a client's key", headers: bearer(clientKey), expected: "ok" },
  { title: "a key behind a small bearer", headers: { authorization: `bearer ${clientKey}` }, expected: "ok" },
  { title: "a key alone in authorization", headers: { authorization: clientKey }, expected: "ok" },
  { title: "a key in api-key", headers: { "api-key": clientKey }, expected: "ok" },
  { title: "a key in x-api-key", headers: { "x-api-key": clientKey }, expected: "ok" },
  invalid("a wrong key", "sk-wrong"),
  invalid("an expired key", "sk-expired"),
  invalid("a revoked key", "sk-revoked"),
  invalid("a key that was rotated out", "sk-rotated-out"),
  { title: "a rotated key's earlier secret within its overlap", headers: bearer("sk-overlapping"), expected: "ok" },
  { title: "a rotated key's new secret", headers: bearer("sk-new"), expected: "ok" },
  invalid("the digest of a key", sha256(clientKey)),
  invalid("a part of a key", clientKey.slice(0, -1)),
  invalid("a key and more", `${clientKey}0`),
  invalid("a key in capitals", clientKey.toUpperCase()),
  invalid("a key in quotes", `"${clientKey}"`),
  invalid("two keys with a comma", `${clientKey}, ${masterKey}`),
  invalid("a percent-encoded key", clientKey.replaceAll("-", "%2D")),
  invalid("a key in base64", base64(clientKey)),
  invalid("bytes that are no UTF-8", "\u00ff\u00fe\u0080"),
  invalid("UTF-8 beyond ASCII", Buffer.from("schlüssel", "utf8").toString("latin1")),
  { title: "an empty bearer", headers: { authorization: "Bearer " }, expected: "unauthenticated" },
  { title: "a bearer and nothing", headers: { authorization: "Bearer" }, expected: "unauthenticated" },
  { title: "an empty api-key", headers: { "api-key": "" }, expected: "unauthenticated" },
  {
    title: "Basic with a key as password",
    headers: { authorization: `Basic ${base64(`user:${clientKey}`)}` },
    expected: "unauthenticated",
  },
  { title: "Basic with a key as it is", headers: { authorization: `Basic ${clientKey}` }, expected: "unauthenticated" },
  { title: "Digest", headers: { authorization: `Digest username="a", response="${clientKey}"` }, expected: "unauthenticated" },
  { title: "9,000 bytes", headers: bearer("x".repeat(9_000)), expected: "unauthenticated" },
  { title: "9,000 bytes that begin with a key", headers: bearer(clientKey + "x".repeat(9_000)), expected: "unauthenticated" },
  {
    title: "both headers, authorization right and api-key wrong",
    headers: { ...bearer(clientKey), "api-key": "sk-wrong" },
    expected: "ok",
  },
  ...otherHeaders.flatMap((name): Attempt[] => [
    { title: `a client's key in ${name}`, headers: { [name]: clientKey }, expected: "ok" },
    { title: `authorization wrong and ${name} right`, headers: { ...bearer("sk-wrong"), [name]: clientKey }, expected: "ok" },
    // Without the blank, which HTTP/2 does not let through.
    { title: `authorization empty and ${name} right`, headers: { authorization: "Bearer", [name]: clientKey }, expected: "ok" },
    { title: `Basic and ${name} right`, headers: { authorization: "Basic dXNlcjpwYXNz", [name]: clientKey }, expected: "ok" },
    {
      title: `an operator's method, authorization wrong and ${name} the master key`,
      method: "admin",
      headers: { ...bearer("sk-wrong"), [name]: masterKey },
      expected: "ok",
    },
    {
      title: `an operator's method, authorization a client's and ${name} the master key`,
      method: "admin",
      headers: { ...bearer(clientKey), [name]: masterKey },
      expected: "denied",
    },
    {
      title: `both wrong, authorization and ${name}`,
      headers: { ...bearer("sk-wrong"), [name]: "sk-wrong-too" },
      expected: "unauthenticated",
      sameText: true,
    },
  ]),
  { title: "a key in a header that is not configured", headers: { "x-some-key": clientKey }, expected: "unauthenticated" },
  { title: "a restricted key for its model", headers: bearer(restrictedKey), expected: "ok" },
  { title: "a restricted key for another model", headers: bearer(restrictedKey), expected: "denied", model: "closed" },
  { title: "a restricted key for no model at all", headers: bearer(restrictedKey), expected: "denied", model: "nonesuch" },
  { title: "a restricted key for a deployment by its id", headers: bearer(restrictedKey), expected: "denied", model: "open-id" },
  { title: "a restricted key for a deployment by its address", headers: bearer(restrictedKey), expected: "denied", model: "mock/open" },
  { title: "a restricted key with a fallback elsewhere", headers: bearer(restrictedKey), expected: "denied", fallbacks: ["closed"] },
  { title: "a restricted key with a fallback that it may use", headers: bearer(restrictedKey), expected: "ok", fallbacks: ["open"] },
  { title: "an unrestricted key for no model at all", headers: bearer(clientKey), expected: "unknown", model: "nonesuch" },
  { title: "an operator's method without a key", method: "admin", headers: {}, expected: "unauthenticated" },
  {
    title: "an operator's method with a wrong key",
    method: "admin",
    headers: bearer("sk-wrong"),
    expected: "unauthenticated",
    sameText: true,
  },
  {
    title: "an operator's method with an expired key",
    method: "admin",
    headers: bearer("sk-expired"),
    expected: "unauthenticated",
    sameText: true,
  },
  { title: "an operator's method with a client's key", method: "admin", headers: bearer(clientKey), expected: "denied" },
  { title: "an operator's method with the master key", method: "admin", headers: bearer(masterKey), expected: "ok" },
  { title: "the health without a key", method: "health", headers: {}, expected: "ok" },
  { title: "the health with a wrong key", method: "health", headers: bearer("sk-wrong"), expected: "ok" },
];

/** What the REST door alone has, asked by GET. */
interface PageAttempt extends Attempt {
  readonly path: string;
}

/** Attempts to look at the router. */
const pageAttempts: readonly PageAttempt[] = [
  ...["/metrics", "/router/settings", "/health?model=open"].flatMap((path): PageAttempt[] => [
    { path, title: `${path} without a key`, headers: {}, expected: "unauthenticated" },
    { path, ...invalid(`${path} with a wrong key`, "sk-wrong") },
    { path, ...invalid(`${path} with an expired key`, "sk-expired") },
    { path, title: `${path} with a client's key`, headers: bearer(clientKey), expected: "denied" },
    { path, title: `${path} with the master key`, headers: bearer(masterKey), expected: "ok" },
  ]),
  ...["/model/info", "/model_group/info"].flatMap((path): PageAttempt[] => [
    { path, title: `${path} without a key`, headers: {}, expected: "unauthenticated" },
    { path, ...invalid(`${path} with a wrong key`, "sk-wrong") },
    { path, title: `${path} with a client's key`, headers: bearer(clientKey), expected: "ok" },
    { path, title: `${path} with the master key`, headers: bearer(masterKey), expected: "ok" },
  ]),
  {
    path: "/model/info?litellm_model_id=closed-id",
    title: "the information on a deployment that the key may not use",
    headers: bearer(restrictedKey),
    expected: "unknown",
  },
  { path: "/console/", title: "the console's page without a key", headers: {}, expected: "ok" },
  { path: "/console/", title: "the console's page with a wrong key", headers: bearer("sk-wrong"), expected: "ok" },
];

/** Attempts with tokens. */
async function tokenAttempts(issuer: TokenIssuer, stranger: TokenIssuer): Promise<readonly Attempt[]> {
  const now = Date.now();
  const good = await issuer.token("alice", now);
  const [head = "", payload = "", signature = ""] = good.split(".");
  const claims = { iss: TokenIssuer.issuer, aud: TokenIssuer.audience, sub: "alice", exp: Math.floor(now / 1_000) + 3_600 };
  const symmetric = new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "key-1" });
  return [
    { title: "a token", headers: bearer(good), expected: "ok" },
    { title: "a token again", headers: bearer(good), expected: "ok" },
    { title: "a token in api-key", headers: { "api-key": good }, expected: "ok" },
    { title: "a restricted token for its model", headers: bearer(await issuer.token("rita", now)), expected: "ok" },
    {
      title: "a restricted token for another model",
      headers: bearer(await issuer.token("rita", now)),
      expected: "denied",
      model: "closed",
    },
    { title: "an operator's method with a token", method: "admin", headers: bearer(good), expected: "denied" },
    invalid("an expired token", await issuer.token("alice", now, { exp: -60 })),
    invalid("a token without an end", await issuer.token("alice", now, { exp: Number.NaN })),
    invalid("a token from the future", await issuer.token("alice", now, { nbf: Math.floor(now / 1_000) + 600 })),
    invalid("a token for another audience", await issuer.token("alice", now, { aud: "another" })),
    invalid("a token of another issuer", await issuer.token("alice", now, { iss: "https://evil.example" })),
    invalid("a token without a signature", `${base64url({ alg: "none" })}.${base64url(claims)}.`),
    invalid("a token with an unknown key id", await issuer.token("alice", now, { kid: "key-2" })),
    invalid("a token signed by somebody else", await stranger.token("alice", now)),
    invalid("a token signed with the public key as a secret", await symmetric.sign(Buffer.from(JSON.stringify(issuer.jwk)))),
    invalid("a token with another payload", `${head}.${base64url({ ...claims, sub: "root" })}.${signature}`),
    invalid("a token with its signature cut short", `${head}.${payload}.${signature.slice(0, -4)}`),
    invalid("a token of nobody's", await issuer.token("mallory", now)),
    invalid("a token whose key was revoked", await issuer.token("gone", now)),
    invalid("what only looks like a token", "eyJub25zZW5zZQ.e30.x"),
  ];
}

const chatRequest = ({ model = "open", fallbacks }: Attempt): object => ({
  model,
  messages: [{ role: "user", content: "hi" }],
  ...(fallbacks === undefined ? {} : { fallbacks }),
});

const rpcPaths = {
  chat: "/huntgroup.v1.ChatService/ChatCompletion",
  admin: "/huntgroup.v1.AdminService/ListDeployments",
  health: "/grpc.health.v1.Health/Check",
} as const;

const json = { "content-type": "application/json" };

function bytesOf(attempt: Attempt): Uint8Array {
  switch (attempt.method ?? "chat") {
    case "admin":
      return toBinary(ListDeploymentsRequestSchema, create(ListDeploymentsRequestSchema));
    case "health":
      return toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema));
    default: {
      const extra = attempt.fallbacks === undefined ? {} : { extra: { fallbacks: [...attempt.fallbacks] } };
      const messages = [{ role: "user", content: fromJson(ValueSchema, "hi") }];
      return toBinary(
        ChatCompletionRequestSchema,
        create(ChatCompletionRequestSchema, { model: attempt.model ?? "open", messages, ...extra }),
      );
    }
  }
}

/** What the REST door answers; it has no operator's methods here. */
async function knockByRest(port: number, attempt: Attempt): Promise<HttpAnswer | undefined> {
  switch (attempt.method ?? "chat") {
    case "admin":
      return undefined;
    case "health":
      return ask(port, "http1", { path: "/health/readiness", headers: attempt.headers });
    default: {
      const body = JSON.stringify(chatRequest(attempt));
      return ask(port, "http1", { method: "POST", path: "/v1/chat/completions", headers: { ...json, ...attempt.headers }, body });
    }
  }
}

function knockByConnect(port: number, attempt: Attempt): Promise<HttpAnswer> {
  const method = attempt.method ?? "chat";
  const body = method === "chat" ? JSON.stringify(chatRequest(attempt)) : "{}";
  return ask(port, "http1", { method: "POST", path: rpcPaths[method], headers: { ...json, ...attempt.headers }, body });
}

function knockAtPage(port: number, { path, headers }: PageAttempt): Promise<HttpAnswer> {
  return ask(port, "http1", { path, headers });
}

async function modelsOf(port: number, key: string): Promise<readonly string[]> {
  const answer = await ask(port, "http1", { path: "/v1/models", headers: bearer(key) });
  return (JSON.parse(answer.text) as { data: { id: string }[] }).data.map(({ id }) => id);
}

/** A plain attempt. */
function attemptOf(headers: Headers, method: "chat" | "admin" = "chat"): Attempt {
  return { title: "", headers, method, expected: "ok" };
}

function textFor(headers: Headers): string {
  const name = "authorization" in headers ? "authorization" : "x-api-key" in headers ? "x-api-key" : "api-key";
  return `The key in the header "${name}" is not valid here.`;
}

function checkNoSecret(text: string): void {
  for (const secret of [masterKey, clientKey, restrictedKey]) assert.ok(!text.includes(secret), text);
}

async function groupsOf(port: number, path: string, key: string): Promise<readonly string[]> {
  const answer = await ask(port, "http1", { path, headers: bearer(key) });
  const { data } = JSON.parse(answer.text) as { data: { model_name?: string; model_group?: string }[] };
  return data.map((one) => one.model_name ?? one.model_group ?? "");
}

describe("every inbound protocol's answer to every attempt", () => {
  const parties = new Parties();
  let service: RunningTestService;
  let tokens: readonly Attempt[];
  const page = "<!doctype html><title>Huntgroup</title>";

  before(async () => {
    const consoleFolder = parties.add(await mkdtemp(join(tmpdir(), "huntgroup-console-")), (folder) => rm(folder, { recursive: true }));
    await writeFile(join(consoleFolder, "index.html"), page);
    const [issuer, stranger] = [await TokenIssuer.create(), await TokenIssuer.create()];
    const served = parties.add(await issuer.serve(), (one) => one.close());
    service = await parties.service(config(served.url, 0), { consoleFolder });
    tokens = await tokenAttempts(issuer, stranger);
    const now = Date.now();
    service.keyRing.replace([
      keyRecord("client", clientKey),
      keyRecord("restricted", restrictedKey, { models: ["open"] }),
      keyRecord("old", "sk-expired", { expiresAt: now - 1 }),
      keyRecord("revoked", "sk-revoked", { revoked: true }),
      keyRecord("turned", "sk-turned", { previous: { sha256: sha256("sk-rotated-out"), validUntil: now - 1 } }),
      keyRecord("turning", "sk-new", { previous: { sha256: sha256("sk-overlapping"), validUntil: now + 3_600_000 } }),
    ]);
  });
  after(() => parties.end());

  function checkRest(attempt: Attempt, answer: HttpAnswer): void {
    const { http } = verdicts[attempt.expected];
    assert.equal(answer.status, http, `REST: ${answer.text}`);
    assert.equal(answer.headers["www-authenticate"], http === 401 ? "Bearer" : undefined);
    if (attempt.sameText === true) assert.equal(errorOf(answer).message, textFor(attempt.headers));
    checkNoSecret(answer.text);
  }

  async function check(attempt: Attempt): Promise<void> {
    const { http, code, grpc } = verdicts[attempt.expected];
    const wanted = textFor(attempt.headers);
    const rest = await knockByRest(service.port, attempt);
    if (rest !== undefined) checkRest(attempt, rest);
    const connect = await knockByConnect(service.port, attempt);
    assert.equal(connect.status, http, `Connect: ${connect.text}`);
    const failure = http === 200 ? undefined : (JSON.parse(connect.text) as { code: string; message: string });
    assert.equal(failure?.code, code);
    if (attempt.sameText === true) assert.equal(failure?.message, wanted);
    const raw = await rawGrpc(service.port, rpcPaths[attempt.method ?? "chat"], bytesOf(attempt), attempt.headers);
    assert.equal(raw.status, grpc, `gRPC: ${raw.message}`);
    if (attempt.sameText === true) assert.equal(raw.message, wanted);
    for (const text of [connect.text, raw.message]) checkNoSecret(text);
  }

  for (const attempt of keyAttempts) test(`${attempt.title}: ${attempt.expected}`, () => check(attempt));

  for (const attempt of pageAttempts) {
    test(`${attempt.title}: ${attempt.expected}`, async () => checkRest(attempt, await knockAtPage(service.port, attempt)));
  }

  test("tokens of an identity provider", async (context) => {
    for (const attempt of tokens) await context.test(`${attempt.title}: ${attempt.expected}`, () => check(attempt));
  });

  test("the table is long", () => assert.ok(keyAttempts.length + tokens.length >= 60));

  test("reflection is open, whatever is shown", async () => {
    const message = toBinary(
      ServerReflectionRequestSchema,
      create(ServerReflectionRequestSchema, { messageRequest: { case: "listServices", value: "" } }),
    );
    for (const headers of [{}, bearer("sk-wrong"), bearer(clientKey)]) {
      assert.equal((await rawGrpc(service.port, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", message, headers)).status, 0);
    }
  });

  test("liveness, readiness and the greeting are open", async () => {
    for (const path of ["/", "/health/liveliness", "/health/readiness"]) {
      for (const headers of [{}, bearer("sk-wrong")]) assert.equal((await ask(service.port, "http1", { path, headers })).status, 200, path);
    }
  });

  test("the list of models holds what the key may use", async () => {
    assert.deepEqual(await modelsOf(service.port, masterKey), ["open", "closed"]);
    assert.deepEqual(await modelsOf(service.port, clientKey), ["open", "closed"]);
    assert.deepEqual(await modelsOf(service.port, restrictedKey), ["open"]);
    const one = async (model: string) =>
      (await ask(service.port, "http1", { path: `/v1/models/${model}`, headers: bearer(restrictedKey) })).status;
    assert.deepEqual([await one("open"), await one("closed"), await one("nonesuch")], [200, 404, 404]);
  });

  for (const path of ["/model/info", "/model_group/info"]) {
    test(`${path} shows what the key may use`, async () => {
      assert.deepEqual(await groupsOf(service.port, path, masterKey), ["open", "closed"]);
      assert.deepEqual(await groupsOf(service.port, path, clientKey), ["open", "closed"]);
      assert.deepEqual(await groupsOf(service.port, path, restrictedKey), ["open"]);
    });
  }

  test("the console's page is the same for everybody: it is a file, and holds nothing of the router", async () => {
    for (const headers of [{}, bearer("sk-wrong"), bearer(clientKey), bearer(masterKey)]) {
      assert.equal((await ask(service.port, "http1", { path: "/console/", headers })).text, page);
    }
  });
});

describe("too many keys that are not valid", () => {
  const parties = new Parties();
  after(() => parties.end());

  test("close an address to all but the keys that were valid from there, over every inbound protocol", async () => {
    const issuer = await TokenIssuer.create();
    const served = parties.add(await issuer.serve(), (one) => one.close());
    const service = await parties.service(config(served.url, 5));
    assert.equal((await knockByRest(service.port, attemptOf(bearer(clientKey))))?.status, 200);
    // Each door shares the address's attempts with the others.
    assert.equal((await knockByRest(service.port, attemptOf(bearer("guess-1"))))?.status, 401);
    assert.equal((await knockByConnect(service.port, attemptOf(bearer("guess-2")))).status, 401);
    for (let index = 3; index <= 5; index++) {
      const { status } = await rawGrpc(service.port, rpcPaths.chat, bytesOf(attemptOf({})), bearer(`guess-${index}`));
      assert.equal(status, Code.Unauthenticated);
    }
    for (const key of ["guess", restrictedKey, masterKey]) {
      const rest = await knockByRest(service.port, attemptOf(bearer(key)));
      assert.equal(rest?.status, 429, key);
      assert.ok(Number(rest.headers["retry-after"]) >= 1);
      assert.equal((await knockByConnect(service.port, attemptOf(bearer(key)))).status, 429);
      const { status } = await rawGrpc(service.port, rpcPaths.chat, bytesOf(attemptOf({})), bearer(key));
      assert.equal(status, Code.ResourceExhausted);
    }
    assert.equal((await knockByRest(service.port, attemptOf(bearer(clientKey))))?.status, 200);
    assert.equal((await knockByConnect(service.port, attemptOf(bearer(clientKey)))).status, 200);
  });
});

describe("the headers that keys stand in", () => {
  const parties = new Parties();
  after(() => parties.end());

  test("never reach a provider", async () => {
    const host = await parties.host();
    const general = `general_settings: {master_key: ${masterKey}, litellm_key_header_name: X-Own-Key}\n`;
    const service = await parties.service(hostConfig(host, general));
    const headers = Object.fromEntries(["authorization", ...otherHeaders].map((name) => [name, masterKey]));
    const attempt = { ...attemptOf(headers), model: publicModel };
    assert.equal((await knockByRest(service.port, attempt))?.status, 200);
    assert.equal((await knockByConnect(service.port, attempt)).status, 200);
    assert.equal((await rawGrpc(service.port, rpcPaths.chat, bytesOf(attempt), headers)).status, 0);
    assert.equal(host.hits.length, 3);
    for (const hit of host.hits) checkNoSecret(JSON.stringify(hit.headers));
  });
});

describe("metrics that were opened", () => {
  const parties = new Parties();
  after(() => parties.end());

  test("are there for everybody, and nothing else is", async () => {
    const service = await parties.service(`
model_list: [{model_name: open, litellm_params: {model: mock/open}}]
general_settings: {master_key: ${masterKey}, require_auth_for_metrics_endpoint: false}
`);
    const statusOf = async (path: string, headers: Headers) => (await ask(service.port, "http1", { path, headers })).status;
    for (const headers of [{}, bearer("sk-wrong"), bearer(masterKey)]) assert.equal(await statusOf("/metrics", headers), 200);
    for (const path of ["/router/settings", "/health", "/model/info"]) assert.equal(await statusOf(path, {}), 401, path);
  });
});

describe("keys without a master key", () => {
  const parties = new Parties();
  after(() => parties.end());

  test("open the models to their holders, and the operator's methods to none", async () => {
    const yaml = `
model_list: [{model_name: open, litellm_params: {model: mock/open}}]
keys: [{name: client, sha256: ${sha256(clientKey)}}]
`;
    const service = await parties.service(yaml);
    assert.equal((await knockByConnect(service.port, attemptOf(bearer(clientKey)))).status, 200);
    assert.equal((await knockByConnect(service.port, attemptOf({}))).status, 401);
    assert.equal((await knockByConnect(service.port, attemptOf(bearer(clientKey), "admin"))).status, 403);
    assert.equal((await knockByConnect(service.port, attemptOf({}, "admin"))).status, 401);
  });
});

describe("a key that is revoked while its call is under way", () => {
  const parties = new Parties();
  after(() => parties.end());

  test("lets that call end, and opens nothing more", async () => {
    const host = await parties.host();
    const yaml = hostConfig(host, `general_settings: {master_key: ${masterKey}}\nkeys: [{name: client, sha256: ${sha256(clientKey)}}]\n`);
    const service = await parties.service(yaml);
    const { promise, resolve } = Promise.withResolvers<void>();
    host.always({ kind: "stream", after: promise, pieces: [sse(chatChunk({ content: "still here" }, "stop")), sse("[DONE]")] });
    const body = JSON.stringify({ model: publicModel, messages: [], stream: true });
    const question = { method: "POST", path: "/v1/chat/completions", headers: { ...json, ...bearer(clientKey) }, body };
    const reached = host.nextHit();
    const answer = ask(service.port, "http1", question);
    await reached;
    service.keyRing.replace([keyRecord("client", clientKey, { revoked: true })]);
    assert.equal((await ask(service.port, "http1", question)).status, 401);
    assert.equal(service.router.keyUsage("client").inFlight, 1);
    resolve();
    const { status, text } = await answer;
    assert.equal(status, 200);
    assert.match(text, /still here[^]*data: \[DONE\]\n\n$/);
    assert.equal(service.router.keyUsage("client").inFlight, 0);
  });
});
