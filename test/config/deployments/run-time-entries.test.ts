import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isOfAddresses } from "../../../src/config/deployments/connect-deployment.ts";
import type { ConfigOverlay } from "../../../src/config/overlay/config-overlay.ts";
import type { JsonObject } from "../../../src/config/overlay/json-node.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { hosts } from "../../../src/providers/openai/hosts.ts";
import { load } from "../support/load.ts";

const env = {
  ONE_KEY: "value-of-one-0123456789",
  GATE: "value-of-gate-0123456789",
  IDLE_KEY: "value-of-idle-0123456789",
  MASTER: "value-of-master-0123456789",
  TEAM_KEY: "value-of-team-0123456789",
  GROQ_API_KEY: "value-of-groq-0123456789",
  OPENAI_API_KEY: "value-of-openai-0123456789",
  AZURE_API_KEY: "value-of-azure-0123456789",
  HOME: "/home/value-of-home",
  WORD: "value-of-word",
} as const;
const literals = ["sk-shared-0123456789", "sk-based-0123456789"];

const file = `
general_settings: {master_key: os.environ/MASTER, admin_env_allow: ["TEAM_*"]}
credential_list:
  - {credential_name: shared, credential_values: {api_key: ${literals[0]}}}
  - {credential_name: based, credential_values: {api_key: ${literals[1]}, api_base: "https://four.example/v1"}}
  - {credential_name: idle, credential_values: {api_key: os.environ/IDLE_KEY}}
  - {credential_name: team, credential_values: {api_key: os.environ/TEAM_KEY}}
model_list:
  - {model_name: one, litellm_params: {model: openai/m, api_base: "https://one.example/v1", api_key: os.environ/ONE_KEY}, model_info: {id: one}}
  - {model_name: groq, litellm_params: {model: groq/m}}
  - {model_name: two, litellm_params: {model: openai/m, api_base: "https://two.example/v1", litellm_credential_name: shared}}
  - {model_name: own, litellm_params: {model: openai/m, api_base: "https://own.example/v1", api_key: none, litellm_credential_name: shared}}
  - {model_name: three, litellm_params: {model: openai/m, api_base: "https://three.example/v1", api_key: none, extra_headers: {x-gate: os.environ/GATE}, aws_profile_name: team}}
  - {model_name: chain, litellm_params: {model: bedrock/a.b, aws_region_name: us-east-1}}
  - {model_name: role, litellm_params: {model: bedrock/a.b, aws_region_name: us-west-2, aws_role_name: "arn:aws:iam::1:role/ours", aws_sts_endpoint: "https://sts.example"}}
  - {model_name: "\${WORD}-eu", litellm_params: {model: openai/m, api_base: "https://word.example", api_key: none}, model_info: {region: os.environ/WORD}}
`;

interface Row {
  readonly what: string;
  readonly params: JsonObject;
  readonly more?: JsonObject;
  /** What the refusal says. Undefined where the entry is taken. */
  readonly refused?: RegExp;
}

const foreign = "https://evil.example/v1";
const notNamed = /must not be named here: an entry made at run time uses only/;
const notThere = /must not be used with https:\/\/evil\.example: .*; the file uses it with https:\/\/\w+\.example/;

const rows: readonly Row[] = [
  { what: "a key with its own host", params: { api_base: "https://one.example/v1", api_key: "os.environ/ONE_KEY" } },
  { what: "the same at another path of it", params: { api_base: "https://one.example/v2", api_key: "${ONE_KEY}" } },
  {
    what: "the same in a header",
    params: { api_base: "https://one.example", api_key: "x", extra_headers: { authorization: "Bearer ${ONE_KEY}" } },
  },
  { what: "a header's variable as key", params: { api_base: "https://three.example/v1", api_key: "os.environ/GATE" } },
  { what: "a variable of admin_env_allow with any host", params: { api_base: foreign, api_key: "os.environ/TEAM_KEY" } },
  { what: "a credential with its host", params: { api_base: "https://two.example/v1", litellm_credential_name: "shared" } },
  { what: "a credential with the address beside its key", params: { litellm_credential_name: "based" } },
  { what: "the same, and the address written out", params: { api_base: "https://four.example/x", litellm_credential_name: "based" } },
  { what: "a credential of variables of admin_env_allow", params: { api_base: foreign, litellm_credential_name: "team" } },
  { what: "the usual variable where the file uses it", params: { model: "groq/m2" } },
  { what: "the usual variable named", params: { model: "groq/m2", api_key: "os.environ/GROQ_API_KEY" } },
  { what: "a key of one's own with any host", params: { api_base: foreign, api_key: "sk-mine-0123456789" } },
  {
    what: "a profile with its host",
    params: { api_base: "https://three.example/v1", api_key: "x", aws_profile_name: "team" },
  },
  { what: "what only looks like a reference", params: { api_base: foreign, api_key: "x", user: "$${ONE_KEY} $ONE_KEY os.environ ${1}" } },
  { what: "a name where the file has it", params: { api_base: "https://word.example", api_key: "x" }, more: { model_name: "${WORD}-us" } },

  { what: "a key with another host", params: { api_base: foreign, api_key: "os.environ/ONE_KEY" }, refused: notThere },
  {
    what: "a key with a host that begins like its own",
    params: { api_base: "https://one.example.evil.example/v1", api_key: "${ONE_KEY}" },
    refused: /must not be used with https:\/\/one\.example\.evil/,
  },
  {
    what: "a key without encryption",
    params: { api_base: "http://one.example/v1", api_key: "${ONE_KEY}" },
    refused: /must not be used with http:\/\/one\.example:/,
  },
  {
    what: "a key at another port",
    params: { api_base: "https://one.example:8443/v1", api_key: "${ONE_KEY}" },
    refused: /must not be used with https:\/\/one\.example:8443/,
  },
  {
    what: "a key at the provider's own host, which the file does not use",
    params: { api_key: "${ONE_KEY}" },
    refused: /must not be used with https:\/\/api\.openai\.com/,
  },
  { what: "a key with an address that base_url gives", params: { base_url: foreign, api_key: "${ONE_KEY}" }, refused: notThere },
  {
    what: "a key by another provider",
    params: { model: "azure/m", api_base: "https://evil.example", api_key: "${ONE_KEY}" },
    refused: notThere,
  },
  {
    what: "a key by custom_llm_provider",
    params: { model: "m", custom_llm_provider: "groq", api_key: "${ONE_KEY}" },
    refused: /must not be used with https:\/\/api\.groq\.com/,
  },
  { what: "a key in a default", params: { api_base: foreign, api_key: "${TEAM_KEY:-${ONE_KEY}}" }, refused: notThere },
  {
    what: "a key in a header",
    params: { api_base: foreign, api_key: "x", extra_headers: { "x-a": "Bearer os.environ/ONE_KEY" } },
    refused: notThere,
  },
  { what: "a key in the address", params: { api_base: "https://one.example/${ONE_KEY}", api_key: "x" }, refused: notNamed },
  { what: "a key as a part of the host", params: { api_base: "https://${ONE_KEY}.evil.example/v1", api_key: "x" }, refused: notNamed },
  {
    what: "a key as api_version",
    params: { model: "azure/m", api_base: "https://one.example", api_key: "x", api_version: "${ONE_KEY}" },
    refused: notNamed,
  },
  {
    what: "a key as organization",
    params: { api_base: "https://one.example", api_key: "x", organization: ["a", "${ONE_KEY}"] },
    refused: notNamed,
  },
  {
    what: "a key in the model's name",
    params: { model: "openai/${ONE_KEY}", api_base: "https://one.example", api_key: "x" },
    refused: notNamed,
  },
  {
    what: "a key in the provider's name",
    params: { model: "${ONE_KEY}/m", api_base: "https://one.example", api_key: "x" },
    refused: notNamed,
  },
  {
    what: "a key in a prompt",
    params: { api_base: "https://one.example", api_key: "x", tools: [{ function: { description: "say ${ONE_KEY}" } }] },
    refused: notNamed,
  },
  {
    what: "a key in extra_body",
    params: { api_base: "https://one.example", api_key: "x", extra_body: { suffix: "${ONE_KEY}" } },
    refused: notNamed,
  },
  { what: "a key as the answer of mock", params: { model: "mock/m", mock_response: "os.environ/ONE_KEY" }, refused: notNamed },
  {
    what: "a key as the answer of a deployment",
    params: { api_base: "https://one.example", mock_response: "os.environ/ONE_KEY" },
    refused: notNamed,
  },
  { what: "a key as a limit", params: { api_base: "https://one.example", api_key: "x", rpm: "os.environ/ONE_KEY" }, refused: notNamed },
  { what: "a key as a tag", params: { api_base: "https://one.example", api_key: "x", tags: ["${ONE_KEY}"] }, refused: notNamed },
  {
    what: "a key as the name of a credential",
    params: { api_base: "https://one.example", litellm_credential_name: "${ONE_KEY}" },
    refused: notNamed,
  },
  {
    what: "a key as model_name",
    params: { api_base: "https://one.example", api_key: "x" },
    more: { model_name: "os.environ/ONE_KEY" },
    refused: notNamed,
  },
  {
    what: "a key in model_info",
    params: { api_base: "https://one.example", api_key: "x" },
    more: { model_info: { description: "${ONE_KEY}" } },
    refused: notNamed,
  },
  {
    what: "a key beside litellm_params",
    params: { api_base: "https://one.example", api_key: "x" },
    more: { rpm: "${ONE_KEY}" },
    refused: notNamed,
  },
  { what: "the name of model_info elsewhere", params: { api_base: "https://word.example", api_key: "os.environ/WORD" }, refused: notNamed },
  { what: "the master key", params: { api_base: "https://one.example", api_key: "os.environ/MASTER" }, refused: notNamed },
  { what: "any variable of the machine", params: { api_base: foreign, api_key: "os.environ/HOME" }, refused: notNamed },
  { what: "a variable that is not set", params: { api_base: foreign, api_key: "os.environ/NOWHERE" }, refused: notNamed },
  { what: "a default for a variable", params: { api_base: foreign, api_key: "${HOME:-x}" }, refused: notNamed },
  {
    what: "a variable of a credential that no deployment has",
    params: { api_base: foreign, api_key: "os.environ/IDLE_KEY" },
    refused: notNamed,
  },
  { what: "a credential with another host", params: { api_base: foreign, litellm_credential_name: "shared" }, refused: notThere },
  {
    what: "a credential with a host whose deployment has another key",
    params: { api_base: "https://own.example/v1", litellm_credential_name: "shared" },
    refused: /must not be used with https:\/\/own\.example/,
  },
  {
    what: "a credential away from the address beside its key",
    params: { api_base: foreign, litellm_credential_name: "based" },
    refused: notThere,
  },
  {
    what: "a credential that no deployment has",
    params: { api_base: foreign, litellm_credential_name: "idle" },
    refused: /the file uses it with no host/,
  },
  {
    what: "a profile with another host",
    params: { api_base: foreign, api_key: "x", aws_profile_name: "team" },
    refused: notThere,
  },
  {
    what: "another file of the machine",
    params: { api_base: "https://three.example", api_key: "x", ssl_certificate: "/etc/passwd" },
    refused: /names a file that the configuration's own files do not name/,
  },
  {
    what: "a file of credentials",
    params: { api_base: foreign, api_key: "x", vertex_credentials: "/root/key.json" },
    refused: /vertex_credentials of the machine must not/,
  },
  {
    what: "a profile",
    params: { api_base: foreign, api_key: "x", aws_profile_name: "prod" },
    refused: /aws_profile_name of the machine must not/,
  },
  {
    what: "a role",
    params: { api_base: foreign, api_key: "x", aws_role_name: "arn:aws:iam::1:role/x" },
    refused: /aws_role_name of the machine/,
  },
  { what: "AWS's credential chain where the file uses it", params: { model: "bedrock/c.d", aws_region_name: "us-east-1" } },
  {
    what: "an access key of one's own with any host",
    params: { model: "bedrock/c.d", aws_region_name: "eu-west-1", aws_access_key_id: "AKIDMINE", aws_secret_access_key: "my-own-secret" },
  },
  {
    what: "a role with its host",
    params: {
      model: "bedrock/c.d",
      aws_region_name: "us-west-2",
      aws_role_name: "arn:aws:iam::1:role/ours",
      aws_sts_endpoint: "https://sts.example",
    },
  },
  {
    what: "AWS's credential chain in another region",
    params: { model: "bedrock/c.d", aws_region_name: "eu-west-1" },
    refused: /api_key: is missing: .*\(AWS's credential chain of the environment is not for entries made at run time\)/,
  },
  {
    what: "the same at a host of one's own",
    params: { model: "bedrock/c.d", aws_region_name: "us-east-1", aws_bedrock_runtime_endpoint: foreign },
    refused: /\(AWS's credential chain of the environment/,
  },
  {
    what: "the same for another role",
    params: { model: "bedrock/c.d", aws_region_name: "us-east-1", aws_role_name: "arn:aws:iam::1:role/other" },
    refused: /aws_role_name of the machine must not be used with https:\/\/bedrock-runtime\.us-east-1/,
  },
  {
    what: "a role by another service of tokens",
    params: {
      model: "bedrock/c.d",
      aws_region_name: "us-west-2",
      aws_role_name: "arn:aws:iam::1:role/ours",
      aws_sts_endpoint: foreign,
    },
    refused: /aws_sts_endpoint of the machine must not be used with https:\/\/bedrock-runtime\.us-west-2/,
  },
  {
    what: "a file as a role's token",
    params: {
      model: "bedrock/c.d",
      aws_region_name: "us-west-2",
      aws_role_name: "arn:aws:iam::1:role/ours",
      aws_web_identity_token: "/etc/passwd",
    },
    refused: /aws_web_identity_token of the machine must not/,
  },
  {
    what: "a variable as a role's token",
    params: {
      model: "bedrock/c.d",
      aws_region_name: "us-west-2",
      aws_role_name: "arn:aws:iam::1:role/ours",
      aws_web_identity_token: "ONE_KEY",
    },
    refused: /aws_web_identity_token of the machine must not/,
  },
  {
    what: "a token of the machine",
    params: { api_base: foreign, api_key: "x", azure_ad_token: "oidc/file//var/run/token" },
    refused: /azure_ad_token of the machine/,
  },
  {
    what: "certificates that are not checked",
    params: { api_base: "https://one.example", api_key: "${ONE_KEY}", ssl_verify: false },
    refused: /ssl_verify of the machine/,
  },
  {
    what: "the usual variable of a host that the file does not use",
    params: { model: "openai/m" },
    refused: /api_key: is missing: .*\(OPENAI_API_KEY of the environment is not for entries made at run time\)/,
  },
  { what: "the usual variable of Azure", params: { model: "azure/m", api_base: foreign }, refused: /\(AZURE_API_KEY of the environment/ },
  {
    what: "references that nest without end",
    params: { api_base: foreign, api_key: "${TEAM_A:-".repeat(1_000) },
    refused: /longer than 4096 characters/,
  },
];

function entryOf({ params, more = {} }: Row): JsonObject {
  return { model_name: "new", litellm_params: { model: "openai/m", ...params }, ...more };
}

function overlayOf(entry: JsonObject, id = "new"): ConfigOverlay {
  return [{ kind: "entry", id, entry: { ...entry, model_info: Object.assign({ id }, entry["model_info"]) }, place: "the entry" }];
}

function strategyPart(strategy: string, args: JsonObject = {}): ConfigOverlay {
  return [{ kind: "strategy", group: "one", strategy, args, place: "the entry" }];
}

function aliasPart(target: string): ConfigOverlay {
  return [{ kind: "alias", alias: "a", targets: [target], hidden: false, place: "the entry" }];
}

function readUnder(overlay: ConfigOverlay, yaml = file) {
  return load(yaml, { env, providers: providerRegistry, overlay, skipInvalid: undefined });
}

function assertNoSecret(said: unknown): void {
  const text = JSON.stringify(said);
  for (const secret of [...Object.values(env), ...literals]) assert.ok(!text.includes(secret), text);
}

describe("what an entry made at run time may name", () => {
  for (const row of rows) {
    const { what, refused } = row;
    // The same whether the deployment is new or takes the place of the one that uses the key.
    for (const id of ["new", "one"]) {
      test(`${id === "new" ? "added" : "changed"}: ${what}: ${refused === undefined ? "taken" : "refused"}`, async () => {
        const { config, problems, warnings } = await readUnder(overlayOf(entryOf(row), id));
        assertNoSecret([problems, warnings]);
        if (refused === undefined) {
          assert.deepEqual(problems, []);
          assert.ok(config?.source.deployments.some((one) => one.id === id));
        } else {
          assert.ok(problems.length > 0);
          assert.ok(problems.every((problem) => problem.file === "the entry"));
          assert.match(problems.map((problem) => `${problem.key}: ${problem.message}`).join("\n"), refused);
        }
      });
    }
  }

  test("a usual variable is withheld from a host of the entry's own, which may go without a key, and a warning says so", async () => {
    const { config, warnings } = await readUnder(overlayOf(entryOf({ what: "", params: { api_base: foreign } })));
    const adapter = config?.source.deployments.find((one) => one.id === "new")?.adapter;
    assert.equal(adapter?.origin, "https://evil.example");
    const told = warnings.filter((warning) => warning.file === "the entry").map(({ message }) => message);
    assert.match(told.join("\n"), /OPENAI_API_KEY: not sent there without being named/);
  });

  test("the defaults of all deployments hold their secrets back from hosts that the file does not use with them", async () => {
    const yaml = `
model_list: [{model_name: g, litellm_params: {model: openai/m, api_base: "https://one.example/v1"}}]
router_settings: {default_litellm_params: {api_key: ${literals[0]}, timeout: 9}}
`;
    const at = async (params: JsonObject) =>
      (await readUnder(overlayOf(entryOf({ what: "", params })), yaml)).problems.map(({ message }) => message);
    assert.deepEqual(await at({ api_base: "https://one.example/v1" }), []);
    assert.deepEqual(await at({ api_base: foreign, api_key: "my-own" }), []);
    const [problem = "", ...others] = await at({ api_base: foreign });
    assert.deepEqual(others, []);
    assert.match(problem, /^the api_key of router_settings\.default_litellm_params must not be used with https:\/\/evil\.example/);
  });

  test("what a removed or broken entry of the file names counts as named", async () => {
    const entry = entryOf({ what: "", params: { api_base: "https://one.example/v1", api_key: "${ONE_KEY}" } });
    const removed = await readUnder([{ kind: "removal", id: "one" }, ...overlayOf(entry)]);
    assert.deepEqual(removed.problems, []);
    const broken = file.replace("api_key: os.environ/ONE_KEY}", "api_key: os.environ/ONE_KEY, rpm: lots}");
    assert.notEqual(broken, file);
    assert.deepEqual((await readUnder(overlayOf(entry, "one"), broken)).problems, []);
  });

  test("aliases and strategies name no variable and no file", async () => {
    const changes: readonly (readonly [ConfigOverlay, RegExp | undefined])[] = [
      [aliasPart("one"), undefined],
      [strategyPart("latency-based-routing", { ttl: 60 }), undefined],
      [aliasPart("os.environ/ONE_KEY"), /must not name variables/],
      [aliasPart("${TEAM_KEY}"), /must not name variables/],
      [strategyPart("${ONE_KEY}"), /must not name variables/],
      [strategyPart("latency-based-routing", { ttl: "os.environ/ONE_KEY" }), /must not name variables/],
      [strategyPart("latency-based-routing", { deep: [{ ttl: "${ONE_KEY:-1}" }] }), /must not name variables/],
      [strategyPart("./evil.ts"), /must not name a file/],
      [strategyPart("C:\\evil"), /must not name a file/],
    ];
    for (const [overlay, refused] of changes) {
      const { problems } = await readUnder(overlay);
      assertNoSecret(problems);
      const [problem] = problems;
      if (refused === undefined) assert.equal(problem, undefined);
      else assert.match(problem?.message ?? "none", refused);
      assert.ok(problems.every((one) => one.file === "the entry"));
    }
  });

  test("a deployment of each way to speak may use a key of the file's with the same host, and with no other", async () => {
    for (const model of ["openai/m", "text-completion-openai/m", "anthropic/m", "azure/m", "azure_ai/m", "bedrock/m", "groq/m"]) {
      const params = (host: string) => ({ model, api_base: `https://${host}.example`, api_key: "${ONE_KEY}" });
      const own = await readUnder(overlayOf(entryOf({ what: "", params: params("one") })));
      assert.deepEqual([model, own.problems], [model, []]);
      const other = await readUnder(overlayOf(entryOf({ what: "", params: params("evil") })));
      assert.match(other.problems[0]?.message ?? model, notThere);
    }
  });

  test("variables of addresses alone are found without being named, and of all hosts", () => {
    const ofKeys = hosts.flatMap((host) => host.apiKeyVariables);
    const ofAddresses = hosts.flatMap((host) => [
      ...host.apiBaseVariables,
      ...Array.from((host.apiBase ?? "").matchAll(/\{([A-Z_]+)\}/g), ([, name = ""]) => name),
    ]);
    assert.deepEqual([ofKeys.filter(isOfAddresses), ofAddresses.filter((name) => !isOfAddresses(name))], [[], []]);
  });
});
