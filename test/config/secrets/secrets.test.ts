import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { settingsTables } from "../../../src/config/settings/settings-tables.ts";
import type { SectionName } from "../../../src/config/settings/setting-spec.ts";
import { requestParameters } from "../../../src/config/values/request-parameters.ts";
import { isSecretName, maskBrokenLine, maskTokens, resemblesSecretName, Secrets } from "../../../src/config/secrets/secrets.ts";

test("keys are known by their names", () => {
  const secret = [
    "api_key",
    "apiKey",
    "master_key",
    "x-api-key",
    "Authorization",
    "client_secret",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_web_identity_token",
    "redis_password",
  ];
  const more = [
    "azure_ad_token",
    "vertex_credentials",
    "database_url",
    "OPENAI_API_KEY",
    "token",
    "extra_headers",
    "environment_variables",
  ];
  const runTogether = ["masterkey", "secretkey", "ACCESSKEY", "authtoken", "dbpassword", "clientsecret", "awscredentials", "authtokens"];
  const numbered = ["OPENAI_API_KEY_2", "api_key2", "token-1"];
  for (const key of [...secret, ...more, ...runTogether, ...numbered]) assert.equal(isSecretName(key), true, key);
  const open = [
    "max_tokens",
    "max_completion_tokens",
    "input_cost_per_token",
    "tokens_per_second",
    "model",
    "api_base",
    "monkey",
    "max_input_tokens",
    "maxTokens",
    "budget_tokens",
    "prompt_cache_key",
    "key_generation_settings",
    "disable_key_check",
  ];
  for (const key of open) assert.equal(isSecretName(key), false, key);
});

test("a key that was most likely meant to be a secret one is secret too, by the section it stands in", () => {
  const cases: readonly (readonly [SectionName, string, boolean])[] = [
    ["general_settings", "master", true],
    ["general_settings", "master_kye", true],
    ["litellm_params", "api_kee", true],
    ["router_settings", "redis_pass", true],
    ["router_settings", "redis_host", false],
    ["router_settings", "num_retry", false],
    ["litellm_params", "modle", false],
    ["litellm_params", "master", false],
  ];
  for (const [section, key, secret] of cases) assert.equal(resemblesSecretName(key, section), secret, `${section}.${key}`);
});

test("no request parameter and no setting is taken for a mistyped secret", () => {
  const known = [...requestParameters.keys(), ...Object.values(settingsTables).flatMap((table) => Object.keys(table))];
  for (const key of known) {
    for (const section of Object.keys(settingsTables) as SectionName[]) {
      assert.equal(!isSecretName(key) && resemblesSecretName(key, section), false, `${section}.${key}`);
    }
  }
});

test("what looks like a credential is masked wherever it stands", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["use sk-abcdefghijkl now", "use *** now"],
    ["https://user:pass@host/v1", "https://***@host/v1"],
    ["https://host/v1?api_key=abc&x=1", "https://host/v1?api_key=***&x=1"],
    ["Bearer abc.def", "Bearer ***"],
    ["--skip-invalid and task-oriented", "--skip-invalid and task-oriented"],
  ];
  for (const [text, masked] of cases) assert.equal(maskTokens(text), masked);
});

test("a line of a broken file shows nothing behind a secret key and nothing without a key", () => {
  assert.equal(maskBrokenLine('  api_key: "abc'), "  api_key: ***");
  assert.equal(maskBrokenLine("{model: x, api_key: abc, rpm: 1"), "{model: x, api_key: ***");
  assert.equal(maskBrokenLine("  masterkey: abc: "), "  masterkey: ***");
  assert.equal(maskBrokenLine("  master_kye: abc: "), "  master_kye: ***");
  assert.equal(maskBrokenLine("    rest-of-a-secret"), "    ***");
  assert.equal(maskBrokenLine("  model: gpt-4o: x"), "  model: gpt-4o: x");
});

test("a remembered secret is taken out of any text, the longest first", () => {
  const secrets = new Secrets();
  secrets.remember("abcdefgh");
  secrets.remember("abcdefgh-and-more");
  secrets.remember("on");
  assert.equal(secrets.scrub("on abcdefgh-and-more, abcdefgh"), "on ***, ***");
});

test("what stands behind a header's scheme is a secret by itself", () => {
  const secrets = new Secrets();
  secrets.remember("Bearer behind-the-scheme");
  assert.equal(secrets.scrub("behind-the-scheme, and Bearer behind-the-scheme"), "***, and ***");
});

test("a key that this program has made is hidden also within a word", () => {
  assert.equal(maskTokens("xsk-hg-0123456789"), "x***");
});

test("secrets of another load are taken in with all that is known of them", () => {
  const [secrets, other] = [new Secrets(), new Secrets()];
  secrets.remember("the-first-one");
  other.remember("the-second-one");
  secrets.include(other);
  assert.equal(secrets.scrub("the-first-one, the-second-one"), "***, ***");
});

test("the quick look misses nothing that the thorough one masks", () => {
  const tokens = ["sk-", "pk-", "rk-", "xai-", "nvapi-", "pplx-", "csk-", "tgp-", "gsk_", "hf_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
    .concat(["github_pat_", "r8_", "AKIA", "AIza"])
    .map((prefix) => `${prefix}0123456789`);
  const others = [
    "http://user:pass@host",
    "/p?key=abc",
    "/p?a=1&sig=abc",
    "?API_KEY=abc",
    ...Array.from({ length: 8 }, (_, capitals) => {
      const start = ["b", "e", "a"].map((letter, place) => (((capitals >> place) & 1) === 1 ? letter.toUpperCase() : letter));
      return `${start.join("")}rER abc`;
    }),
  ];
  for (const text of [...tokens, ...others]) {
    assert.notEqual(maskTokens(text), text, `${text} is nothing to be masked`);
    for (const around of ["", "x "]) assert.equal(new Secrets().scrub(around + text), maskTokens(around + text), text);
  }
  const text = fc.string({ unit: "grapheme" });
  const secretText = fc.string({ minLength: 8, unit: "grapheme" }).filter((secret) => !secret.includes("*"));
  fc.assert(
    fc.property(secretText, text, text, (secret, before, after) => {
      const secrets = new Secrets();
      secrets.remember(secret);
      assert.ok(!secrets.scrub(`${before}${secret}${after}`).includes(secret));
    }),
  );
});

test("random ids are told harmless by the quick look, whatever secrets there are", () => {
  const secrets = new Secrets();
  for (let count = 0; count < 10; count++) secrets.remember(createHash("sha256").update(`${count}`).digest("hex"));
  secrets.remember("sk-0123456789");
  const ids = Array.from({ length: 1_000 }, (_, count) => createHash("sha1").update(`${count}`).digest("hex"));
  const doubtful = ids.filter((id) => secrets.mayHold(id));
  // "bea" is the beginning of "bearer", and in one of a hundred of these.
  assert.ok(doubtful.length < 30, `${doubtful.length} of 1,000 are looked at more closely`);
});
