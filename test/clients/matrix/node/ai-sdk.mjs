/** Vercel's AI SDK: what it tries, whoever its provider is. */
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import assert from "node:assert/strict";
import * as matrix from "./matrix.mjs";

/** @param create Makes the SDK's provider, of a key where it is not that of the environment. */
export function tryProvider(create) {
  const provider = create({});
  const tools = {
    get_weather: tool({ description: "The weather in a city.", inputSchema: jsonSchema(matrix.toolSchema), execute: matrix.weather }),
  };
  const loop = (model) => ({ model: provider(model), prompt: matrix.question, tools, stopWhen: stepCountIs(5) });

  return matrix.run({
    async chat(model) {
      const { text, finishReason, usage } = await generateText({ model: provider(model), prompt: matrix.hello });
      assert.deepEqual([text, finishReason, usage.inputTokens, usage.outputTokens], [matrix.answer, "stop", 9, 4]);
    },

    async stream(model) {
      let heard = "";
      for await (const piece of streamText({ model: provider(model), prompt: matrix.hello }).textStream) heard += piece;
      assert.equal(heard, matrix.answer);
    },

    async tools(model) {
      assert.equal((await generateText(loop(model))).text, matrix.final);
      const streamed = streamText(loop(model));
      assert.equal(await streamed.text, matrix.final);
      assert.equal((await streamed.steps)[0].toolCalls.length, 2);
    },

    async structured(model) {
      const output = Output.object({ schema: jsonSchema(matrix.schema) });
      const result = await generateText({ model: provider(model), prompt: matrix.structured, output });
      assert.deepEqual(result.output, matrix.object);
    },

    async errors(model) {
      const isRefusal = (error) => APICallError.isInstance(error) && error.statusCode === 400 && matrix.refusal.test(error.message);
      await assert.rejects(generateText({ model: provider(model), prompt: matrix.refused, maxRetries: 0 }), isRefusal);
      const isStranger = (error) => APICallError.isInstance(error) && error.statusCode === 401;
      await assert.rejects(
        generateText({ model: create({ apiKey: matrix.nobody })(model), prompt: matrix.hello, maxRetries: 0 }),
        isStranger,
      );
    },

    async cancel(model) {
      const leaving = new AbortController();
      const { textStream } = streamText({ model: provider(model), prompt: matrix.endless, abortSignal: leaving.signal });
      for await (const _piece of textStream) leaving.abort();
      await matrix.untilFree(model);
    },
  });
}
