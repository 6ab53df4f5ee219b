import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { BedrockRuntimeClient, ConverseCommand, type ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { propertyRuns } from "../../support/property-runs.ts";
import { chatCall, decoded, encodedBody, testHost, testRules } from "../kit/chat/support.ts";
import { eventFrame } from "../kit/event-stream/frames.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const adapter = bedrock.connect(testHost(), {
  rules: testRules({ supports_assistant_prefill: true, supports_prompt_caching: true }, { modifyParams: true }),
  takesPrefill: true,
  model: claude,
});

/** Chats that OpenAI would take: each call of a tool is answered, and the user speaks first. */
const names = fc.constantFrom(
  "weather",
  "get/weather",
  "get_weather",
  "9 lives",
  "ü".repeat(80),
  `${"x".repeat(70)}1`,
  `${"x".repeat(70)}2`,
);
const text = fc.oneof(fc.constantFrom("", " ", "\n"), fc.string({ unit: "grapheme", maxLength: 12 }));
const mark = fc.option(fc.constant({ type: "ephemeral" }), { nil: undefined });
const document = fc
  .tuple(text, fc.constantFrom("application/pdf", "text/plain", "text/csv"))
  .map(([name, type]): JsonMembers => ({ type: "file", file: { filename: `${name}.x`, file_data: `data:${type};base64,QQ==` } }));
const image = fc.constant<JsonMembers>({ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } });
const textPart = fc
  .tuple(text, mark)
  .map(([one, cache]): JsonMembers => ({ type: "text", text: one, ...(cache && { cache_control: cache }) }));
const user = fc
  .oneof(text, fc.array(fc.oneof(textPart, image, document), { maxLength: 3 }))
  .map((content): JsonMembers => ({ role: "user", content }));
const system = text.map((content): JsonMembers => ({ role: "system", content }));
const said = text.map((content): JsonMembers => ({ role: "assistant", content }));
const called = fc
  .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 70 }), names), { minLength: 1, maxLength: 3, selector: ([id]) => id })
  .map((calls): JsonMembers[] => [
    {
      role: "assistant",
      content: null,
      tool_calls: calls.map(([id, name]) => ({ id, type: "function", function: { name, arguments: '{"a":1}' } })),
    },
    ...calls.map(([id, name]) => ({ role: "tool", tool_call_id: id, content: name })),
  ]);
const turns = fc.array(fc.oneof(user, system, said, called), { maxLength: 8 }).map((list) => list.flat());
const chat = fc.tuple(fc.boolean(), turns, fc.uniqueArray(names, { maxLength: 4 })).map(([hasTools, messages, tools]): JsonMembers => ({
  messages: [{ role: "user", content: "begin" }, ...withUniqueIds(messages), { role: "user", content: "end" }],
  ...(hasTools && tools.length > 0 ? { tools: tools.map((name) => ({ type: "function", function: { name } })) } : {}),
}));

/** Ids of calls are the caller's to keep apart. */
function withUniqueIds(messages: readonly JsonMembers[]): JsonMembers[] {
  let turn = 0;
  return messages.map((message) => {
    if (message["role"] === "tool") return { ...message, tool_call_id: `${turn}:${message["tool_call_id"] as string}` };
    const calls = message["tool_calls"] as readonly JsonMembers[] | undefined;
    if (calls === undefined) return message;
    turn++;
    return { ...message, tool_calls: calls.map((call) => ({ ...call, id: `${turn}:${call["id"] as string}` })) };
  });
}

interface Sent {
  readonly messages: readonly { readonly role: string; readonly content: readonly Readonly<Record<string, JsonMembers | string>>[] }[];
  readonly system?: readonly JsonMembers[];
  readonly toolConfig?: { readonly tools: readonly { readonly toolSpec?: { readonly name: string } }[] };
}

const legalName = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;

/** What Converse documents that it refuses. */
function check({ messages, system: told = [], toolConfig }: Sent): void {
  const specs = (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec === undefined ? [] : [toolSpec.name]));
  for (const name of specs) assert.match(name, legalName);
  assert.equal(new Set(specs).size, specs.length);
  for (const block of told) assert.ok(block["text"] !== "" && typeof block !== "string");
  const documents: string[] = [];
  let open = new Set<JsonValue | undefined>();
  for (const [index, { role, content }] of messages.entries()) {
    assert.equal(role, index % 2 === 0 ? "user" : "assistant");
    assert.notEqual(content.length, 0);
    assert.ok(!("cachePoint" in (content[0] ?? {})));
    assert.ok(!content.some((block) => "document" in block) || content.some((block) => "text" in block));
    const answered = new Set<JsonValue | undefined>();
    for (const block of content) {
      assert.equal(Object.keys(block).length, 1);
      const { text: written, toolUse, toolResult, document: file } = block;
      if (written !== undefined) assert.notEqual((written as string).trim(), "");
      if (toolResult !== undefined) answered.add((toolResult as JsonMembers)["toolUseId"]);
      if (file !== undefined) documents.push((file as JsonMembers)["name"] as string);
      if (toolUse !== undefined) {
        const { name, toolUseId } = toolUse as JsonMembers;
        assert.match(name as string, legalName);
        assert.match(toolUseId as string, /^[a-zA-Z0-9_-]{1,64}$/);
      }
    }
    assert.deepEqual(answered, open, "each call is answered in the next turn");
    const uses = content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [(toolUse as JsonMembers)["toolUseId"]]));
    open = new Set(uses);
    assert.equal(open.size, uses.length);
    assert.ok(open.size === 0 || toolConfig !== undefined);
  }
  for (const name of documents) assert.match(name, /^(?!.* {2})[a-zA-Z0-9 ()[\]-]+$/);
  assert.equal(new Set(documents).size, documents.length);
}

/** Bytes as AWS's client takes them. */
function withBytes(value: JsonValue, key = ""): unknown {
  if (typeof value === "string" && (key === "bytes" || key === "redactedContent")) return Buffer.from(value, "base64");
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((one) => withBytes(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytes(inner, name)]));
}

/** What AWS's own client makes of a request. It leaves out what the API does not have. */
async function asTheirs(body: JsonMembers): Promise<JsonMembers> {
  let sent: JsonMembers = {};
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestHandler: {
      handle: (request: { readonly body: Uint8Array }) => {
        sent = JSON.parse(new TextDecoder().decode(request.body)) as JsonMembers;
        const reply = JSON.stringify({ output: { message: { role: "assistant", content: [{ text: "a" }] } }, stopReason: "end_turn" });
        return Promise.resolve({ response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(reply)]) } });
      },
    },
  });
  await client.send(new ConverseCommand({ modelId: "m", ...(withBytes(body) as Omit<ConverseCommandInput, "modelId">) }));
  return sent;
}

describe("any chat", () => {
  it("becomes a request that Converse takes", () => {
    fc.assert(
      fc.property(chat, (members) => {
        check(encodedBody(adapter, chatCall(members), claude) as unknown as Sent);
      }),
      propertyRuns(1_000),
    );
  });

  it("becomes a request of which AWS's client leaves out nothing", async () => {
    const everything: JsonMembers = {
      temperature: 0.3,
      top_p: 0.5,
      max_tokens: 10,
      stop: ["x"],
      service_tier: "flex",
      requestMetadata: { k: "v" },
      performanceConfig: { latency: "optimized" },
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", trace: "enabled" },
      top_k: 4,
    };
    assert.deepEqual(await asTheirs({ messages: [], notConverse: 1 }), { messages: [] });
    const chats = fc.sample(chat, 100);
    for (const members of chats) {
      const body = encodedBody(adapter, chatCall({ ...everything, ...members }), claude);
      assert.deepEqual(await asTheirs(body), body);
    }
    const messages = [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: "b",
        thinking_blocks: [
          { type: "thinking", thinking: "hm", signature: "s" },
          { type: "redacted_thinking", data: "ZGF0YQ==" },
        ],
      },
      { role: "user", content: "c" },
    ];
    const response = { type: "json_schema", json_schema: { name: "n", schema: { type: "object", properties: {} } } };
    const native = bedrock.connect(testHost(), {
      rules: testRules({ supports_native_structured_output: true }),
      takesPrefill: false,
      model: claude,
    });
    const body = encodedBody(native, chatCall({ messages, response_format: response, reasoning_effort: "low" }), claude);
    assert.deepEqual(await asTheirs(body), body);
  });
});

const delta = fc.oneof(
  fc.oneof(fc.string(), fc.constantFrom("\u{1f642}", "ü\u0000", "\u2028")).map((value): JsonMembers => ({ text: value })),
  fc.string().map((value): JsonMembers => ({ reasoningContent: { text: value } })),
  fc.string().map((input): JsonMembers => ({ toolUse: { input } })),
  fc.constant<JsonMembers>({ citation: { title: "t" } }),
);
const event = fc.oneof(
  fc.tuple(fc.nat(3), delta).map(([block, one]) => eventFrame("contentBlockDelta", { contentBlockIndex: block, delta: one })),
  fc
    .tuple(fc.nat(3), names)
    .map(([block, name]) => eventFrame("contentBlockStart", { contentBlockIndex: block, start: { toolUse: { toolUseId: "c", name } } })),
  fc.nat(3).map((block) => eventFrame("contentBlockStop", { contentBlockIndex: block })),
  fc.constant(eventFrame("metadata", { usage: { inputTokens: 1, outputTokens: 2 } })),
  fc.constant(eventFrame("eventOfTomorrow", {})),
);

describe("any stream", () => {
  it("says the same however it was split on its way", () => {
    const call = chatCall({ stream: true });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.array(fc.nat(2000), { maxLength: 12 }), (frames, cuts) => {
        const bytes = Buffer.concat([...frames, eventFrame("messageStop", { stopReason: "end_turn" })]);
        const places = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        const whole = decoded(adapter, call, [bytes]);
        assert.deepEqual(decoded(adapter, call, pieces), whole);
        assert.equal(whole.filter(({ kind }) => kind === "done").length, 1);
      }),
      propertyRuns(100),
    );
  });
});
