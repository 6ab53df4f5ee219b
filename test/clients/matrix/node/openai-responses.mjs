/** OpenAI's own package, by Responses. */
import assert from "node:assert/strict";
import OpenAI from "openai";
import * as matrix from "./matrix.mjs";

const client = new OpenAI({ maxRetries: 0 });
const tools = [{ type: "function", name: "get_weather", parameters: matrix.toolSchema, strict: true }];
const format = { type: "json_schema", name: "weather", schema: matrix.schema, strict: true };

await matrix.run({
  async chat(model) {
    const { output_text: text, status, usage } = await client.responses.create({ model, input: matrix.hello, instructions: "Be brief." });
    assert.deepEqual([text, status, usage.input_tokens, usage.output_tokens], [matrix.answer, "completed", 9, 4]);
  },

  async stream(model) {
    let heard = "";
    const response = await client.responses
      .stream({ model, input: matrix.hello })
      .on("response.output_text.delta", ({ delta }) => (heard += delta))
      .finalResponse();
    assert.deepEqual([heard, response.output_text], [matrix.answer, matrix.answer]);
  },

  async tools(model) {
    for (const isStreamed of [false, true]) {
      let input = [{ role: "user", content: matrix.question }];
      let response;
      for (;;) {
        const request = { model, input, tools, store: false };
        response = isStreamed ? await client.responses.stream(request).finalResponse() : await client.responses.create(request);
        const calls = response.output.filter(({ type }) => type === "function_call");
        if (calls.length === 0) break;
        assert.equal(calls.length, 2);
        const results = calls.map((call) => ({
          type: "function_call_output",
          call_id: call.call_id,
          output: matrix.weather(JSON.parse(call.arguments)),
        }));
        const said = response.output.map(({ parsed_arguments: _parsed, ...item }) => item);
        input = [...input, ...said, ...results];
      }
      assert.equal(response.output_text, matrix.final);
    }
  },

  async structured(model) {
    const response = await client.responses.parse({ model, input: matrix.structured, text: { format } });
    assert.deepEqual(response.output_parsed, matrix.object);
  },

  async errors(model) {
    const refused = client.responses.create({ model, input: matrix.refused });
    await assert.rejects(refused, (error) => error instanceof OpenAI.BadRequestError && matrix.refusal.test(error.message));
    const stranger = client.withOptions({ apiKey: matrix.nobody });
    await assert.rejects(stranger.responses.create({ model, input: matrix.hello }), OpenAI.AuthenticationError);
  },

  async cancel(model) {
    const events = await client.responses.create({ model, input: matrix.endless, stream: true });
    for await (const event of events) if (event.type === "response.output_text.delta") break;
    await matrix.untilFree(model);
  },
});
