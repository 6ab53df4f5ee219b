import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI, { APIError } from "openai";
import { hostedCases, nativeCases } from "../../support/fakes/native-cases.ts";
import type { ScriptedAnswer } from "../../support/fakes/scripted-answer.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { Parties } from "../../support/parties.ts";

const usage = { fresh: 5, cacheRead: 0, cacheWritten: 0, output: 2, thinking: 0 };
const whole: ScriptedAnswer = { kind: "answer", parts: [{ kind: "text", text: "Here it is." }], usage };
const broken = (fault: NonNullable<ScriptedAnswer["fault"]>, parts = whole.parts): ScriptedAnswer => ({ ...whole, parts, fault });

for (const { name, createApi, params } of [...nativeCases, ...hostedCases]) {
  describe(`a stream that fails in a provider's own words: ${name}`, () => {
    const parties = new Parties();
    let host: StrictHost;
    let client: OpenAI;

    before(async () => {
      host = parties.add(await StrictHost.listen(createApi()), (party) => party.close());
      const deployment = { model_name: "group", litellm_params: { ...params(host.origin), cooldown_time: 0 } };
      // Twice, so that the second attempt waits for nothing.
      const service = await parties.service(JSON.stringify({ model_list: [deployment, deployment], router_settings: { num_retries: 2 } }));
      client = new OpenAI({ apiKey: "none", baseURL: `${service.origin}/v1`, maxRetries: 0 });
    });
    beforeEach(() => host.reset());
    after(() => parties.end());

    const heard = async (): Promise<string> => {
      const stream = await client.chat.completions.create({ model: "group", messages: [{ role: "user", content: "hi" }], stream: true });
      let text = "";
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
      return text;
    };

    for (const fault of ["overloaded", "limited", "cut"] as const) {
      test(`${fault} before its first word: it is asked again, and the caller hears nothing of it`, async () => {
        host.script(broken(fault, []), whole);
        assert.equal(await heard(), "Here it is.");
        assert.equal(host.hits.length, 2);
      });

      test(`${fault} behind its first words: the caller is told, and it is not asked again`, async () => {
        host.script(broken(fault));
        await assert.rejects(heard(), (error) => error instanceof APIError);
        assert.equal(host.hits.length, 1);
      });
    }
  });
}
