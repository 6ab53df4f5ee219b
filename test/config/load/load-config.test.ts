import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { formatProblem } from "../../../src/config/load/config-problem.ts";
import { describeConfig } from "../../../src/config/load/describe-config.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const entry = (group: string, model: string) => `  - {model_name: ${group}, litellm_params: {model: openai/${model}}}\n`;

test("included files are read relative to the including one; lists are joined and maps merged", async () => {
  const { config, warnings } = await load({
    "config.yaml": `include: [sub/models.yaml]\nmodel_list:\n${entry("a", "1")}router_settings: {num_retries: 1, timeout: 5}\n`,
    "sub/models.yaml": `include: deeper.yaml\nmodel_list:\n${entry("b", "2")}router_settings: {num_retries: 4}\n`,
    "sub/deeper.yaml": `model_list:\n${entry("c", "3")}`,
  });
  assert.deepEqual(
    config?.source.deployments.map(({ group }) => group),
    ["a", "b", "c"],
  );
  assert.equal(config.source.settings.numRetries, 4);
  assert.equal(config.source.settings.timeoutMs, 5_000);
  assert.deepEqual(config.files, ["config.yaml", resolve("sub/models.yaml"), resolve("sub/deeper.yaml")]);
  assert.deepEqual(told(warnings), [
    "4:19 router_settings.num_retries: is also set in the file that includes this one; the value here counts",
  ]);
});

test("a problem in an included file is told with that file's name and line", async () => {
  const { problems } = await load({ "config.yaml": "include: [m.yaml]\n", "m.yaml": "\nmodel_list: 3\n" });
  assert.deepEqual(
    problems.map(({ file, line, message }) => [file, line, message]),
    [[resolve("m.yaml"), 2, "must be a list, not 3"]],
  );
});

test("a file that is missing, included in a circle or empty does not get lost", async () => {
  assert.deepEqual(told((await load({})).problems), ["1:1 : cannot be read: there is no such file"]);
  assert.deepEqual(told((await load("include: [nope.yaml]\n")).problems), [
    "1:11 include: nope.yaml cannot be read: there is no such file",
  ]);
  assert.deepEqual(
    told((await load("include: config.yaml\nmodel_list: []\n")).warnings)[0],
    "1:10 include: config.yaml was read already, and is not read again",
  );
  const empty = await load("# nothing\n");
  assert.notEqual(empty.config, undefined);
  assert.equal(empty.warnings[0]?.message, "the file is empty");
  for (const nothing of ["", " \n\n"])
    assert.deepEqual(told((await load(nothing)).problems), [
      "1:1 : is empty; a configuration that is to hold nothing says so: model_list: []",
    ]);
});

test("where an included file is missing, the rest is validated all the same", async () => {
  const rest = `model_list:\n${entry("a", "1")}router_settings: {num_retries: x, model_group_alias: {b: from-nope}}\n`;
  const { problems, warnings, config } = await load({
    "config.yaml": `include: [sub/inc.yaml, nope.yaml, os.environ/GONE]\n${rest}`,
    "sub/inc.yaml": "include:\n  - gone.yaml\ngeneral_settings: {max_request_size_mb: 0}\n",
  });
  assert.equal(config, undefined);
  assert.deepEqual(told(warnings), []);
  assert.deepEqual(
    problems.map(({ file, line, column, key }) => [file, line, column, key]),
    [
      ["config.yaml", 1, 25, "include"],
      ["config.yaml", 1, 36, "include[2]"],
      // What `b` stands for may be in a file that is missing: nothing is said of it.
      ["config.yaml", 4, 32, "router_settings.num_retries"],
      [resolve("sub/inc.yaml"), 2, 5, "include"],
      [resolve("sub/inc.yaml"), 3, 41, "general_settings.max_request_size_mb"],
    ],
  );
});

test("where an included file is no YAML, the rest is validated all the same, and no lack of deployments is claimed", async () => {
  const { problems, warnings } = await load({
    "config.yaml": "include: broken.yaml\nrouter_settings: {num_retries: x}\n",
    "broken.yaml": "model_list: [\n",
  });
  assert.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      ["config.yaml", 2],
      [resolve("broken.yaml"), 2],
    ],
  );
  assert.deepEqual(warnings, []);
});

test("all problems are told in one go, in the order of their lines", async () => {
  const { problems } = await load(
    `router_settings: {num_retries: x, model_group_alias: {a: nowhere}}\n${oneDeployment("rpm: x", "tpm: x")}general_settings: {master_key: os.environ/NONE}\n`,
  );
  assert.deepEqual(
    problems.map(({ line }) => line),
    [1, 1, 6, 7, 8],
  );
});

test("an empty or missing model_list and null sections load with warnings", async () => {
  for (const text of ["model_list: []\n", "model_list:\n", "general_settings: {}\n"]) {
    const { config, warnings } = await load(text);
    assert.deepEqual(config?.source.deployments, []);
    assert.match(warnings[0]?.message ?? "", /holds no deployment/);
  }
  const { config, warnings } = await load(`${oneDeployment()}general_settings:\nlitellm_settings:\nenvironment_variables:\n`);
  assert.notEqual(config, undefined);
  assert.equal(warnings.length, 3);
});

test("the routing table is described without secrets", async () => {
  const config = await loadValid(
    `${oneDeployment("api_key: sk-very-secret-key", "rpm: 6", "weight: 2", "timeout: 3")}router_settings: {model_group_alias: {x: {model: group, hidden: true}}}\ngeneral_settings: {master_key: sk-master-secret}\n`,
  );
  const text = describeConfig(config);
  assert.match(text, /^group group\n {2}[0-9a-f]{20} {2}openai {2}gpt-4o {2}weight 2, rpm 6, timeout 3 s\n/);
  assert.match(text, /aliases\n {2}x {2}→ group {2}hidden\n/);
  assert.match(text, /master key +set\n/);
  assert.doesNotMatch(text, /secret/);
});

test("a secret never appears, whatever is wrong around it", async () => {
  const secret = "S3cr3t-v4lue-0f-s0me-k1nd";
  const lines = [
    `      api_key: ${secret}`,
    `      api_key: [${secret}]`,
    `      api_key: {a: "${secret}", b: <x>}`,
    `      api_key: >-\n        ${secret}\n      rpm: x`,
    `      rpm: x # \n      extra_headers: {Authorization: Bearer ${secret}, "b d": 1}`,
    `      rpm: os.environ/SECRET`,
    `      weight: "\${SECRET}"`,
    `      api_base: https://user:${secret}@host/?api_key=${secret}\n      rpm: x`,
    `      mock: {api_key: ${secret}, rpm: -3}`,
    `      api_key: ${secret}: ${secret}`,
    `      api_key: "${secret}`,
    `    model_info: {id: [${secret}], client_secret: ${secret}, rpm: x}`,
    `    api_key: ${secret}`,
    `general_settings: {master_key: ["${secret}"], database_url: "${secret}", x_token: ${secret}}`,
    `litellm_settings: {master_key: ${secret}, num_retries: x}`,
    `general_settings: {masterkey: ${secret}}`,
    `general_settings:\n  master_kye: ${secret}`,
    `general_settings: {master: ["${secret}"]}`,
    `masterkey: ${secret}`,
    `      apikye: ${secret}\n      dbpassword: ${secret}\n      rpm: x`,
    `environment_variables: {A: ${secret}, B: [${secret}]}`,
    `router_settings: {redis_password: ${secret}, timeout: os.environ/SECRET, routing_strategy: \${SECRET}}`,
    `router_settings: {fallbacks: [g: [{model: b, api_key: ${secret}}, os.environ/SECRET], "\${SECRET}"], retry_policy: \${SECRET}}`,
    `      tags: {a: ${secret}}\n      api_key: ${secret}\n      allowed_fails_policy: os.environ/SECRET`,
    `      api_key: ${secret}\n   bad indentation: [`,
  ];
  await fc.assert(
    fc.asyncProperty(fc.subarray(lines, { minLength: 1 }), fc.boolean(), async (chosen, skipInvalid) => {
      const text = `${oneDeployment()}${chosen.join("\n")}\n`;
      const { problems, warnings, config } = await load(text, { env: { SECRET: secret }, skipInvalid });
      const shown = [...problems, ...warnings].map(formatProblem).join("\n") + (config === undefined ? "" : describeConfig(config));
      assert.doesNotMatch(shown, new RegExp(secret), shown);
      assert.doesNotMatch(JSON.stringify([problems, warnings, config?.source.invalid]), new RegExp(secret));
    }),
    { numRuns: 150 },
  );
});

test("no text, however broken, makes loading throw", async () => {
  const fragment = fc.constantFrom(
    "model_list",
    "router_settings",
    ":",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "*a",
    "&a ",
    "<<",
    "null",
    "os.environ/X",
    "${",
    '"',
    "3",
    "litellm_params",
    "model_name",
    "model",
    "include",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fragment, { maxLength: 40 }), async (pieces) => {
      const { config, problems } = await load(pieces.join(""));
      assert.equal(config === undefined, problems.length > 0);
    }),
    { numRuns: 400 },
  );
});
