import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JsonMembers, StreamEvent } from "../../../../src/core/provider.ts";
import { chatCall, decoded } from "../../kit/chat/support.ts";
import { eventFrame, exceptionFrame, frame } from "../../kit/event-stream/frames.ts";
import { messagesAdapter, messagesCall, passedOn } from "./support.ts";

const adapter = messagesAdapter();
const framing = messagesAdapter({ framesEvents: true, bodyVersion: "bedrock-2023-05-31", betas: "bedrock-invoke" });
const call = messagesCall('{"model":"m","stream":true}', { stream: true });

type TypedEvent = JsonMembers & { readonly type: string };

const start: TypedEvent = {
  type: "message_start",
  message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 } },
};
const block = (index: number, content: JsonMembers): TypedEvent => ({ type: "content_block_start", index, content_block: content });
const delta = (index: number, content: JsonMembers): TypedEvent => ({ type: "content_block_delta", index, delta: content });
const text = (words: string): TypedEvent => delta(0, { type: "text_delta", text: words });
const stop = (index: number): TypedEvent => ({ type: "content_block_stop", index });
const finish = (reason: string, usage: JsonMembers = { output_tokens: 7 }): TypedEvent => ({
  type: "message_delta",
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
});
const done: TypedEvent = { type: "message_stop" };
const ping: TypedEvent = { type: "ping" };

/** Events as Anthropic sends them: some with spaces behind the JSON's last text. */
function sse(events: readonly TypedEvent[]): string {
  return events
    .map((event, index) => {
      const json = JSON.stringify(event);
      const padded = event.type === "content_block_delta" ? json.replace(/\}\}$/, `}${" ".repeat(index % 4)}}`) : json;
      return `event: ${event.type}\ndata: ${padded}\n\n`;
    })
    .join("");
}

const read = (wire: string, on = adapter): readonly StreamEvent[] => decoded(on, call, [Buffer.from(wire)]);
const kinds = (events: readonly StreamEvent[]): string[] => events.flatMap((event) => event.parts?.() ?? [event]).map(({ kind }) => kind);

const answer = [
  start,
  block(0, { type: "text", text: "" }),
  ping,
  text("Grü"),
  text("ezi\n😀"),
  text("!"),
  stop(0),
  finish("end_turn"),
  done,
];

const filtered = (events: readonly TypedEvent[]) => read(sse(events)).find(({ kind }) => kind === "finish")?.isFiltered === true;

describe("a stream of Messages", () => {
  it("goes on byte for byte, each event as what it is", () => {
    const events = read(sse(answer));
    assert.equal(passedOn(events), sse(answer));
    assert.deepEqual(kinds(events), ["preamble", "preamble", "other", "content", "content", "content", "other", "finish", "done"]);
    assert.ok(events.every(({ format }) => format === "anthropic"));
    assert.ok(
      events.some((event) => event.parts?.().length === 2),
      "pieces that came together go on together",
    );
    const pieces = events.flatMap((event) => event.parts?.() ?? [event]).filter(({ kind }) => kind === "content");
    assert.deepEqual(
      pieces.map(({ data }) => (JSON.parse(data?.toString() ?? "") as { delta: { text: string } }).delta.text),
      ["Grü", "ezi\n😀", "!"],
    );
  });

  it("shows the caller's name for the model, in its first event alone", () => {
    const named = sse([
      { ...start, message: { model: "claude-x-2026", content: [{ type: "text", text: '"model":"claude-x-2026"' }] } },
      text('"model":"m2"'),
      done,
    ]);
    assert.equal(passedOn(read(named)), named.replace('"model":"claude-x-2026","content"', '"model":"m","content"'));
  });

  it("is the same however it was cut", () => {
    const wire = Buffer.from(sse(answer));
    const whole = read(sse(answer));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: wire.length })), (cuts) => {
        const places = [0, ...cuts.toSorted((one, other) => one - other), wire.length];
        const pieces = places.slice(1).map((end, index) => wire.subarray(places[index], end));
        const events = decoded(adapter, call, pieces);
        assert.equal(passedOn(events), passedOn(whole));
        assert.deepEqual(kinds(events), kinds(whole));
      }),
      { numRuns: 60 },
    );
  });

  it("counts what its reader sees, and tells the usage that is left when all was told", () => {
    const decoder = adapter.decodeStream(call, {});
    assert.ok("push" in decoder);
    const events: StreamEvent[] = [];
    decoder.push(Buffer.from(sse(answer)), (event) => events.push(event));
    assert.deepEqual(decoder.heard, { pieces: 3, bytes: Buffer.byteLength("Grüezi\n😀!") });
    const usage = {
      cache_creation_input_tokens: 8,
      cache_creation: { ephemeral_1h_input_tokens: 3 },
      output_tokens: 9,
      server_tool_use: { web_search_requests: 2 },
    };
    const told = read(sse([start, text("a"), finish("end_turn", usage), done])).find(({ kind }) => kind === "finish")?.usage;
    assert.deepEqual(told, {
      promptTokens: 23,
      outputTokens: 9,
      cachedTokens: 5,
      unlimitedTokens: 5,
      cacheWriteTokens: 8,
      longCacheWriteTokens: 3,
      webSearches: 2,
    });
  });

  for (const [what, events, expected] of [
    [
      "thinking and its signature",
      [
        block(0, { type: "thinking", thinking: "" }),
        delta(0, { type: "thinking_delta", thinking: "a" }),
        delta(0, { type: "signature_delta", signature: "s" }),
      ],
      ["preamble", "content", "content"],
    ],
    [
      "a call of a tool, from its name on",
      [
        block(0, { type: "tool_use", id: "t", name: "n", input: {} }),
        delta(0, { type: "input_json_delta", partial_json: "" }),
        delta(0, { type: "input_json_delta", partial_json: "{" }),
      ],
      ["content", "preamble", "content"],
    ],
    ["thinking that is hidden", [block(0, { type: "redacted_thinking", data: "x" })], ["content"]],
    ["what a server's tool found", [block(0, { type: "web_search_tool_result", content: [] })], ["content"]],
    ["signs of life", [ping], ["other"]],
    ["what is yet to come", [{ type: "content_block_meanwhile" }], ["other"]],
    ["a beginning that holds an answer", [{ ...start, message: { content: [{ type: "text", text: "a" }] } }], ["content"]],
  ] as const) {
    it(`takes ${what} as ${expected.join(", ")}`, () => {
      const wire = sse(events);
      assert.deepEqual(kinds(read(wire)), expected);
      assert.equal(passedOn(read(wire)), wire);
    });
  }

  it("has usage in an event of its own where there is no reason to stop", () => {
    const [event] = read(sse([{ type: "message_delta", delta: {}, usage: { input_tokens: 3, output_tokens: 2 } }]));
    assert.equal(event?.kind, "other");
    assert.deepEqual(event.usage, { promptTokens: 3, outputTokens: 2 });
  });

  it("tells a refusal without content, and one behind content not", () => {
    assert.ok(filtered([start, finish("refusal")]));
    assert.ok(!filtered([start, text("a"), text("b"), finish("refusal")]));
  });

  it("ends with its last event, and with an error", () => {
    assert.equal(read(sse([...answer, text("late"), ping])).at(-1)?.kind, "done");
    const failed = read(sse([start, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, text("late")]));
    assert.deepEqual(kinds(failed), ["preamble", "error"]);
    assert.equal(failed.at(-1)?.error?.code, "upstream_overloaded");
    const limited = read(
      sse([{ type: "error", error: { type: "rate_limit_error", message: "Number of tokens has exceeded your limit" } }]),
    );
    assert.equal(limited[0]?.error?.code, "upstream_rate_limited");
  });

  it("ends with an error that has no type, as gateways put it in: natively, and made a chat", () => {
    const error = { message: "Slow down", type: "rate_limit_error", code: "rate_limit_exceeded" };
    const wire = `${sse([start, text("a")])}data: ${JSON.stringify({ error })}\n\n${sse([text("late")])}`;
    for (const one of [call, chatCall({ stream: true })]) {
      const events = decoded(adapter, one, [Buffer.from(wire)]);
      const at = events.findIndex(({ kind }) => kind === "error");
      assert.equal(events[at]?.error?.code, "upstream_rate_limited");
      assert.ok(!events.slice(0, at).some(({ bytes }) => bytes.includes("Slow down")));
    }
    assert.equal(passedOn(read(`data: {"type":"news","error":{"message":"x"}}\n\n`)).includes("news"), true);
    assert.equal(passedOn(read(`data: {"error":null}\n\n`)).includes("null"), true);
  });

  it("is a fault of the deployment where it is none", () => {
    for (const wire of ["event: ping\ndata: {oops\n\n", "<html></html>", "data: [1]\n\n"]) {
      assert.equal(read(wire).at(-1)?.error?.code, "upstream_malformed", wire);
    }
    const long = decoded(adapter, call, [Buffer.from("data: "), Buffer.alloc(17 * 1024 * 1024, 0x61)]);
    assert.deepEqual(
      long.map(({ error }) => error?.code),
      ["upstream_malformed"],
    );
  });

  it("is read with other line ends, comments, and no names of events", () => {
    const wire = ": keep-alive\r\n\r\n" + sse(answer).replaceAll("\n", "\r\n");
    assert.equal(passedOn(read(wire)), wire);
    assert.deepEqual(kinds(read(wire)).slice(1), kinds(read(sse(answer))));
    const nameless = sse(answer).replaceAll(/event: .*\n/g, "");
    assert.equal(passedOn(read(nameless)), nameless);
    assert.deepEqual(kinds(read(nameless)), kinds(read(sse(answer))));
  });

  it("takes an odd piece for what it is, though the ones before it fit a template", () => {
    const odd = `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"},"more":{}}\n\n`;
    const wire = sse([start, text("a"), text("b")]) + odd + sse([text("")]) + sse([text("c")]);
    assert.equal(passedOn(read(wire)), wire);
    assert.deepEqual(kinds(read(wire)), ["preamble", "content", "content", "content", "preamble", "content"]);
    const broken =
      sse([start, text("a")]) +
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}\n\n';
    assert.equal(read(broken).at(-1)?.error?.code, "upstream_malformed");
  });
});

describe("a whole message in place of a stream", () => {
  const message = {
    id: "msg_1",
    type: "message",
    model: "x",
    content: [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "text", text: "hi" },
      { type: "tool_use", id: "t", name: "n", input: { a: 1 } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 2 },
  };

  it("is given as the stream that it would have been", () => {
    const events = read(JSON.stringify(message));
    assert.equal(events.at(-1)?.kind, "done");
    const wire = passedOn(events);
    for (const part of ['"thinking_delta","thinking":"hm"', '"text_delta","text":"hi"', '"partial_json":"{\\"a\\":1}"', '"model":"m"']) {
      assert.ok(wire.includes(part), part);
    }
    assert.deepEqual(events.find(({ kind }) => kind === "finish")?.usage, { promptTokens: 1, outputTokens: 2 });
  });

  it("may be an error", () => {
    const wire = JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
    assert.deepEqual(
      read(wire).map(({ error }) => error?.code),
      ["upstream_overloaded"],
    );
  });
});

const framed = (event: TypedEvent): Buffer =>
  eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(event)).toString("base64"), p: "abc" });
const plain = (events: readonly TypedEvent[]): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

describe("a stream of InvokeModel", () => {
  const last = { ...done, "amazon-bedrock-invocationMetrics": { inputTokenCount: 10 } };
  const wire = Buffer.concat([...answer.slice(0, -1), last].map(framed));

  it("comes out as Anthropic's own events, without what AWS adds, wherever it was cut", () => {
    for (let at = 0; at <= wire.length; at += 7) {
      const events = decoded(framing, call, [wire.subarray(0, at), wire.subarray(at)]);
      assert.equal(passedOn(events), plain(answer));
      assert.equal(kinds(events).at(-1), "done");
    }
  });

  it("ends with an error at an exception, at what holds no event, and at a frame that is damaged", () => {
    const slow = decoded(framing, call, [framed(start), exceptionFrame("throttlingException", { message: "slow" }), framed(done)]);
    assert.deepEqual(kinds(slow), ["preamble", "error"]);
    assert.equal(slow.at(-1)?.error?.code, "upstream_rate_limited");
    assert.equal(decoded(framing, call, [eventFrame("chunk", { p: "abc" })]).at(-1)?.error?.code, "upstream_malformed");
    const damaged = Buffer.from(framed(start));
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
    assert.equal(decoded(framing, call, [damaged, framed(done)]).length, 1);
    assert.equal(decoded(framing, call, [damaged]).at(-1)?.error?.code, "upstream_malformed");
  });

  it("takes no notice of other messages, and writes no line that is not its own", () => {
    assert.deepEqual(decoded(framing, call, [eventFrame("other", {})]), []);
    const odd = Buffer.from('{"type":"ping",\n"a": 1}').toString("base64");
    const [event] = decoded(framing, call, [frame({ ":message-type": "event", ":event-type": "chunk" }, `{"p":"x","bytes":"${odd}"}`)]);
    assert.equal(event?.bytes.toString(), 'event: ping\ndata: {"type":"ping", "a": 1}\n\n');
  });
});
