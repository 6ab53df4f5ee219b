import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonMembers, JsonValue } from "../../src/core/provider.ts";
import { connect, encoded } from "../providers/support.ts";
import { propertyRuns } from "../support/property-runs.ts";
import * as messages from "./anthropic/caller/support.ts";
import { chatCall, decoded } from "./kit/chat/support.ts";
import * as responses from "./responses/caller/support.ts";

/** What is said through OpenAI's chat comes out as it went in, as far as both formats can say it; and it does not matter how a stream is cut. */

const words = fc
  .tuple(fc.constantFrom("a", "word", "ß🙂", 'a "b" \\ c', "two\nlines"), fc.string({ maxLength: 5 }))
  .map(([one, some]) => one + some.trim());
const args = fc.dictionary(fc.constantFrom("city", "ü"), fc.oneof(words, fc.integer(), fc.boolean()), {
  maxKeys: 2,
  noNullPrototype: true,
});
const toolNames = ["f", "get_weather"];

/** A turn of the assistant's, and the results of its calls. */
interface Turn {
  readonly question: string;
  readonly text: string | undefined;
  readonly calls: readonly { readonly name: string; readonly args: JsonMembers; readonly result: string }[];
}

const call = fc.record({ name: fc.constantFrom(...toolNames), args, result: words });
const turn: fc.Arbitrary<Turn> = fc
  .record({ question: words, text: fc.option(words, { nil: undefined }), calls: fc.array(call, { maxLength: 2 }) })
  .filter(({ text, calls }) => text !== undefined || calls.length > 0);
const turns = fc.array(turn, { maxLength: 3 });
const system = fc.option(words, { nil: undefined });
const schema = { type: "object", properties: { city: { type: "string" } } };
const when = (condition: boolean, members: JsonMembers): JsonMembers => (condition ? members : {});

/** The stream of these chunks, as a host sends it. */
const bytesOf = (chunks: readonly JsonMembers[]): Buffer =>
  Buffer.from([...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join(""));

const adapterOf = (address: string) => connect({ address, apiKey: "k" });
const wireOf = ({ adapter, model }: ReturnType<typeof connect>, chat: JsonMembers): JsonMembers =>
  JSON.parse(Buffer.concat(encoded(adapter, chatCall(chat), model).body).toString()) as JsonMembers;

/** Content as a list, neighbours of one role as one turn: both are the same to the API. */
function plainMessages(list: JsonValue | undefined): JsonMembers[] {
  const plain: { role: JsonValue; content: JsonMembers[] }[] = [];
  for (const { role = "", content = "" } of (list ?? []) as readonly JsonMembers[]) {
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : (content as readonly JsonMembers[]);
    const last = plain.at(-1);
    const all = blocks.map((block) => ("content" in block ? { ...block, content: textOf(block["content"]) } : block));
    if (last?.role === role) last.content.push(...all);
    else plain.push({ role, content: all });
  }
  return plain;
}

const textOf = (content: JsonValue | undefined): string =>
  typeof content === "string" ? content : ((content ?? []) as readonly JsonMembers[]).map(({ text = "" }) => text as string).join("");

test("a request of Messages comes out of a chat as it went in", () => {
  const target = adapterOf("anthropic/claude-3-haiku-20240307");
  fc.assert(
    fc.property(turns, system, fc.constantFrom("auto", "any", "none"), fc.boolean(), (all, instructions, choice, hasStop) => {
      let made = 0;
      const said = all.flatMap(({ question, text, calls }): JsonMembers[] => {
        const ids = calls.map(() => `toolu_${made++}`);
        const uses = calls.map(({ name, args: input }, index) => ({ type: "tool_use", id: ids[index] ?? "", name, input }));
        const results = calls.map(({ result }, index) => ({ type: "tool_result", tool_use_id: ids[index] ?? "", content: result }));
        return [
          { role: "user", content: question },
          { role: "assistant", content: [...(text === undefined ? [] : [{ type: "text", text }]), ...uses] },
          ...(results.length === 0 ? [] : [{ role: "user", content: results }]),
        ];
      });
      const request = {
        max_tokens: 50,
        temperature: 0.5,
        messages: [...said, { role: "user", content: "And now?" }],
        tools: toolNames.map((name) => ({ type: "custom", name, description: "d", input_schema: schema })),
        tool_choice: { type: choice },
        ...when(hasStop, { stop_sequences: ["END"] }),
        ...(instructions === undefined ? {} : { system: instructions }),
      };
      const { messages: out, system: told, model: _model, tool_choice: chosen, ...rest } = wireOf(target, messages.chatOf(request));
      const { messages: _in, system: _system, tool_choice: _choice, ...expected } = request as JsonMembers;
      assert.deepEqual(plainMessages(out), plainMessages(request.messages));
      assert.equal(textOf(told), instructions ?? "");
      assert.equal((chosen as { type?: string } | undefined)?.type ?? "auto", choice);
      assert.deepEqual(rest, expected);
    }),
    propertyRuns(100),
  );
});

test("a request for a response comes out of a chat as it went in", () => {
  const target = adapterOf("openai/responses/some-model");
  fc.assert(
    fc.property(turns, system, fc.constantFrom("auto", "required", "none"), fc.boolean(), (all, instructions, choice, parallel) => {
      let made = 0;
      const items = all.flatMap(({ question, text, calls }): JsonMembers[] => {
        const ids = calls.map(() => `call_${made++}`);
        return [
          { type: "message", role: "user", content: [{ type: "input_text", text: question }] },
          ...(text === undefined ? [] : [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }]),
          ...calls.map(({ name, args: given }, index) => ({
            type: "function_call",
            call_id: ids[index] ?? "",
            name,
            arguments: JSON.stringify(given),
          })),
          ...calls.map(({ result }, index) => ({ type: "function_call_output", call_id: ids[index] ?? "", output: result })),
        ];
      });
      const request = {
        max_output_tokens: 50,
        temperature: 0.5,
        parallel_tool_calls: parallel,
        reasoning: { effort: "low" },
        store: false,
        tools: toolNames.map((name) => ({ type: "function", name, description: "d", parameters: schema, strict: false })),
        tool_choice: choice,
        text: { format: { type: "json_schema", name: "n", schema, strict: false } },
      };
      const input = [...items, { type: "message", role: "user", content: [{ type: "input_text", text: "And now?" }] }];
      const chat = responses.chatOf({ ...request, input, ...(instructions === undefined ? {} : { instructions }) });
      const { input: out, model: _model, ...rest } = wireOf(target, chat);
      const told = { type: "message", role: "system", content: [{ type: "input_text", text: instructions ?? "" }] };
      assert.deepEqual(out, [...(instructions === undefined ? [] : [told]), ...input]);
      assert.deepEqual(rest, request);
    }),
    propertyRuns(100),
  );
});

test("a stream of a chat is the same message and the same response, however its bytes are cut", async () => {
  const { adapter } = adapterOf("openai/some-model");
  const streamed = chatCall({ stream: true, stream_options: { include_usage: true } });
  const answers = fc.record({
    thought: fc.array(words, { maxLength: 2 }),
    text: fc.array(words, { minLength: 1, maxLength: 3 }),
    calls: fc.array(fc.tuple(fc.constantFrom(...toolNames), args), { maxLength: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(answers, fc.array(fc.nat(3_000), { maxLength: 6 }), async ({ thought, text, calls }, cuts) => {
      const base = { id: "x", object: "chat.completion.chunk", created: 1, model: "m" };
      const chunk = (delta: JsonMembers, finish: string | null = null): JsonMembers => ({
        ...base,
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
      const called = calls.flatMap(([name, given], index) => {
        const written = JSON.stringify(given);
        const piece = (definition: JsonMembers, id: JsonMembers): JsonMembers =>
          chunk({ tool_calls: [{ index, ...id, function: definition }] });
        return [
          piece({ name, arguments: written.slice(0, 4) }, { id: `call_${index}`, type: "function" }),
          piece({ arguments: written.slice(4) }, {}),
        ];
      });
      const bytes = bytesOf([
        ...thought.map((piece) => chunk({ reasoning_content: piece })),
        ...text.map((piece) => chunk({ content: piece })),
        ...called,
        chunk({}, calls.length > 0 ? "tool_calls" : "stop"),
        { ...base, choices: [], usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } },
      ]);
      const places = [0, ...new Set(cuts.map((cut) => cut % bytes.length)), bytes.length].toSorted((one, other) => one - other);
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const [whole, cut] = [decoded(adapter, streamed, [bytes]), decoded(adapter, streamed, pieces)];
      assert.deepEqual(await messages.readByPackage(messages.written(cut)), await messages.readByPackage(messages.written(whole)));
      const [response, other] = [
        await responses.readByPackage(responses.written(cut)),
        await responses.readByPackage(responses.written(whole)),
      ];
      assert.deepEqual(response, other);
      const output = response["output"] as readonly { type: string; arguments?: string; content?: readonly { text: string }[] }[];
      assert.equal(output.find(({ type }) => type === "message")?.content?.[0]?.text, text.join(""));
      assert.deepEqual(
        output.flatMap(({ arguments: given }) => (given === undefined ? [] : [JSON.parse(given)])),
        calls.map(([, given]) => given),
      );
    }),
    propertyRuns(20),
  );
});
