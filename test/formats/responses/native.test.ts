import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RouterError } from "../../../src/core/errors.ts";
import { NativeEventWriter, writeNativeReply } from "../../../src/formats/responses/caller/native-answer.ts";
import { redactorOf } from "../../../src/formats/kit/redact.ts";
import { propertyRuns } from "../../support/property-runs.ts";
import { skippedWithout } from "../../support/shared-folder.ts";
import { asServerSentEvents, decodedPieces, nativeSide, recordings, responsesCall, testIds } from "./support.ts";

const skip = skippedWithout("recordings/openai");
const native = nativeSide();

/** Puts the deployment's own names back: what then differs from the original was changed without need. */
function asItWas(told: string, model: string): string {
  const own = told.replaceAll(/\b([a-z]{1,16}_)1([A-Za-z0-9_-]{30,})(\.?)/g, (sealed: string, prefix: string, _text, dot: string) => {
    const pinned = testIds.open(prefix, dot === "" ? sealed : sealed.slice(0, -1), "k");
    if (pinned === undefined) return sealed;
    return pinned.id + (prefix === "hgenc_" ? "" : dot);
  });
  return own.replaceAll('"model":"mine"', `"model":${JSON.stringify(model)}`);
}

/** Shows where two long texts part, and not all of both. */
function assertSame(one: string, other: string, name: string): void {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  assert.equal(one.slice(at, at + 80), other.slice(at, at + 80), name);
}

function modelOf(text: string): string {
  return /"model":"([^"]*)"/.exec(text)?.[1] ?? "";
}

test("recorded answers come out byte for byte, but for ids and the model", { skip }, () => {
  const call = responsesCall({}, { model: "mine" });
  let compared = 0;
  for (const { name, text } of recordings(".json")) {
    const body = Buffer.from(JSON.stringify(JSON.parse(text)));
    const reply = native.decodeReply(call, {}, body);
    if (reply instanceof RouterError) {
      assert.match(name, /error/);
      continue;
    }
    const told = writeNativeReply(reply, call, { deploymentId: "d", ids: testIds }).toString();
    assert.notEqual(told, body.toString(), name);
    assertSame(asItWas(told, modelOf(body.toString())), body.toString(), name);
    const { usage } = JSON.parse(body.toString()) as { usage: { input_tokens: number; output_tokens: number } };
    assert.deepEqual([reply.usage?.promptTokens, reply.usage?.outputTokens], [usage.input_tokens, usage.output_tokens], name);
    compared++;
  }
  assert.ok(compared >= 20, `only ${compared} recordings`);
});

test("recorded streams come out byte for byte, however they were cut, but for ids and the model", { skip }, () => {
  const call = responsesCall({ stream: true }, { model: "mine" });
  const streams = recordings(".chunks.txt").filter(({ name }) => !/error/.test(name));
  assert.ok(streams.length >= 20);
  for (const [index, { name, text }] of streams.entries()) {
    const bytes = asServerSentEvents(text, index % 2 === 0);
    const size = [bytes.length, 1_000, 77, 13][index % 4] ?? 1;
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
    const writer = new NativeEventWriter(call, testIds);
    writer.begin("d");
    const events = decodedPieces(native, call, pieces);
    const told = events.map((event) => writer.write(event)?.toString() ?? "").join("");
    const last = events.at(-2);
    const isWhole = /"type":"response\.(?:completed|incomplete)"/.test(text);
    assertSame(asItWas(told, modelOf(text)), bytes.toString(), name);
    assert.deepEqual([events.at(-1)?.kind, last?.kind], isWhole ? ["done", "finish"] : [events.at(-1)?.kind, last?.kind], name);
    if (isWhole) assert.ok((last?.usage?.outputTokens ?? 0) > 0, name);
  }
});

test("ids that a stream names are the same in all of its events", { skip }, () => {
  const call = responsesCall({ stream: true }, { model: "mine" });
  for (const { name, text } of recordings(".chunks.txt")) {
    // A host that gives an item another id in each event does so here as well.
    if (/rotation|error/.test(name)) continue;
    const writer = new NativeEventWriter(call, testIds);
    writer.begin("d");
    const added = new Set<string>();
    const events = decodedPieces(native, call, [asServerSentEvents(text)]);
    for (const event of events.flatMap((one) => one.parts?.() ?? [one])) {
      if (writer.write(event) === undefined) continue;
      const written = writer.write(event)?.toString() ?? "";
      const {
        item,
        item_id: itemId,
        type,
      } = JSON.parse(written.slice(written.indexOf("data: ") + 6)) as {
        item?: { id?: string };
        item_id?: string;
        type: string;
      };
      if (type === "response.output_item.added" && item?.id !== undefined) added.add(item.id);
      if (itemId !== undefined) assert.ok(added.has(itemId), `${name}: ${type} names ${itemId}`);
    }
  }
});

test("any answer comes out as it was once its ids are put back, whatever its texts hold", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('"item_id":"msg_1"', '{"id":"rs_1"}', "\\", "\u2028", "data: x\n\n", '.delta"'));
  const item = fc.record({
    type: fc.constantFrom("message", "reasoning"),
    id: fc.constantFrom("msg_1", "rs_2"),
    text,
    encrypted_content: text,
  });
  const response = fc.record({
    id: fc.constant("resp_1"),
    model: fc.constant("own"),
    text,
    output: fc.array(item),
    previous_response_id: fc.constantFrom(null, "resp_0"),
  });
  const call = responsesCall({}, { model: "mine" });
  fc.assert(
    fc.property(response, (value) => {
      const body = Buffer.from(JSON.stringify(value));
      const told = writeNativeReply({ format: "responses", body, usage: undefined }, call, { deploymentId: "d", ids: testIds }).toString();
      const read = JSON.parse(told) as typeof value;
      assert.equal(read.model, "mine");
      assert.equal(read.text, value.text);
      for (const [index, { text: own, encrypted_content: content, id }] of value.output.entries()) {
        const got = read.output[index];
        assert.equal(got?.text, own);
        assert.equal(got?.encrypted_content.slice(content === "" ? 0 : got.encrypted_content.indexOf(".") + 1), content);
        assert.equal(testIds.open(id.slice(0, id.indexOf("_") + 1), got?.id ?? "", "k")?.id, id);
      }
    }),
    propertyRuns(100),
  );
});

const completed = {
  type: "response.completed",
  sequence_number: 3,
  response: {
    id: "resp_1",
    status: "completed",
    output: [],
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 5 },
    },
  },
};

for (const { what, event, kind } of [
  { what: "its creation", event: { type: "response.created", response: {} }, kind: "preamble" },
  { what: "its progress", event: { type: "response.in_progress", response: {} }, kind: "preamble" },
  {
    what: "the beginning of a message",
    event: { type: "response.output_item.added", item: { id: "msg_1", type: "message", content: [] } },
    kind: "preamble",
  },
  {
    what: "the beginning of reasoning",
    event: { type: "response.output_item.added", item: { id: "rs_1", type: "reasoning", summary: [] } },
    kind: "preamble",
  },
  {
    what: "the beginning of a call",
    event: { type: "response.output_item.added", item: { id: "fc_1", type: "function_call", name: "f" } },
    kind: "content",
  },
  { what: "a piece of text", event: { type: "response.output_text.delta", delta: "x" }, kind: "content" },
  { what: "a piece of reasoning", event: { type: "response.reasoning_summary_text.delta", delta: "x" }, kind: "content" },
  { what: "a piece of a call", event: { type: "response.function_call_arguments.delta", delta: "{" }, kind: "content" },
  { what: "a search that runs", event: { type: "response.web_search_call.in_progress" }, kind: "content" },
  { what: "an event that is yet to come", event: { type: "keepalive" }, kind: "other" },
  {
    what: "a failure",
    event: { type: "response.failed", response: { error: { code: "server_error", message: "it broke" } } },
    kind: "error",
  },
  { what: "an error", event: { type: "error", code: "rate_limit_exceeded", message: "too fast" }, kind: "error" },
] as const) {
  test(`of a stream, ${what} is ${kind}`, () => {
    const [read] = decodedPieces(native, responsesCall({ stream: true }), [asServerSentEvents(JSON.stringify(event))]);
    assert.equal(read?.kind, kind);
  });
}

test("the last event tells what was used, and nothing comes after it", () => {
  const late = asServerSentEvents(JSON.stringify({ type: "response.output_text.delta", delta: "late" }));
  const bytes = Buffer.concat([asServerSentEvents(JSON.stringify(completed)), late]);
  const events = decodedPieces(native, responsesCall({ stream: true }), [bytes]);
  assert.deepEqual(
    events.map(({ kind, usage }) => [kind, usage]),
    [
      ["finish", { promptTokens: 10, outputTokens: 7, cachedTokens: 4, reasoningTokens: 5 }],
      ["done", undefined],
    ],
  );
});

test("a stream that ends with chat's mark alone is not whole", () => {
  const events = decodedPieces(native, responsesCall({ stream: true }), [Buffer.from("data: [DONE]\n\n")]);
  assert.deepEqual(events, []);
});

test("a request goes out as it came, but for the model, the router's fields and what is dropped", () => {
  const call = responsesCall({ temperature: 1, unknown: [null], num_retries: 2, drop_me: 1, tools: [{ a: 1, b: 2 }] });
  const side = nativeSide({ defaults: { max_tokens: 9, stop: "x", store: false }, dropped: ["drop_me", "tools[*].b"] });
  const request = side.encode(call, "upstream");
  if (request instanceof RouterError) throw request;
  assert.equal(
    Buffer.concat(request.body).toString(),
    '{"model":"upstream","input":"hi","temperature":1,"unknown":[null],"tools":[{"a":1}],"max_output_tokens":9,"store":false}',
  );
  assert.deepEqual([request.method, request.path], ["POST", "/v1/responses"]);
  assert.deepEqual(request.adjusted, ["drop_me"]);
});

test("what is done with something kept goes out by its own path, without a body where there is none", () => {
  const empty = { bytes: Buffer.alloc(0), members: [] };
  const call = responsesCall({}, { endpoint: "kept", body: empty, resource: { method: "DELETE", path: "/responses/resp_1" } });
  const request = native.encode(call, "upstream");
  if (request instanceof RouterError) throw request;
  assert.deepEqual([request.method, request.path, request.body], ["DELETE", "/v1/responses/resp_1", []]);
});

for (const { what, call, status, body, code, isWhole } of [
  {
    what: "a request at fault",
    call: responsesCall({}),
    status: 400,
    body: { error: { message: "bad", type: "invalid_request_error", param: "input", code: null } },
    code: "invalid_request",
    isWhole: true,
  },
  {
    what: "a spent quota",
    call: responsesCall({}),
    status: 429,
    body: { error: { message: "out", code: "insufficient_quota" } },
    code: "quota_exhausted",
    isWhole: false,
  },
  {
    what: "what is not kept any more",
    call: responsesCall({}, { endpoint: "kept" }),
    status: 404,
    body: { error: { message: "Response with id 'resp_1' not found." } },
    code: "not_found",
    isWhole: true,
  },
] as const) {
  test(`${what} is ${code}${isWhole ? ", in the provider's own words" : ""}`, () => {
    const bytes = Buffer.from(JSON.stringify(body));
    const error = native.decodeError(status, {}, bytes, { call, wallTime: 0 });
    assert.equal(error.code, code);
    assert.equal(error.upstream?.body?.bytes.toString(), isWhole ? bytes.toString() : undefined);
  });
}

test("an error that would show a secret behind an escape is written anew", () => {
  const native = nativeSide({ redact: redactorOf(["sk-secret-123"]) });
  for (const [json, told] of [
    ['{"error":{"message":"bad sk-secret-123"}}', '{"error":{"message":"bad [redacted]"}}'],
    ['{"error":{"message":"bad \\u0073k-secret-123"}}', undefined],
    ['{"error":{"message":"bad","sk-\\u0073ecret-123":1}}', undefined],
  ] as const) {
    const error = native.decodeError(400, {}, Buffer.from(json), { call: responsesCall({}), wallTime: 0 });
    assert.equal(error.upstream?.body?.bytes.toString(), told);
  }
});

test("a response that failed within a 200 is a failure, and one that was filtered away is told", () => {
  const failed = native.decodeReply(
    responsesCall({}),
    {},
    Buffer.from('{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"no"},"output":[]}'),
  );
  assert.ok(failed instanceof RouterError && failed.code === "upstream_error");
  const filtered = native.decodeReply(
    responsesCall({}),
    {},
    Buffer.from('{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}'),
  );
  assert.ok(!(filtered instanceof RouterError) && filtered.isFiltered === true);
});
