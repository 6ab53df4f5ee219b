import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProviders } from "../support/fake-providers.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const entryOf = (group: string, more: string) => `  - {model_name: ${group}, litellm_params: {model: openai/m${more}}}\n`;

const pairWith = (first: string) => `model_list:
  - model_name: g
    litellm_params: {${first}}
  - {model_name: g, litellm_params: {model: openai/b}, model_info: {id: 42}}
`;

const idsOf = async (config: string, env: Record<string, string>) =>
  (await loadValid(config, { env })).source.deployments.map(({ id }) => id);

const badEntry = (group: string) => `  - {model_name: ${group}, litellm_params: {model: nvidia/b}}\n`;

const sameIdEntry = (model: string) => `  - {model_name: g, litellm_params: {model: openai/${model}}, model_info: {id: same}}\n`;

test("max_parallel_requests is a whole number, or auto, for one deployment as for all", async () => {
  const { source } = await loadValid(oneDeployment("max_parallel_requests: auto"));
  assert.equal(source.deployments[0]?.maxParallelRequests, "auto");
  const all = await loadValid(`${oneDeployment()}\nrouter_settings: {default_max_parallel_requests: auto}\n`);
  assert.equal(all.source.deployments[0]?.maxParallelRequests, "auto");
});

const entryWithId = (group: string, id: string) =>
  `  - {model_name: ${group}, litellm_params: {model: openai/${id}}, model_info: {id: ${id}}}\n`;

test("a deployment is read with everything the router acts on", async () => {
  const { source } = await loadValid(
    oneDeployment(
      "rpm: 6",
      "tpm: 1e5",
      "weight: 0.5",
      "order: 0",
      "max_parallel_requests: 3",
      "timeout: 2700",
      "stream_timeout: 0.5",
      "keepalive_seconds: 9",
      "allow_client_keepalive_override: true",
      "num_retries: 0",
      "itpm: 80000",
      "otpm: 20000",
      "region_name: eu-west-1",
      "tags: [eu, paid]",
      "cooldown_time: 0",
      "allowed_fails: 2",
      "allowed_fails_policy: {TimeoutErrorAllowedFails: 1}",
      "input_cost_per_token: 0",
      "output_cost_per_token: 0.0000015",
    ),
  );
  const [deployment] = source.deployments;
  assert.ok(deployment);
  const { id, account: _account, keeper: _keeper, adapter: _adapter, info: _info, ...rest } = deployment;
  assert.match(id, /^[0-9a-f]{20}$/);
  assert.deepEqual(rest, {
    group: "group",
    address: "openai/gpt-4o",
    provider: "openai",
    upstreamModel: "gpt-4o",
    rpm: 6,
    tpm: 100_000,
    weight: 0.5,
    itpm: 80_000,
    otpm: 20_000,
    order: 0,
    daily: undefined,
    maxParallelRequests: 3,
    timeoutMs: 2_700_000,
    streamTimeoutMs: 500,
    keepaliveMs: 9_000,
    takesCallersKeepalive: true,
    numRetries: 0,
    maxInputTokens: 128_000,
    region: "eu-west-1",
    supportsResponseSchema: true,
    tags: ["eu", "paid"],
    blocked: false,
    cooldownMs: 0,
    allowedFails: 2,
    allowedFailsPolicy: { TimeoutError: 1 },
    inputCostPerToken: 0,
    outputCostPerToken: 0.0000015,
    cacheReadCostPerToken: undefined,
    cacheWriteCostPerToken: undefined,
    maxOutputTokens: 16_384,
    link: undefined,
  });
});

test("what model_info says of a deployment's health wins over litellm_params", async () => {
  const { source } =
    await loadValid(`${oneDeployment("cooldown_time: 60", "allowed_fails: 9", "allowed_fails_policy: {TimeoutErrorAllowedFails: 9}")}
    model_info:
      cooldown_time: 0
      allowed_fails: 0
      allowed_fails_policy: {BadGatewayErrorAllowedFails: 0, TimeoutErrorAllowedFails: null}
      max_input_tokens: "128000"
      supports_response_schema: no
      blocked: yes
`);
  const [deployment] = source.deployments;
  assert.ok(deployment);
  const { cooldownMs, allowedFails, allowedFailsPolicy, maxInputTokens, supportsResponseSchema, blocked } = deployment;
  assert.deepEqual([cooldownMs, allowedFails, allowedFailsPolicy], [0, 0, { BadGatewayError: 0 }]);
  assert.deepEqual([maxInputTokens, supportsResponseSchema, blocked], [128_000, false, true]);
});

test("a deployment at Bedrock is where aws_region_name says, and its placeholders are refused", async () => {
  const { source } = await loadValid(oneDeployment("aws_region_name: eu-west-1"));
  assert.equal(source.deployments[0]?.region, "eu-west-1");
  const { problems } = await load(oneDeployment("aws_access_key_id: <your-key-id>", "aws_role_name: <role>"));
  assert.deepEqual(
    problems.map(({ key }) => key),
    ["model_list[0].litellm_params.aws_access_key_id", "model_list[0].litellm_params.aws_role_name"],
  );
});

test("tags are a list, or a text with commas", async () => {
  for (const tags of ["[free, eu]", '"free, eu"', '" free ,, eu,"', "${TAGS}"]) {
    const { source } = await loadValid(oneDeployment(`tags: ${tags}`), { env: { TAGS: "free,eu" } });
    assert.deepEqual(source.deployments[0]?.tags, ["free", "eu"], tags);
  }
  const { problems } = await load(oneDeployment("tags: {a: b}"));
  assert.match(problems[0]?.message ?? "", /must be a list of tags, or a text that separates them by commas, not a map/);
});

test("what the router or a provider's connection uses never leaks into request parameters; everything else is one", async () => {
  const providers = new FakeProviders();
  await loadValid(
    `credential_list: [{credential_name: c, credential_values: {api_key: sk-credential}}]\n${oneDeployment(
      "api_key:",
      "api_version: 2024-02-01",
      "organization: org",
      "litellm_credential_name: c",
      "rpm: 1",
      "tags: [a]",
      "aws_something_new: x",
      "cooldown_time: 0",
      "drop_params: [logit_bias]",
      "additional_drop_params: [user]",
      "stream: true",
      "master_key: sk-never",
      "temperature: 0.2",
      "stop: [a, b]",
      "thinking: {type: enabled, budget_tokens: 1_000}",
      "max_tokens: null",
      "extra_headers: {X-Team: os.environ/TEAM, x-number: 5}",
      "extra_body: {num_ctx: 8192, provider: {order: [a]}}",
      "mock: {first_token_ms: '5'}",
    )}`,
    { providers, env: { TEAM: "blue" } },
  );
  assert.equal(providers.params.setting("aws_something_new"), "x");
  assert.equal(providers.params.setting("aws_nothing"), undefined);
  const none = { env: undefined, mayUse: undefined, setting: undefined, modelInfo: undefined, modelFact: undefined };
  const { deploymentId, ...rest } = { ...providers.params, ...none };
  assert.deepEqual(rest, {
    prefix: "openai",
    model: "gpt-4o",
    apiKey: "sk-credential",
    apiBase: undefined,
    apiVersion: "2024-02-01",
    organization: "org",
    extraHeaders: { "x-team": "blue", "x-number": "5" },
    defaults: {
      temperature: 0.2,
      stop: ["a", "b"],
      thinking: { type: "enabled", budget_tokens: 1_000 },
      num_ctx: 8192,
      provider: { order: ["a"] },
    },
    dropParams: false,
    additionalDropParams: ["user", "logit_bias"],
    mockResponse: undefined,
    assistantPrefill: false,
    mock: { first_token_ms: 5 },
    ...none,
  });
  assert.match(deploymentId, /^[0-9a-f]{20}$/);
  assert.equal(providers.params.env("TEAM"), "blue");
});

async function modifies(own: string, shared: string) {
  const providers = new FakeProviders();
  await loadValid(`${oneDeployment(own)}${shared}`, { providers });
  return providers.params.setting("modify_params");
}

test("whether messages are changed is said by the deployment, else for all", async () => {
  const shared = "litellm_settings: {modify_params: true}\n";
  assert.deepEqual(await Promise.all([modifies("seed: 1", ""), modifies("seed: 1", shared), modifies("modify_params: false", shared)]), [
    false,
    true,
    false,
  ]);
});

test("a deployment's own parameters win over its credential's, and these over everybody's defaults", async () => {
  const providers = new FakeProviders();
  const text = `${oneDeployment("litellm_credential_name: c", "seed: 1")}credential_list:
  - {credential_name: c, credential_values: {api_key: cred-key, api_base: "http://cred"}, credential_info: {}}
router_settings: {default_litellm_params: {api_key: default-key, api_base: "http://default", seed: 2, top_p: 0.5}}
`;
  await loadValid(text, { providers });
  const { apiKey, apiBase, defaults } = providers.params;
  assert.deepEqual({ apiKey, apiBase, defaults }, { apiKey: "cred-key", apiBase: "http://cred", defaults: { seed: 1, top_p: 0.5 } });
});

test("an unknown credential is a problem of the deployment", async () => {
  const { problems } = await load(oneDeployment("litellm_credential_name: nope"));
  assert.match(
    told(problems)[0] ?? "",
    /^5:32 model_list\[0\]\.litellm_params\.litellm_credential_name: there is no such entry in credential_list; there are none/,
  );
});

test("base_url is another name of api_base, request_timeout of timeout", async () => {
  const providers = new FakeProviders();
  const { source } = await loadValid(oneDeployment("base_url: http://b", "request_timeout: 3"), { providers });
  assert.equal(providers.params.apiBase, "http://b");
  assert.equal(source.deployments[0]?.timeoutMs, 3_000);
  const { warnings } = await load(oneDeployment("base_url: http://b", "api_base: http://a"), { providers });
  assert.deepEqual(told(warnings), ["5:17 model_list[0].litellm_params.base_url: api_base is set too, and counts"]);
});

test("limits are found wherever people write them", async () => {
  const places: readonly (readonly [string, number])[] = [
    ["model_list: [{model_name: g, rpm: 7, litellm_params: {model: openai/m}}]", 0],
    ["model_list: [{model_name: g, litellm_params: {model: openai/m, rpm_limit: 7}}]", 1],
    ["model_list: [{model_name: g, litellm_params: {model: openai/m}, model_info: {rpm: 7}}]", 1],
    ["model_list: [{model_name: g, rpm_limit: 7, litellm_params: {model: openai/m}}]", 1],
    ["model_list: [{model_name: g, rpm: 9, litellm_params: {model: openai/m, rpm: 7}}]", 0],
    ["model_list: [{model_name: g, litellm_params: {model: openai/m, rpm: 7, rpm_limit: 9}}]", 1],
  ];
  for (const [text, warned] of places) {
    const providers = new FakeProviders();
    const { config, warnings } = await load(text, { providers });
    assert.equal(config?.source.deployments[0]?.rpm, 7, text);
    assert.equal(warnings.length, warned, text);
    assert.deepEqual(providers.params.defaults, {});
  }
});

test("prices may stand under model_info, and those under litellm_params win", async () => {
  const { source } = await loadValid(
    "model_list: [{model_name: g, litellm_params: {model: openai/m, input_cost_per_token: 1}, model_info: {input_cost_per_token: 2, output_cost_per_token: 3}}]",
  );
  assert.equal(source.deployments[0]?.inputCostPerToken, 1);
  assert.equal(source.deployments[0]?.outputCostPerToken, 3);
});

test("a deployment without an order comes after its siblings that have one", async () => {
  const { source } = await loadValid(
    `model_list:\n${entryOf("a", "1")}${entryOf("a", "2, order: 1")}${entryOf("a", "3, order: 2")}${entryOf("b", "4")}`,
  );
  assert.deepEqual(
    source.deployments.map(({ order }) => order),
    [3, 1, 2, 0],
  );
});

test("an id is the given one, or a hash that survives restarts, reordering and a turned-over key", async () => {
  const before = await idsOf(pairWith("model: openai/a, rpm: 3, api_key: os.environ/K"), { K: "old-key" });
  const after = await idsOf(pairWith("api_key: os.environ/K, model: openai/a, rpm: 3"), { K: "new-key" });
  assert.deepEqual(after, before);
  assert.equal(before[1], "42");
  assert.notEqual((await idsOf(pairWith("model: openai/a, rpm: 4, api_key: os.environ/K"), { K: "x" }))[0], before[0]);
});

test("identical twins are two deployments with stable ids of their own", async () => {
  const text = `model_list:\n${"  - {model_name: g, litellm_params: {model: openai/a}}\n".repeat(3)}`;
  const first = await load(text);
  const ids = first.config?.source.deployments.map(({ id }) => id) ?? [];
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(
    (await loadValid(text)).source.deployments.map(({ id }) => id),
    ids,
  );
  assert.equal(first.warnings.length, 2);
  assert.match(told(first.warnings)[0] ?? "", /^3:37 .*says the same as the entry at config\.yaml:2; both count/);
});

test("entries that differ only in a limit beside litellm_params are no twins", async () => {
  const { warnings } = await load(
    "model_list: [{model_name: g, rpm: 1, litellm_params: {model: openai/a}}, {model_name: g, rpm: 2, litellm_params: {model: openai/a}}]",
  );
  assert.deepEqual(warnings, []);
});

test("a list of organizations makes one deployment of each", async () => {
  const providers = new FakeProviders();
  const { source } = await loadValid(
    "model_list: [{model_name: g, litellm_params: {model: openai/a, organization: [x, y]}, model_info: {id: o}}]",
    { providers },
  );
  assert.deepEqual(
    source.deployments.map(({ id }) => id),
    ["o", "o-2"],
  );
  assert.deepEqual(
    providers.connected.map(({ params }) => params.organization),
    ["x", "y"],
  );
});

test("what is wrong inside a deployment is told at its place", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["- 3", "2:3 model_list[0]: must be a map with model_name and litellm_params, not 3"],
    ["- {litellm_params: {model: openai/a}}", "2:3 model_list[0].model_name: must be a text: the name that callers use"],
    ["- {model_name: g}", "2:3 model_list[0]: has no litellm_params: a map with at least `model: provider/name`"],
    ["- {model_name: g, litellm_params: x}", '2:35 model_list[0].litellm_params: must be a map, not "x"'],
    [
      "- {model_name: g, litellm_params: {rpm: 3}}",
      "2:35 model_list[0].litellm_params.model: must be a text such as `openai/gpt-4o` or `azure/my-deployment`",
    ],
    [
      "- {model_name: g, litellm_params: {model: nvidia/x}}",
      '2:43 model_list[0].litellm_params.model: unknown provider "nvidia"; allowed are openai, azure, mock',
    ],
    [
      "- {model_name: g, litellm_params: {model: azure/<your-name>}}",
      "2:43 model_list[0].litellm_params.model: is an unfilled placeholder <your-name>: put the real value there",
    ],
    [
      "- {model_name: g, litellm_params: {model: openai/a, rpm: -1}}",
      "2:58 model_list[0].litellm_params.rpm: must be a whole number ≥ 0, not -1",
    ],
    [
      "- {model_name: g, litellm_params: {model: openai/a, input_cost_per_token: 0.0.00006}}",
      '2:75 model_list[0].litellm_params.input_cost_per_token: must be a number ≥ 0, not "0.0.00006"',
    ],
    [
      "- {model_name: g, litellm_params: {model: openai/a, api_key: {a: b}}}",
      "2:62 model_list[0].litellm_params.api_key: must be a text, not a map",
    ],
    [
      '- {model_name: g, litellm_params: {model: openai/a, extra_headers: {x: "a\\nb"}}}',
      "2:72 model_list[0].litellm_params.extra_headers.x: must be one line of plain characters",
    ],
  ];
  for (const [entry, problem] of cases) {
    const { problems } = await load(`model_list:\n${entry}\n`);
    const [first] = told(problems);
    assert.ok(first?.startsWith(problem), `${first}\n${problem}`);
    assert.ok(told(problems).at(-1)?.endsWith("(no deployment would be left)"));
  }
});

test("what a provider finds wrong is told at the parameter's place", async () => {
  const providers = new FakeProviders();
  providers.complaints = [
    { key: "mock.error_rate", message: "too high" },
    { key: "api_version", message: "is missing" },
  ];
  const { problems } = await load(oneDeployment("mock: {error_rate: 3}"), { providers });
  assert.deepEqual(
    problems.map(({ line, column, key, message }) => [line, column, key, message.slice(0, 10)]),
    [
      [4, 7, "model_list[0].litellm_params.api_version", "is missing"],
      [5, 26, "model_list[0].litellm_params.mock.error_rate", "too high ("],
    ],
  );
});

test("a duplicate id is a problem of the second deployment", async () => {
  const text = `model_list:\n${sameIdEntry("a")}${sameIdEntry("b")}`;
  const { problems } = await load(text);
  assert.match(told(problems)[0] ?? "", /^3:73 model_list\[1\]\.model_info\.id: the id "same" is taken: config\.yaml:2; ids are unique/);
  const skipped = await loadValid(text, { skipInvalid: true });
  assert.deepEqual([skipped.source.deployments.length, skipped.source.invalid.length], [1, 1]);
  assert.notEqual(skipped.source.invalid[0]?.id, "same");
});

test("an id with the name of another group is warned of: the group wins", async () => {
  const { warnings } = await load(`model_list:\n${entryWithId("one", "two")}${entryWithId("two", "x")}${entryWithId("three", "three")}`);
  assert.deepEqual(told(warnings), [
    "2:77 model_list[0].model_info.id: is hidden by the group two: calls for this name go to the group, not to this deployment of one",
  ]);
});

test("a weight is bounded, so that sums of weights are finite", async () => {
  for (const weight of ["1e308", "1000000001", ".inf"]) {
    const { problems } = await load(oneDeployment(`weight: ${weight}`));
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", /^must be a number ≥ 0 and ≤ 1000000000, not /);
  }
  const { source } = await loadValid(oneDeployment("weight: 1e9"));
  assert.equal(source.deployments[0]?.weight, 1e9);
});

test("a long list of what is allowed is told once, in the refusal, and in no reason or warning", async () => {
  const allowed = "allowed are openai, azure, mock";
  const text = `model_list:
  - {model_name: good, litellm_params: {model: openai/a}}
  - {model_name: one, litellm_params: {model: nvidia/a}}
  - {model_name: two, litellm_params: {model: nvidia/b}}
`;
  const { problems } = await load(text);
  assert.deepEqual(
    problems.map(({ message }) => message.replace(/ \(to start.*/, "")),
    [`unknown provider "nvidia"; ${allowed}`, 'unknown provider "nvidia"'],
  );
  const { warnings, config } = await load(text, { skipInvalid: true });
  assert.equal(warnings.length, 2);
  assert.equal(config?.source.invalid.length, 2);
  assert.ok(!JSON.stringify([warnings, config.source.invalid]).includes(allowed));
});

test("invalid deployments are left out on purpose, loudly, with their reason", async () => {
  const text = `model_list:
  - {model_name: good, litellm_params: {model: openai/a}}
  - {model_name: bad, litellm_params: {model: nvidia/b, rpm: x}}
  - {model_name: os.environ/GONE, litellm_params: {model: openai/c}}
`;
  for (const { config, problems, warnings } of [
    await load(text, { skipInvalid: true }),
    await load(text, { skipInvalid: undefined }),
    await load(`${text}router_settings: {ignore_invalid_deployments: true}\n`, { skipInvalid: undefined }),
  ]) {
    assert.deepEqual(problems, []);
    assert.deepEqual(
      config?.source.deployments.map(({ group }) => group),
      ["good"],
    );
    assert.deepEqual(
      config.source.invalid.map(({ group, address, reason }) => [group, address, reason]),
      [
        [
          "bad",
          "nvidia/b",
          'model_list[1].litellm_params.rpm: must be a whole number ≥ 0, not "x"; model_list[1].litellm_params.model: unknown provider "nvidia"',
        ],
        [
          "os.environ/GONE",
          "openai/c",
          'model_list[2].model_name: environment variable GONE is not set, and the deployment of "os.environ/GONE" needs it',
        ],
      ],
    );
    assert.equal(warnings.length, 3);
    for (const { message } of warnings) assert.match(message, /^DEPLOYMENT LEFT OUT/);
  }
});

test("a mock_response answers through the mock provider, under the real provider's name", async () => {
  const providers = new FakeProviders();
  const { source } = await loadValid(oneDeployment("mock_response: hello"), { providers });
  assert.deepEqual(
    providers.connected.map(({ plugin, params }) => [plugin, params.model, params.mockResponse]),
    [["mock", "openai/gpt-4o", "hello"]],
  );
  assert.deepEqual([source.deployments[0]?.provider, source.deployments[0]?.upstreamModel], ["openai", "gpt-4o"]);
});

test("supported_environments keep a deployment for its environment, and nothing in it is looked at elsewhere", async () => {
  const text =
    "model_list: [{model_name: g, litellm_params: {model: openai/a, api_key: os.environ/PROD}, model_info: {supported_environments: [production]}}]\n";
  const elsewhere = await load(`${text}router_settings: {model_group_alias: {a: g}}\n`, { env: { LITELLM_ENVIRONMENT: "staging" } });
  assert.deepEqual(elsewhere.config?.source.deployments, []);
  assert.deepEqual(elsewhere.config.source.aliases, []);
  assert.match(told(elsewhere.warnings).join("\n"), /not loaded: it is for production/);
  const here = await load(text, { env: { LITELLM_ENVIRONMENT: "production", PROD: "k" } });
  assert.equal(here.config?.source.deployments.length, 1);
  const unset = await load(text, { env: { PROD: "k" } });
  assert.equal(unset.config?.source.deployments.length, 1);
  assert.equal(unset.warnings.length, 1);
});

test("a mistyped setting is warned of, and still sent; a known request parameter is not", async () => {
  const providers = new FakeProviders();
  const { warnings } = await load(oneDeployment("weigth: 3", "top_k: 3", "seed: 1", "wholly_new: 1"), { providers });
  assert.deepEqual(told(warnings), [
    "5:7 model_list[0].litellm_params.weigth: is no setting, so it goes to the provider as a request parameter (did you mean weight?)",
  ]);
  assert.deepEqual(providers.params.defaults, { weigth: 3, top_k: 3, seed: 1, wholly_new: 1 });
});

test("a deployment's cached tokens have prices of their own, and its answers a cap: what is sent, else what the model can", async () => {
  const cases: readonly [params: readonly string[], info: string, cap: number | undefined][] = [
    [["max_tokens: 100", "max_completion_tokens: '4000'"], "{max_output_tokens: 8000}", 4_000],
    [["max_tokens: 100000"], "{}", 100_000],
    [["extra_body: {max_tokens: 7}"], "{}", 7],
    [[], "{max_output_tokens: 8000}", 8_000],
    [[], "{max_output_tokens: 200000}", 16_384],
    [[], "{}", 16_384],
    [[], "{base_model: gpt-4}", 4_096],
    [[], "{base_model: unheard-of}", undefined],
  ];
  for (const [params, info, cap] of cases) {
    const prices = ["cache_read_input_token_cost: 1e-7", "cache_creation_input_token_cost: 2e-7"];
    const { source } = await loadValid(`${oneDeployment(...prices, ...params)}\n    model_info: ${info}\n`);
    const [one] = source.deployments;
    assert.deepEqual([one?.cacheReadCostPerToken, one?.cacheWriteCostPerToken, one?.maxOutputTokens], [1e-7, 2e-7, cap]);
  }
});

test("deployments with faults refuse a configuration that asks for that, and one in which none is left", async () => {
  const good = "  - {model_name: good, litellm_params: {model: openai/a}}\n";
  const bad = "  - {model_name: bad, litellm_params: {model: nvidia/b}}\n";
  const text = `model_list:\n${good}${bad}`;
  const refused: readonly (readonly [text: string, skipInvalid: boolean | undefined, why: RegExp])[] = [
    [text, false, /to start without such deployments/],
    [`${text}router_settings: {ignore_invalid_deployments: false}\n`, undefined, /to start without such deployments/],
    [`${text}router_settings: {ignore_invalid_deployments: true}\n`, false, /to start without such deployments/],
    [`model_list:\n${bad}`, undefined, /no deployment would be left/],
    [`model_list:\n${bad}${bad}`, true, /no deployment would be left/],
    [`${text}general_settings: {master_key: os.environ/NOWHERE}\n`, undefined, /NOWHERE is not set/],
    [`${text}keys: [{name: k, sha256: no}]\n`, undefined, /sha256/],
  ];
  for (const [config, skipInvalid, why] of refused) {
    const result = await load(config, { skipInvalid });
    assert.equal(result.config, undefined, config);
    assert.match(told(result.problems).join("\n"), why);
  }
  const asked = await loadValid(`${text}router_settings: {ignore_invalid_deployments: false}\n`, { skipInvalid: true });
  assert.equal(asked.source.invalid.length, 1);
});

test("where nothing was said, an edit may not bring a fault that was not there", async () => {
  const good = "  - {model_name: good, litellm_params: {model: openai/a}}\n";
  const before = await loadValid(`model_list:\n${good}${badEntry("one")}`, { skipInvalid: undefined });
  const knownFaults = before.content.faults;
  const edit = (text: string, skipInvalid?: boolean) => load(text, { skipInvalid, knownFaults });
  // The fault of before is known wherever it stands by now.
  assert.ok((await edit(`model_list:\n${good}${good}${badEntry("one")}`)).config);
  assert.ok((await edit(`model_list:\n${good}${badEntry("two")}`, true)).config);
  assert.ok((await edit(`model_list:\n${good}${badEntry("two")}router_settings: {ignore_invalid_deployments: true}\n`)).config);
  const { config, problems } = await edit(`model_list:\n${good}${badEntry("one")}${badEntry("two")}`);
  assert.equal(config, undefined);
  assert.deepEqual(
    problems.map(({ key }) => key),
    ["model_list[2].litellm_params.model"],
  );
  assert.match(problems[0]?.message ?? "", /the configuration in force does not have this fault, so it stays in force/);
});
