import assert from "node:assert/strict";
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";

/** The seed page's group over deployments that answer at once. */
function mockGroup(rpms: Readonly<Record<string, number>>, settings: string): string {
  const entries = Object.entries(rpms).map(
    ([id, rpm]) => `
  - model_name: gpt-3.5-turbo
    litellm_params: { model: mock/${id}, rpm: ${rpm}, mock_response: hi, mock: { first_token_ms: 0, tokens_per_second: 1000000 } }
    model_info: { id: ${id} }`,
  );
  return `model_list:${entries.join("")}\nrouter_settings: { routing_strategy: simple-shuffle, ${settings} }\n`;
}

function hostGroup(host: OpenAiHost, rpms: Readonly<Record<string, number>>): string {
  const entries = Object.entries(rpms).map(
    ([id, rpm]) => `
  - model_name: gpt-3.5-turbo
    litellm_params: { model: openai/${id}, rpm: ${rpm}, api_base: "${host.apiBase}", api_key: key }
    model_info: { id: ${id} }`,
  );
  return `model_list:${entries.join("")}\n`;
}

describe("calls over REST spread over a group", () => {
  const parties = new Parties();
  let agent: Agent;

  beforeEach(() => {
    agent = parties.add(new Agent({ keepAlive: true, maxSockets: 32 }), (party) => party.destroy());
  });
  afterEach(() => parties.end());

  function call(port: number): Promise<{ status: number | undefined; headers: IncomingHttpHeaders }> {
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const path = "/v1/chat/completions";
      const request = httpRequest({ agent, host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers }));
        response.resume();
      });
      request.on("error", reject);
      request.end('{"model":"gpt-3.5-turbo","messages":[{"role":"user","content":"what llm are you"}]}');
    });
  }

  test("as simple-shuffle's weights say: 10,000 calls over rpms of 6, 6 and 1440 with soft limits", async () => {
    const rpms = { small: 6, "small-ca": 6, large: 1440 };
    const service = await parties.service(mockGroup(rpms, "enforce_rate_limits: false"));
    const calls = 10_000;
    const served: Record<string, number> = { small: 0, "small-ca": 0, large: 0 };
    let begun = 0;
    const caller = async (): Promise<void> => {
      while (begun < calls) {
        begun++;
        const { status, headers } = await call(service.port);
        assert.equal(status, 200);
        served[String(headers["x-huntgroup-model-id"])]! += 1;
      }
    };
    await Promise.all(Array.from({ length: 32 }, caller));
    const whole = 6 + 6 + 1440;
    for (const [id, rpm] of Object.entries(rpms)) {
      const share = rpm / whole;
      const expected = calls * share;
      // The dice are the real ones: 6 standard deviations are passed by chance less than once in a million runs.
      const slack = 6 * Math.sqrt(calls * share * (1 - share));
      const count = served[id] ?? 0;
      assert.ok(Math.abs(count - expected) < slack, `${id}: ${count} calls, not ${expected.toFixed(1)} ± ${slack.toFixed(1)}`);
    }
  });

  test("never beyond a hard limit: of 200 at once over rpms of 6, 6 and 40, 52 are served and the others told when to come back", async () => {
    const rpms = { one: 6, two: 6, three: 40 };
    const host = await parties.host();
    const service = await parties.service(hostGroup(host, rpms));
    const answers = await Promise.all(Array.from({ length: 200 }, () => call(service.port)));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(answers.filter(({ status }) => status === 200).length, 52);
    assert.equal(refused.length, 148);
    for (const { headers } of refused) {
      const seconds = Number(headers["retry-after"]);
      // Nothing comes back before a minute is over, less the time that this test has taken.
      assert.ok(seconds > 30 && seconds <= 61, `retry-after: ${headers["retry-after"]}`);
    }
    for (const [model, rpm] of Object.entries(rpms)) assert.equal(host.hits.filter((hit) => hit.json.model === model).length, rpm, model);
  });
});
