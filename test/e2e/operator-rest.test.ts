import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask } from "../support/http-client.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { hostError } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const masterKey = "sk-master-fedcba9876543210";
const upstreamKey = "sk-upstream-0123456789abcdef";

function entry(id: string, host: OpenAiHost): string {
  return `
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o-mini, api_base: "${host.apiBase}?secret=${upstreamKey}", api_key: ${upstreamKey}, rpm: 60}
    model_info: {id: ${id}, mode: chat, supports_vision: true}`;
}

describe("what people and tools ask of a whole service", () => {
  const parties = new Parties();
  let well: OpenAiHost;
  let ill: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    well = await parties.host();
    ill = await parties.host();
    service = await parties.service(
      `model_list:${entry("well", well)}${entry("ill", ill)}
router_settings: {num_retries: 3, fallbacks: [{"gpt-4o": ["gpt-4o"]}]}
general_settings: {master_key: ${masterKey}}
`,
    );
  });
  after(() => parties.end());

  async function get(path: string): Promise<Record<string, unknown>> {
    const { status, text } = await ask(service.port, "http1", { path, headers: { authorization: `Bearer ${masterKey}` } });
    assert.equal(status, 200, text);
    assert.ok(!text.includes(upstreamKey) && !text.includes(masterKey), text);
    return JSON.parse(text) as Record<string, unknown>;
  }

  test("the deployments and groups are listed, without secrets", async () => {
    const { data } = (await get("/model/info")) as { data: { litellm_params: object; model_info: { id: string } }[] };
    assert.deepEqual(
      data.map(({ model_info: info }) => info.id),
      ["well", "ill"],
    );
    assert.deepEqual(data[0]?.litellm_params, { model: "openai/gpt-4o-mini", api_base: well.apiBase, api_key: "***", rpm: 60 });
    const groups = (await get("/model_group/info")) as { data: { model_group: string; rpm: number; supports_vision: boolean }[] };
    assert.deepEqual(
      groups.data.map(({ model_group: group, rpm, supports_vision: vision }) => [group, rpm, vision]),
      [["gpt-4o", 120, true]],
    );
    assert.ok("fields" in (await get("/router/settings")));
  });

  test("each deployment is probed by one small call of its own, whatever retries and fallbacks there are", async () => {
    ill.always(hostError(503, { message: "Full." }));
    const report = await get("/health?model=gpt-4o");
    const [healthy] = report["healthy_endpoints"] as Record<string, unknown>[];
    const [unhealthy] = report["unhealthy_endpoints"] as Record<string, unknown>[];
    assert.deepEqual([report["healthy_count"], report["unhealthy_count"]], [1, 1]);
    assert.deepEqual([healthy?.["model_id"], healthy?.["api_base"]], ["well", well.apiBase]);
    assert.deepEqual([unhealthy?.["model_id"], unhealthy?.["status_code"]], ["ill", 503]);
    assert.deepEqual([well.hits.length, ill.hits.length], [1, 1]);
    assert.equal((well.lastHit.json as Record<string, unknown>)["max_tokens"], 16);
  });
});
