import assert from "node:assert/strict";
import { test } from "node:test";
import { callOf } from "../../formats/openai/support.ts";
import { encoded } from "../../providers/support.ts";
import { CopyOfSrc, loadWith } from "./support/copy-of-src.ts";

/** To add a host that speaks OpenAI's format: one row in `src/providers/openai/hosts.ts`, whose columns are its quirks. */
const row = `
  host("newhost", "https://api.newhost.example/v9", ["NEWHOST_API_KEY"], { refuses: ["n"], modelPrefix: "models/", continuation: "trailing" }),`;

test("a host that is added as one row is a provider that configurations may name", async () => {
  using copy = new CopyOfSrc();
  const list = "export const hosts: readonly Host[] = [";
  copy.edit("providers/openai/hosts.ts", list, list + row);
  const yaml = "model_list: [{model_name: m, litellm_params: {model: newhost/x, drop_params: true}}]";
  const { config, problems } = await loadWith(copy, yaml, { NEWHOST_API_KEY: "sk-new" });
  const [deployment] = config?.source.deployments ?? [];
  assert.ok(deployment !== undefined, JSON.stringify(problems));
  assert.equal(deployment.provider, "newhost");
  const request = encoded(deployment.adapter, callOf({ model: "m", n: 2, messages: [] }), deployment.upstreamModel);
  assert.equal(request.origin + request.path, "https://api.newhost.example/v9/chat/completions");
  assert.equal(request.headers["authorization"], "Bearer sk-new");
  assert.deepEqual(JSON.parse(Buffer.concat(request.body).toString()), { model: "models/x", messages: [] });
  assert.ok(deployment.adapter.continuation !== undefined);

  const missing = await loadWith(copy, yaml, {});
  assert.match(JSON.stringify(missing.problems), /NEWHOST_API_KEY/);
});
