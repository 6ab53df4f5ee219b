import assert from "node:assert/strict";
import { test } from "node:test";
import { keyEndpointNames } from "../../../src/core/keys/endpoint-access.ts";
import { sha256 } from "../../../src/lib/secret.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const master = "general_settings: {master_key: sk-master-0123456789}\n";
const base = `${oneDeployment("input_cost_per_token: 0", "output_cost_per_token: 0")}${master}`;
const digest = sha256("a secret of many words");

const entry = (...lines: readonly string[]): string =>
  `${base}keys:\n  - name: team\n    sha256: ${digest}\n${lines.map((line) => `    ${line}\n`).join("")}`;

function withoutPlaces(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/^\d+:\d+ /, ""));
}

/** What is said, without its places. */
async function messages(text: string): Promise<{ problems: readonly string[]; warnings: readonly string[] }> {
  const result = await load(text);
  return { problems: withoutPlaces(told(result.problems)), warnings: withoutPlaces(told(result.warnings)) };
}

test("a key is read with all that it may do", async () => {
  const { keys } = await loadValid(
    entry(
      "models: [group, 'gr*']",
      "rpm: 10",
      "tpm: '1000'",
      "max_parallel_requests: 2",
      "max_budget: 2.5",
      "budget_duration: 7d",
      "tags: eu, paid",
      "priority: -1",
      "expires: 2099-01-31T18:00:00+01:00",
      "metadata: {owner: {name: Ada}, level: 3}",
    ),
  );
  assert.deepEqual(keys, [
    {
      name: "team",
      sha256: digest,
      previous: undefined,
      models: ["group", "gr*"],
      rpm: 10,
      tpm: 1_000,
      maxParallelRequests: 2,
      maxBudget: 2.5,
      budgetDuration: "7d",
      tags: ["eu", "paid"],
      priority: -1,
      expiresAt: Date.UTC(2099, 0, 31, 17),
      metadata: { owner: { name: "Ada" }, level: 3 },
      revoked: false,
      origin: "config",
      createdAt: undefined,
    },
  ]);
});

test("a key names the endpoints that it may call, and groups of them", async () => {
  const { keys } = await loadValid(entry("endpoints: [chat, images, files]"));
  assert.deepEqual(keys[0]?.endpoints, ["chat", "images", "files"]);
  assert.deepEqual((await loadValid(entry("endpoints: rerank"))).keys[0]?.endpoints, ["rerank"]);
  const { warnings } = await messages(entry("endpoints: []"));
  assert.ok(
    warnings.some((line) => line.startsWith("keys[0].endpoints: is empty")),
    warnings.join("\n"),
  );
});

test("a digest may be in capitals, and may come from the environment", async () => {
  const capitals = await loadValid(entry().replace(digest, digest.toUpperCase()));
  assert.equal(capitals.keys[0]?.sha256, digest);
  const fromOutside = await loadValid(entry().replace(digest, "os.environ/TEAM_DIGEST"), { env: { TEAM_DIGEST: digest } });
  assert.equal(fromOutside.keys[0]?.sha256, digest);
});

test("without keys there are none", async () => {
  const config = await loadValid(base);
  assert.deepEqual([config.keys, config.jwt, config.maxFailedAttempts], [[], undefined, 20]);
  assert.equal((await loadValid(base.replace("{master_key", "{max_failed_attempts: 0, master_key"))).maxFailedAttempts, 0);
});

const wrong: readonly (readonly [string, string])[] = [
  [entry("rpm: 0"), "keys[0].rpm: must be a whole number ≥ 1, not 0"],
  [entry("tpm: many"), 'keys[0].tpm: must be a whole number ≥ 1, not "many"'],
  [entry("max_parallel_requests: 1.5"), "keys[0].max_parallel_requests: must be a whole number ≥ 1, not 1.5"],
  [entry("max_budget: -1"), "keys[0].max_budget: must be a number ≥ 0, not -1"],
  [entry("max_budget: 1", "budget_duration: 1y"), 'keys[0].budget_duration: must be a duration such as 30s, 10m, 24h, 7d or 1mo, not "1y"'],
  [
    entry("endpoints: [chat, transcriptions]"),
    `keys[0].endpoints: "transcriptions" is no endpoint (did you mean transcription?); there are ${keyEndpointNames.join(", ")}`,
  ],
  [entry("priority: high"), 'keys[0].priority: must be a whole number, not "high"'],
  [entry("models: {a: b}"), "keys[0].models: must be a list of names, not a map"],
  [entry("metadata: text"), 'keys[0].metadata: must be a map, not "text"'],
  [
    entry("expires: tomorrow"),
    'keys[0].expires: must be a moment as ISO 8601 has it, with its zone, such as 2027-01-31T18:00:00Z, or a day, not "tomorrow"',
  ],
  [
    entry("expires: 2027-02-30"),
    'keys[0].expires: must be a moment as ISO 8601 has it, with its zone, such as 2027-01-31T18:00:00Z, or a day, not "2027-02-30"',
  ],
  [
    entry("expires: 2027-01-31T18:00:00"),
    'keys[0].expires: must be a moment as ISO 8601 has it, with its zone, such as 2027-01-31T18:00:00Z, or a day, not "2027-01-31T18:00:00"',
  ],
  [
    entry("rmp: 10"),
    "keys[0].rmp: is not known here (did you mean rpm?); there are name, sha256, models, endpoints, rpm, tpm, max_parallel_requests, max_budget, budget_duration, tags, priority, expires, metadata",
  ],
  [`${base}keys: [{sha256: ${digest}}]\n`, "keys[0].name: must be a text of 1 to 128 characters: it stands in logs, metrics and messages"],
  [`${base}keys: [text]\n`, "keys[0]: must be a map with name and sha256"],
  [`${base}keys: {team: ${digest}}\n`, "keys: must be a list, not a map"],
];

for (const [text, problem] of wrong) {
  test(`${problem.slice(0, 60)} … refuses the start`, async () => {
    assert.deepEqual((await messages(text)).problems, [problem]);
  });
}

test("names and secrets are unique", async () => {
  const { problems } = await load(`${entry()}  - name: team\n    sha256: ${digest}\n`);
  assert.deepEqual(told(problems), [
    "11:11 keys[1].name: keys[0] has this name already; names are unique",
    "12:13 keys[1].sha256: keys[0] has the same secret; each key needs one of its own",
  ]);
});

test("a caller's key is not the master key", async () => {
  const { problems } = await messages(entry().replace(digest, sha256("sk-master-0123456789")));
  assert.deepEqual(problems, ["keys[0].sha256: is the master key's: who calls with it could operate the server too"]);
});

const secret = "plain-secret-of-somebody";
for (const [title, text, message] of [
  [
    "under key",
    `${base}keys: [{name: team, key: ${secret}}]\n`,
    /^a secret must not stand in the configuration: give its digest as sha256; .*sha256sum/,
  ],
  ["under api_key", `${base}keys: [{name: team, api_key: ${secret}}]\n`, /^a secret must not stand in the configuration/],
  [
    "in the place of the digest",
    `${base}keys: [{name: team, sha256: ${secret}}]\n`,
    /^must be the 64 hexadecimal digits .* never the secret itself/,
  ],
  ["alone in the list", `${base}keys: [${secret}]\n`, /^must be a map/],
] as const) {
  test(`a plain secret ${title} is refused with the way to its digest, and shown nowhere`, async () => {
    const { problems, warnings } = await load(text);
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.message ?? "", message);
    assert.ok(!JSON.stringify([problems, warnings]).includes(secret));
  });
}

test("names and models of keys are no secrets: they stay readable in messages", async () => {
  const { problems } = await load(entry("models: [group-of-many]", "rpm: none"));
  assert.equal(problems[0]?.sourceLine, "    rpm: none");
});

test("a key without a digest is refused, unless tokens may stand for it", async () => {
  const alone = `keys: [{name: team}]\n`;
  assert.match((await messages(base + alone)).problems[0] ?? "", /^keys\[0\]\.sha256: is missing/);
  const jwt = "{issuer: i, audience: a, jwks_url: 'https://i.example/jwks', default_key: team}";
  const config = await loadValid(`${base.replace("{master_key", `{jwt: ${jwt}, master_key`)}${alone}`);
  assert.equal(config.keys[0]?.sha256, undefined);
});

test("models that lead nowhere, an empty list and a period without a budget are said aloud", async () => {
  const { warnings } = await messages(entry("models: [group, openai/gpt-4o, gruop, 'x/*', '*']", "budget_duration: 1d"));
  assert.deepEqual(warnings, [
    'keys[0].models: there is no group "gruop" (did you mean group?), so this entry leads nowhere',
    'keys[0].models: there is no group "x/*", so this entry leads nowhere',
    "keys[0].budget_duration: renews nothing: there is no max_budget",
  ]);
  assert.match((await messages(entry("models: []"))).warnings[0] ?? "", /is empty, so the key may use every model/);
});

test("keys without a master key close the operator's methods to everybody, which is said", async () => {
  const { warnings } = await messages(entry().replace(master, ""));
  assert.deepEqual(warnings, ["keys: there is no general_settings.master_key, so the methods for operators are closed to everybody"]);
});

test("a budget over deployments without a price is said to count for nothing", async () => {
  const { warnings } = await messages(
    `${oneDeployment().replace("gpt-4o", "mine")}${master}keys: [{name: t, sha256: ${digest}, max_budget: 1}]\n`,
  );
  assert.match(warnings[0] ?? "", /^keys: openai\/mine has no known price, so calls to them count for no max_budget/);
});

test("words of a key's entry are still request parameters elsewhere", async () => {
  const { warnings } = await messages(`${oneDeployment("models: [a, b]", "claim: x")}${master}`);
  assert.deepEqual(warnings, []);
});
