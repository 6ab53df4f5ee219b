/** OpenAI's Agents SDK, by its default, Responses. Its loop hands over to another agent, which calls two tools. */
import { Agent, OpenAIProvider, Runner, tool } from "@openai/agents";
import assert from "node:assert/strict";
import OpenAI from "openai";
import * as matrix from "./matrix.mjs";

const runnerOf = (settings) =>
  new Runner({
    modelProvider: new OpenAIProvider({ openAIClient: new OpenAI({ ...settings, maxRetries: 0 }), useResponses: true }),
    tracingDisabled: true,
  });
const runner = runnerOf({});
const getWeather = tool({
  name: "get_weather",
  description: "The weather in a city.",
  parameters: matrix.toolSchema,
  strict: true,
  execute: matrix.weather,
});

await matrix.run({
  async chat(model) {
    const result = await runner.run(new Agent({ name: "assistant", instructions: "Be brief.", model }), matrix.hello);
    assert.equal(result.finalOutput, matrix.answer);
  },

  async stream(model) {
    const result = await runner.run(new Agent({ name: "assistant", model }), matrix.hello, { stream: true });
    let heard = "";
    for await (const piece of result.toTextStream()) heard += piece;
    assert.equal(heard, matrix.answer);
  },

  async tools(model) {
    for (const stream of [false, true]) {
      const expert = new Agent({ name: "weather expert", model, tools: [getWeather], modelSettings: { store: false } });
      const desk = new Agent({ name: "desk", model, handoffs: [expert] });
      const result = await runner.run(desk, matrix.question, { stream });
      if (stream) await result.completed;
      assert.deepEqual([result.lastAgent.name, result.finalOutput], ["weather expert", matrix.final]);
    }
  },

  async structured(model) {
    const outputType = { type: "json_schema", name: "weather", strict: true, schema: matrix.schema };
    const result = await runner.run(new Agent({ name: "assistant", model, outputType }), matrix.structured);
    assert.deepEqual(result.finalOutput, matrix.object);
  },

  async errors(model) {
    const agent = new Agent({ name: "assistant", model });
    await assert.rejects(
      runner.run(agent, matrix.refused),
      (error) => error instanceof OpenAI.BadRequestError && matrix.refusal.test(error.message),
    );
    await assert.rejects(runnerOf({ apiKey: matrix.nobody }).run(agent, matrix.hello), OpenAI.AuthenticationError);
  },

  async cancel(model) {
    const leaving = new AbortController();
    const agent = new Agent({ name: "assistant", model });
    const result = await runner.run(agent, matrix.endless, { stream: true, signal: leaving.signal });
    for await (const _piece of result.toTextStream()) break;
    leaving.abort();
    await matrix.untilFree(model);
  },
});
