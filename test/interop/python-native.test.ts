import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { hostedCases, nativeCases } from "../support/fakes/native-cases.ts";
import { StrictHost } from "../support/fakes/strict-host.ts";
import { assertFirst, assertSecond, firstRequest, type Heard, toolResult } from "../support/fakes/tool-loop.ts";
import { Parties } from "../support/parties.ts";
import { describeClient } from "./support/describe-client.ts";
import { Findings } from "./support/findings.ts";

const program = join(import.meta.dirname, "python/native_client.py");
const kinds = ["whole", "streamed"];
const cases = [...nativeCases, ...hostedCases];

interface Turn {
  readonly message: Heard["message"];
  readonly finish_reason: string | null;
  readonly usage: Heard["usage"];
}

function heard(turn: unknown): Heard {
  const { message, finish_reason: finishReason, usage } = turn as Turn;
  return { message, finishReason, usage };
}

await describeClient("python", "Python's openai package, and providers with an API of their own", () => {
  const parties = new Parties();
  const hosts: StrictHost[] = [];
  let findings: Findings;

  before(async () => {
    const deployments: unknown[] = [];
    for (const [index, { createApi, params, script }] of cases.entries()) {
      const host = parties.add(await StrictHost.listen(createApi()), (party) => party.close());
      hosts.push(host);
      host.script(...kinds.flatMap(() => script));
      deployments.push({ model_name: `case-${index}`, litellm_params: { ...params(host.origin), cooldown_time: 0 } });
    }
    const service = await parties.service(JSON.stringify({ model_list: deployments, router_settings: { num_retries: 0 } }));
    const { model: _model, ...request } = firstRequest("");
    const models = cases.map((_case, index) => `case-${index}`).join(",");
    const args = ["-B", program, `${service.origin}/v1`, "none", models, JSON.stringify(request), toolResult];
    findings = await Findings.of("python/bin/python", args);
  });

  after(() => parties.end());

  for (const [index, { name, assertRequests }] of cases.entries()) {
    for (const [at, kind] of kinds.entries()) {
      it(`holds a tool loop with thinking, an image, a cached prefix and a schema, ${kind}: ${name}`, () => {
        assert.deepEqual(hosts[index]?.refusals, []);
        const { first, second } = findings.get(`case-${index}, ${kind}`);
        assertFirst(heard(first));
        assertSecond(heard(second));
        const [one, other] = hosts[index]?.hits.slice(at * 2) ?? [];
        assertRequests(one?.json ?? {}, other?.json ?? {});
      });
    }
  }

  it("ends well, and was asked for every finding", () => {
    findings.assertAllRead();
  });
});
