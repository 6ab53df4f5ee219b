/** Anthropic's own package: what it tries, whatever API version it says. */
import Anthropic from "@anthropic-ai/sdk";
import assert from "node:assert/strict";
import * as matrix from "./matrix.mjs";

/** @param version The `anthropic-version` of each request; the package's own if undefined. */
export function tryAnthropic(version) {
  const defaultHeaders = version === undefined ? {} : { "anthropic-version": version };
  const client = new Anthropic({ maxRetries: 0, defaultHeaders });
  const asked = (model, text, more) => ({ model, max_tokens: 1024, messages: [{ role: "user", content: text }], ...more });
  const textOf = (message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
  const tools = [{ name: "get_weather", description: "The weather in a city.", input_schema: matrix.toolSchema }];

  return matrix.run({
    async chat(model) {
      const message = await client.messages.create(asked(model, matrix.hello));
      assert.deepEqual([textOf(message), message.stop_reason], [matrix.answer, "end_turn"]);
      assert.deepEqual([message.usage.input_tokens, message.usage.output_tokens], [9, 4]);
    },

    async stream(model) {
      let heard = "";
      const message = await client.messages
        .stream(asked(model, matrix.hello))
        .on("text", (piece) => (heard += piece))
        .finalMessage();
      assert.deepEqual([heard, message.stop_reason], [matrix.answer, "end_turn"]);
    },

    async tools(model) {
      for (const isStreamed of [false, true]) {
        let request = asked(model, matrix.question, { tools });
        let message;
        for (;;) {
          message = isStreamed ? await client.messages.stream(request).finalMessage() : await client.messages.create(request);
          const calls = message.content.filter(({ type }) => type === "tool_use");
          if (calls.length === 0) break;
          assert.equal(message.stop_reason, "tool_use");
          assert.deepEqual(
            calls.map(({ input }) => input.city),
            ["Bern", "Oslo"],
          );
          const results = calls.map(({ id, input }) => ({ type: "tool_result", tool_use_id: id, content: matrix.weather(input) }));
          const turns = [
            { role: "assistant", content: message.content },
            { role: "user", content: results },
          ];
          request = { ...request, messages: [...request.messages, ...turns] };
        }
        assert.equal(textOf(message), matrix.final);
      }
    },

    async structured(model) {
      const format = { type: "json_schema", schema: matrix.schema };
      const message = await client.messages.create(asked(model, matrix.structured, { output_config: { format } }));
      assert.deepEqual(JSON.parse(textOf(message)), matrix.object);
    },

    async errors(model) {
      const refused = client.messages.create(asked(model, matrix.refused));
      await assert.rejects(refused, (error) => error instanceof Anthropic.BadRequestError && matrix.refusal.test(error.message));
      const stranger = client.withOptions({ apiKey: matrix.nobody });
      await assert.rejects(stranger.messages.create(asked(model, matrix.hello)), Anthropic.AuthenticationError);
    },

    async cancel(model) {
      const events = client.messages.stream(asked(model, matrix.endless));
      for await (const event of events) if (event.type === "content_block_delta") break;
      events.abort();
      await matrix.untilFree(model);
    },
  });
}
