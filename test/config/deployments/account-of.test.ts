import assert from "node:assert/strict";
import { test } from "node:test";
import { loadValid } from "../support/load.ts";

async function accountsOf(...params: readonly string[]): Promise<readonly (string | undefined)[]> {
  const entries = params.map((one, index) => `  - {model_name: g${index}, litellm_params: {${one}}}\n`);
  const { source } = await loadValid(`model_list:\n${entries.join("")}`);
  return source.deployments.map(({ account }) => account);
}

test("deployments share what their provider says where provider, address, key and upstream model are the same", async () => {
  const [one, twin] = await accountsOf(
    "model: openai/gpt-4o, api_key: k, rpm: 5, temperature: 0",
    "api_key: k, model: openai/gpt-4o, weight: 2, timeout: 9",
  );
  assert.ok(one);
  assert.equal(one, twin);
});

test("another key, address, organization, model or header makes another account", async () => {
  const accounts = await accountsOf(
    "model: openai/gpt-4o, api_key: k",
    "model: openai/gpt-4o, api_key: other",
    "model: openai/gpt-4o-mini, api_key: k",
    "model: openai/gpt-4o, api_key: k, organization: o",
    "model: openai/gpt-4o, api_key: k, api_base: http://localhost:1/v1",
    "model: openai/gpt-4o, api_key: k, extra_headers: {x-team: a}",
    "model: openai/gpt-4o, api_key: k, aws_region_name: eu-west-1",
    "model: openai/gpt-4o, api_key: k, aws_role_name: r",
    "model: openai/gpt-4o, api_key: k, model_id: profile",
  );
  assert.equal(new Set(accounts).size, accounts.length);
});

test("an account's name gives no key away, and made-up answers and wildcards share none", async () => {
  const [account = "", mock, wildcard] = await accountsOf(
    "model: openai/gpt-4o, api_key: k-secret",
    "model: mock/m",
    "model: openai/*, api_key: k",
  );
  assert.doesNotMatch(account, /secret/);
  assert.deepEqual([mock, wildcard], [undefined, undefined]);
});
