import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, type HttpAnswer, type HttpQuestion } from "../support/http-client.ts";
import { hostConfig } from "../support/host-config.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const long = `any/${"n".repeat(30_000)}`;
const megabyte = `any/${"n".repeat(1_000_000)}`;
const json = { "content-type": "application/json" };

function admin(method: string, message: object): HttpQuestion {
  return { method: "POST", path: `/huntgroup.v1.AdminService/${method}`, headers: json, body: JSON.stringify(message) };
}

function call(path: string, body: object, headers: Readonly<Record<string, string>> = {}): HttpQuestion {
  return { method: "POST", path, headers: { ...json, ...headers }, body: JSON.stringify(body) };
}

/** Whatever repeats a name that its caller chose, with a name far longer than any. */
const questions: readonly (readonly [where: string, question: HttpQuestion, status: number])[] = [
  ["GET /v1/models/{id}", { path: `/v1/models/${encodeURIComponent(long)}` }, 404],
  ["GET /health?model=", { path: `/health?model=${long}` }, 404],
  ["GET /model/info?litellm_model_id=", { path: `/model/info?litellm_model_id=${long}` }, 404],
  ["GET /model_group/info?model_group=", { path: `/model_group/info?model_group=${long}` }, 200],
  ["an unknown path", { path: `/${long}` }, 404],
  ["a call's path", call(`/openai/deployments/${encodeURIComponent(long)}/chat/completions`, { messages: [] }), 400],
  ["a call's body", call("/v1/chat/completions", { model: megabyte, messages: [] }), 400],
  ["a call's fallbacks", call("/v1/chat/completions", { model: "any/x", messages: [], fallbacks: [megabyte] }), 400],
  ["a call's header", call("/v1/chat/completions", { model: "any/x", messages: [] }, { "x-huntgroup-num-retries": long }), 400],
  ["ChatCompletion", call("/huntgroup.v1.ChatService/ChatCompletion", { model: megabyte, messages: [] }), 400],
  ["ExplainRoute", admin("ExplainRoute", { model: megabyte }), 404],
  ["ListDeployments", admin("ListDeployments", { group: megabyte }), 404],
  ["GetDeployment", admin("GetDeployment", { deployment_id: megabyte }), 404],
  ["RemoveDeployment", admin("RemoveDeployment", { deployment_id: megabyte }), 404],
  ["ResetCooldown", admin("ResetCooldown", { deployment_id: megabyte }), 404],
  ["SetRoutingStrategy", admin("SetRoutingStrategy", { group: megabyte, strategy: "p2c" }), 404],
  ["SetAlias", admin("SetAlias", { alias: megabyte, targets: [] }), 404],
  ["SetWeights", admin("SetWeights", { weights: { [megabyte]: 1 } }), 404],
  ["SetDeploymentState", admin("SetDeploymentState", { deployment_id: megabyte, state: "DEPLOYMENT_STATE_DRAINING" }), 404],
  ["RevokeKey", admin("RevokeKey", { name: megabyte }), 404],
];

describe("a name of 30 KB or more is refused, and never repeated whole:", () => {
  const parties = new Parties();
  let service: RunningTestService;

  before(async () => {
    const host = await parties.host();
    // A pattern that fits it: as far as patterns go, the name exists.
    service = await parties.service(hostConfig(host).replace("model_name: gpt-4o", "model_name: any/*"));
  });
  after(() => parties.end());

  for (const [where, question, status] of questions) {
    test(where, async () => {
      const answer: HttpAnswer = await ask(service.port, "http1", question);
      assert.equal(answer.status, status, answer.text.slice(0, 300));
      assert.ok(answer.text.length + JSON.stringify(answer.headers).length < 3_000, `${answer.text.length} bytes`);
    });
  }
});
