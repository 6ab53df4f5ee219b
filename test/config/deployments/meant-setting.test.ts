import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProviders } from "../support/fake-providers.ts";
import { load, oneDeployment, told } from "../support/load.ts";

async function said(name: string): Promise<{ readonly warning: string; readonly isSent: boolean }> {
  const providers = new FakeProviders();
  const { warnings } = await load(oneDeployment(`${name}: value-of-it`), { providers });
  return { warning: told(warnings).join("\n"), isSent: name in providers.params.defaults };
}

test("a setting of a provider that is not spelled as it should is sent to nobody, with what was meant", async () => {
  for (const [written, meant] of [
    ["vertex_porject", "vertex_project"],
    ["vertex_locaton", "vertex_location"],
    ["vertex_project_id", "vertex_project"],
    ["vertex_region", "vertex_location"],
    ["aws_regoin_name", "aws_region_name"],
    ["aws_region", "aws_region_name"],
    ["aws_acces_key_id", "aws_access_key_id"],
    ["aws_secret_key", "aws_secret_access_key"],
    ["aws_role_arn", "aws_role_name"],
    ["aws-session-token", "aws_session_token"],
  ] as const) {
    const { warning, isSent } = await said(written);
    assert.match(warning, new RegExp(`sent to nobody.*\\(did you mean ${meant}\\?\\)`), written);
    assert.equal(isSent, false, written);
  }
});

test("a key under a wrong name is sent to nobody either", async () => {
  for (const written of ["apikey", "api_keys", "vertx_credentials", "client_secert"]) {
    const { warning, isSent } = await said(written);
    assert.match(warning, /since it looks like a secret \(did you mean/, written);
    assert.equal(isSent, false, written);
  }
});

test("a hint names no setting of another provider, and none where two are as near", async () => {
  for (const written of ["azure_region_name", "azure_project", "vertex_role_name", "aws_location", "aws_username", "vertex_ad_token"]) {
    assert.match((await said(written)).warning, /is no setting that is known here, and is sent to nobody$/, written);
  }
  for (const written of ["xtpm", "region_names_of", "zai_key"]) assert.equal((await said(written)).warning, "", written);
});

test("names that LiteLLM has and Huntgroup does not keep their own words", async () => {
  assert.match((await said("aws_batch_role_arn")).warning, /does not speak natively yet/);
  assert.match((await said("azure_scope")).warning, /does not speak natively yet/);
});
