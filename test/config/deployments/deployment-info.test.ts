import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeploymentInfo } from "../../../src/core/deployment.ts";
import { loadValid, oneDeployment } from "../support/load.ts";

async function infoOf(texts: string, env: Readonly<Record<string, string>> = {}): Promise<DeploymentInfo> {
  const { source } = await loadValid(texts, { env });
  const [deployment] = source.deployments;
  assert.ok(deployment);
  return deployment.info;
}

test("a deployment is shown as it is written, without any secret", async () => {
  const { params } = await infoOf(
    oneDeployment(
      "api_key: os.environ/KEY",
      "api_base: https://user:pa55word@host.example/v1?api-version=1&sig=s3cret",
      "api_version: os.environ/VERSION",
      "rpm: os.environ/RPM",
      "temperature: 0.5",
      "user: os.environ/WHO",
      "my_own_thing: os.environ/THING",
      "extra_headers: {x-team: s3cret, authorization: Bearer s3cret}",
      "extra_body: {deep: {token: s3cret, plain: [1, sk-1234567890abcdef]}}",
    ),
    { KEY: "s3cret-key", VERSION: "2024-10-21", RPM: "60", WHO: "me", THING: "s3cret-thing" },
  );
  assert.deepEqual(params, {
    model: "openai/gpt-4o",
    api_key: "***",
    api_base: "https://host.example/v1",
    api_version: "2024-10-21",
    rpm: "60",
    temperature: 0.5,
    user: "me",
    my_own_thing: "***",
    extra_headers: "***",
    extra_body: { deep: { token: "***", plain: [1, "***"] } },
  });
});

test("what a credential and the defaults of all deployments add is shown too, under the same rules", async () => {
  const { params } = await infoOf(
    `${oneDeployment("litellm_credential_name: shared")}credential_list:
  - credential_name: shared
    credential_values: {api_base: "https://other.example/v1?key=s3cret", api_key: s3cret}
router_settings:
  default_litellm_params: {timeout: 5}
`,
  );
  assert.deepEqual(params, {
    model: "openai/gpt-4o",
    litellm_credential_name: "shared",
    api_base: "https://other.example/v1",
    api_key: "***",
    timeout: 5,
  });
});

test("model_info is kept for people, and its mode and health check are read", async () => {
  const info = await infoOf(
    `${oneDeployment()}    model_info: {mode: embedding, description: For search., health_check_timeout: 2.5, health_check_max_tokens: 5, owner: {token: s3cret, team: x}}\n`,
  );
  assert.equal(info.mode, "embedding");
  assert.deepEqual(info.healthCheck, { timeoutMs: 2_500, maxTokens: 5 });
  assert.deepEqual(info.modelInfo, {
    mode: "embedding",
    description: "For search.",
    health_check_timeout: 2.5,
    health_check_max_tokens: 5,
    owner: { token: "***", team: "x" },
  });
});
