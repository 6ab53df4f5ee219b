import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { ResponseStreamWriter } from "../../../../src/formats/responses/caller/stream-writer.ts";
import { testIds } from "../support.ts";
import { bridgedCall, chunkEvents, dataOf, delta, readByPackage, responseOf, written } from "./support.ts";

const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 90 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

function call(index: number, members: JsonMembers, id?: string): JsonMembers {
  return { tool_calls: [{ index, ...(id === undefined ? {} : { id, type: "function" }), function: members }] };
}

const golden = [
  delta({ role: "assistant", content: "" }),
  delta({ reasoning_content: "hm" }),
  delta({ content: "Hi" }),
  delta({ content: " you" }),
  delta(call(0, { name: "f", arguments: "" }, "call_1")),
  delta(call(0, { arguments: '{"a":' })),
  delta(call(0, { arguments: "1}" })),
  delta({}, "tool_calls"),
  { usage },
];

/** The members of an event that say what it is of. */
function brief({ type, output_index: index, item, delta: piece, text, arguments: args, part }: JsonMembers): unknown[] {
  const kind = (item as JsonMembers | undefined)?.["type"] ?? (part as JsonMembers | undefined)?.["type"];
  return [(type as string).slice("response.".length), index, kind ?? piece ?? text ?? args].filter((one) => one !== undefined);
}

describe("a response made of chunks", () => {
  it("tells its items one after the other, each done before the next, and then the whole", () => {
    const events = dataOf(written(chunkEvents(golden)));
    assert.deepEqual(events.map(brief), [
      ["created"],
      ["in_progress"],
      ["output_item.added", 0, "reasoning"],
      ["reasoning_summary_part.added", 0, "summary_text"],
      ["reasoning_summary_text.delta", 0, "hm"],
      ["reasoning_summary_text.done", 0, "hm"],
      ["reasoning_summary_part.done", 0, "summary_text"],
      ["output_item.done", 0, "reasoning"],
      ["output_item.added", 1, "message"],
      ["content_part.added", 1, "output_text"],
      ["output_text.delta", 1, "Hi"],
      ["output_text.delta", 1, " you"],
      ["output_text.done", 1, "Hi you"],
      ["content_part.done", 1, "output_text"],
      ["output_item.done", 1, "message"],
      ["output_item.added", 2, "function_call"],
      ["function_call_arguments.delta", 2, '{"a":'],
      ["function_call_arguments.delta", 2, "1}"],
      ["function_call_arguments.done", 2, '{"a":1}'],
      ["output_item.done", 2, "function_call"],
      ["completed"],
    ]);
    assert.partialDeepStrictEqual(events.at(-1), {
      response: {
        id: "resp_bridged_97a67e3806ec948369ab4a8b61e31c46",
        status: "completed",
        model: "m",
        created_at: 1,
        usage: {
          input_tokens: 100,
          input_tokens_details: { cached_tokens: 90 },
          output_tokens: 20,
          output_tokens_details: { reasoning_tokens: 5 },
          total_tokens: 120,
        },
      },
    });
  });

  it("is what a whole reply becomes, in the eyes of OpenAI's package", async () => {
    const message = {
      content: "Hi you",
      reasoning_content: "hm",
      tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
    };
    const { output, usage: counted } = await readByPackage(written(chunkEvents(golden)));
    const whole = responseOf(message, "tool_calls", usage);
    assert.deepEqual(counted, whole["usage"]);
    assert.partialDeepStrictEqual(output, whole["output"]);
  });

  it("keeps what calls tell in turn apart", async () => {
    const chunks = [
      delta(call(0, { name: "f", arguments: '{"a"' }, "x")),
      delta(call(1, { name: "g", arguments: "{" }, "y")),
      delta(call(0, { arguments: ":1}" })),
      delta(call(1, { arguments: "}" })),
      delta({}, "tool_calls"),
    ];
    const stream = written(chunkEvents(chunks));
    const { output } = await readByPackage(stream);
    assert.partialDeepStrictEqual(output, [
      { call_id: "x", name: "f", arguments: '{"a":1}' },
      { call_id: "y", name: "g", arguments: "{}" },
    ]);
    let open: unknown;
    for (const { type, output_index: index } of dataOf(stream)) {
      if (type === "response.output_item.added") open = index;
      else if (index !== undefined) assert.equal(index, open);
    }
  });

  it("says why it was cut, and where the model refused", () => {
    const cut = dataOf(written(chunkEvents([delta({ content: "a" }, "length")])));
    assert.partialDeepStrictEqual(cut.at(-1), {
      type: "response.incomplete",
      response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [{ status: "incomplete" }] },
    });
    const refused = dataOf(written(chunkEvents([delta({ refusal: "No" }), delta({ refusal: "." }, "stop")])));
    assert.partialDeepStrictEqual(refused.at(-1), { response: { output: [{ content: [{ type: "refusal", refusal: "No." }] }] } });
    assert.deepEqual(refused.filter(({ type }) => type === "response.refusal.delta").length, 2);
  });

  it("gives a custom tool the text that it takes, and a tool of a namespace its own name", () => {
    const tools = [
      { type: "custom", name: "patch" },
      { type: "namespace", name: "ns", tools: [{ type: "function", name: "f", parameters: {} }] },
    ];
    const chunks = [
      delta(call(0, { name: "patch", arguments: '{"content":"a\\n' }, "x")),
      delta(call(0, { arguments: 'b"}' })),
      delta(call(1, { name: "ns__f", arguments: "" }, "y"), "tool_calls"),
    ];
    const events = dataOf(written(chunkEvents(chunks), bridgedCall({ stream: true, tools })));
    assert.partialDeepStrictEqual(events.at(-1), {
      response: {
        output: [
          { type: "custom_tool_call", call_id: "x", name: "patch", input: "a\nb" },
          { type: "function_call", call_id: "y", name: "f", namespace: "ns", arguments: "{}" },
        ],
      },
    });
  });

  it("ends with the error, and with the response that failed where one was begun", () => {
    const writer = new ResponseStreamWriter(bridgedCall({ stream: true }), testIds);
    const error = new RouterError("upstream_error", "broken");
    const [first] = chunkEvents([delta({ content: "a" })]);
    assert.ok(first !== undefined);
    const begun = writer.write(first)?.toString() ?? "";
    assert.equal(writer.ping().toString(), ": ping\n\n");
    const events = dataOf(begun + writer.fail(error).toString());
    assert.partialDeepStrictEqual(events.at(-2), { type: "error", message: "broken", error: { message: "broken" } });
    assert.partialDeepStrictEqual(events.at(-1), { type: "response.failed", response: { status: "failed", error: { message: "broken" } } });
    assert.deepEqual([writer.end(), writer.write(first)], [undefined, undefined]);
    const unbegun = dataOf(new ResponseStreamWriter(bridgedCall(), testIds).fail(error).toString());
    assert.deepEqual(
      unbegun.map(({ type }) => type),
      ["error"],
    );
  });

  it("goes on with the numbers of a deployment's own events where these break off", () => {
    const writer = new ResponseStreamWriter(bridgedCall({ stream: true }), testIds);
    writer.begin("d");
    const data = Buffer.from('{"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}');
    const bytes = Buffer.concat([Buffer.from("event: response.created\ndata: "), data, Buffer.from("\n\n")]);
    const event = {
      kind: "content",
      format: "responses",
      bytes,
      data: bytes.subarray(30, 30 + data.length),
      usage: undefined,
      error: undefined,
    } as const;
    const sent = (writer.write(event)?.toString() ?? "") + writer.fail(new RouterError("upstream_error", "broken")).toString();
    assert.deepEqual(
      dataOf(sent).map(({ type }) => type),
      ["response.created", "error"],
    );
    assert.equal(writer.end(), undefined);
  });

  it("is repeated in one line, however its request was written", () => {
    const read = bridgedCall({ stream: true, instructions: "a\nb" });
    const bytes = Buffer.from('{"model":"m",\n"tools":[\n{"type":"function",\n"name":"f"}]}');
    const prettyCall = {
      ...read,
      body: { bytes, members: [{ key: "tools", keyStart: 14, valueStart: 22, valueEnd: bytes.length - 1 }] },
    } as never;
    assert.partialDeepStrictEqual(dataOf(written(chunkEvents([delta({ content: "a" })]), prettyCall))[0], {
      response: { tools: [{ name: "f" }] },
    });
  });
});
