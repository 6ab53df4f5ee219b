/** OpenAI's own package, by chat completions. */
import assert from "node:assert/strict";
import OpenAI from "openai";
import * as matrix from "./matrix.mjs";

const client = new OpenAI({ maxRetries: 0 });
const asked = (model, text, more) => ({ model, messages: [{ role: "user", content: text }], ...more });
const tools = [{ type: "function", function: { name: "get_weather", parameters: matrix.toolSchema, strict: true } }];
const format = { type: "json_schema", json_schema: { name: "weather", schema: matrix.schema, strict: true } };

await matrix.run({
  async chat(model) {
    const { choices, usage } = await client.chat.completions.create(asked(model, matrix.hello));
    assert.deepEqual([choices[0].message.content, usage.prompt_tokens, usage.completion_tokens], [matrix.answer, 9, 4]);
  },

  async stream(model) {
    assert.equal(await client.chat.completions.stream(asked(model, matrix.hello)).finalContent(), matrix.answer);
  },

  async tools(model) {
    for (const isStreamed of [false, true]) {
      let request = asked(model, matrix.question, { tools });
      let message;
      for (;;) {
        const completions = client.chat.completions;
        const { choices } = isStreamed ? await completions.stream(request).finalChatCompletion() : await completions.create(request);
        message = choices[0].message;
        if (message.tool_calls === undefined || message.tool_calls.length === 0) break;
        const results = message.tool_calls.map((call) => ({
          role: "tool",
          tool_call_id: call.id,
          content: matrix.weather(JSON.parse(call.function.arguments)),
        }));
        assert.equal(results.length, 2);
        request = { ...request, messages: [...request.messages, message, ...results] };
      }
      assert.equal(message.content, matrix.final);
    }
  },

  async structured(model) {
    const { choices } = await client.chat.completions.parse(asked(model, matrix.structured, { response_format: format }));
    assert.deepEqual(choices[0].message.parsed, matrix.object);
  },

  async errors(model) {
    const refused = client.chat.completions.create(asked(model, matrix.refused));
    await assert.rejects(refused, (error) => error instanceof OpenAI.BadRequestError && matrix.refusal.test(error.message));
    const stranger = client.withOptions({ apiKey: matrix.nobody });
    await assert.rejects(stranger.chat.completions.create(asked(model, matrix.hello)), OpenAI.AuthenticationError);
  },

  async cancel(model) {
    const chunks = await client.chat.completions.create(asked(model, matrix.endless, { stream: true }));
    for await (const _chunk of chunks) break;
    await matrix.untilFree(model);
  },
});
