import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import type { ChatRules } from "../../../src/formats/kit/chat/chat-rules.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { chatCall, encoded, testHost, testRules } from "../kit/chat/support.ts";

const sonnet = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const opus = "us.anthropic.claude-opus-5-5";
const nova = "amazon.nova-lite-v1:0";
const gpt = "us.openai.gpt-5.5";
const nova2 = "us.amazon.nova-2-lite-v1:0";

/** What LiteLLM's table says of each. */
const facts: Readonly<Record<string, JsonMembers>> = {
  [sonnet]: {
    max_output_tokens: 64_000,
    supports_assistant_prefill: true,
    supports_reasoning: true,
    supports_prompt_caching: true,
    supports_native_structured_output: true,
    cache_creation_input_token_cost_above_1hr: 6e-6,
  },
  [opus]: {
    max_output_tokens: 128_000,
    supports_assistant_prefill: false,
    supports_reasoning: true,
    supports_adaptive_thinking: true,
    thinking_always_on: true,
    supports_sampling_params: false,
    supports_forced_tool_use: false,
    supports_native_structured_output: false,
    supports_bedrock_native_structured_output_by_default: true,
    bedrock_converse_supports_strict_tools: false,
    supports_xhigh_reasoning_effort: true,
    supports_max_reasoning_effort: true,
    bedrock_output_config_effort_ceiling: "xhigh",
  },
  "deepseek.r1-v1:0": { supports_reasoning: true },
  [gpt]: { supports_bedrock_converse_tool_result_images: false },
  [nova]: { supports_vision: true, supports_tool_choice: true, supports_prompt_caching: true },
};

interface Written {
  readonly body: JsonMembers;
  readonly adjusted: readonly string[];
}

function written(model: string, members: JsonMembers, over: Partial<ChatRules> = {}): Written {
  const adapter = bedrock.connect(testHost(), { rules: testRules(facts[model], over), takesPrefill: true, model });
  const request = encoded(adapter, chatCall(members), model);
  return { body: JSON.parse(Buffer.concat(request.body).toString()) as JsonMembers, adjusted: request.adjusted ?? [] };
}

/** The content of all messages. */
function contents(model: string, messages: JsonValue, more: JsonMembers = {}): JsonValue[] {
  const { body } = written(model, { messages, ...more });
  return (body["messages"] as readonly { readonly content: JsonValue }[]).map(({ content }) => content);
}

const tool = (name: string, more: JsonMembers = {}): JsonMembers => ({ type: "function", function: { name, ...more } });
const called = (id: string, name: string): JsonMembers => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: "{}" } }],
});
const spec = (name: string): JsonMembers => ({ toolSpec: { name, inputSchema: { json: { type: "object", properties: {} } } } });
const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
const format = { type: "json_schema", json_schema: { name: "the answer", schema } };

/** A member of the request for Converse that a member of the caller's becomes. */
const members: readonly (readonly [string, string, JsonMembers, string, JsonValue | undefined])[] = [
  ["nothing where nothing is asked for", nova, {}, "inferenceConfig", undefined],
  ["a cap", nova, { max_completion_tokens: 10 }, "inferenceConfig", { maxTokens: 10 }],
  ["a cap below what GPT gives", "openai.gpt-5.5", { max_tokens: 1 }, "inferenceConfig", { maxTokens: 16 }],
  ["stops without empty ones", nova, { stop: ["", "x"] }, "inferenceConfig", { stopSequences: ["x"] }],
  ["Claude's top_k", sonnet, { top_k: 4 }, "additionalModelRequestFields", { top_k: 4 }],
  ["Nova's top_k", nova, { top_k: 4 }, "additionalModelRequestFields", { inferenceConfig: { topK: 4 } }],
  [
    "a choice of tools",
    nova,
    { tools: [tool("f")], tool_choice: "required" },
    "toolConfig",
    { tools: [spec("f")], toolChoice: { any: {} } },
  ],
  [
    "a tool to be called, by its legal name",
    nova,
    { tools: [tool("9/f")], tool_choice: { type: "function", function: { name: "9/f" } } },
    "toolConfig",
    { tools: [spec("t9_f")], toolChoice: { tool: { name: "t9_f" } } },
  ],
  ["no tools where none may be called", nova, { tools: [tool("f")], tool_choice: "none" }, "toolConfig", undefined],
  [
    "one call of a tool at a time",
    sonnet,
    { tools: [tool("f")], parallel_tool_calls: false },
    "additionalModelRequestFields",
    { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
  ],
  [
    "one call of a tool at a time, beside a choice",
    sonnet,
    { tools: [tool("f")], tool_choice: "auto", parallel_tool_calls: false },
    "additionalModelRequestFields",
    { tool_choice: { disable_parallel_tool_use: true } },
  ],
  [
    "a strict tool",
    sonnet,
    { tools: [tool("f", { strict: true, parameters: schema })] },
    "toolConfig",
    { tools: [{ toolSpec: { name: "f", inputSchema: { json: { ...schema, additionalProperties: false } }, strict: true } }] },
  ],
  [
    "a tool that would be strict",
    opus,
    { tools: [tool("f", { strict: true, parameters: schema })] },
    "toolConfig",
    { tools: [{ toolSpec: { name: "f", inputSchema: { json: schema } } }] },
  ],
  [
    "marks of the cache behind tools",
    sonnet,
    { tools: [{ ...tool("f"), cache_control: { type: "ephemeral" } }] },
    "toolConfig",
    { tools: [spec("f"), { cachePoint: { type: "default" } }] },
  ],
  [
    "no marks behind Nova's tools",
    nova,
    { tools: [{ ...tool("f"), cache_control: { type: "ephemeral" } }] },
    "toolConfig",
    { tools: [spec("f")] },
  ],
  ["Nova's search", nova, { web_search_options: {} }, "toolConfig", { tools: [{ systemTool: { name: "nova_grounding" } }] }],
  [
    "tools that Claude knows by their types",
    sonnet,
    { tools: [{ type: "bash_20250124", name: "bash" }] },
    "additionalModelRequestFields",
    { tools: [{ type: "bash_20250124", name: "bash" }] },
  ],
  [
    "the beta of a tool that needs one",
    sonnet,
    { tools: [{ type: "computer_20250124", name: "computer" }] },
    "additionalModelRequestFields",
    { anthropic_beta: ["computer-use-2025-01-24"], tools: [{ type: "computer_20250124", name: "computer" }] },
  ],
  [
    "a schema for the answer",
    sonnet,
    { response_format: format },
    "outputConfig",
    {
      textFormat: {
        type: "json_schema",
        structure: { jsonSchema: { schema: JSON.stringify({ ...schema, additionalProperties: false }), name: "the_answer" } },
      },
    },
  ],
  [
    "effort for Nova 2",
    nova2,
    { reasoning_effort: "low" },
    "additionalModelRequestFields",
    { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } },
  ],
  ["no effort for Nova 2", nova2, { reasoning_effort: "none" }, "additionalModelRequestFields", { reasoningConfig: { type: "disabled" } }],
  [
    "effort for gpt-oss",
    "openai.gpt-oss-120b-1:0",
    { reasoning_effort: "low" },
    "additionalModelRequestFields",
    { reasoning_effort: "low" },
  ],
  ["effort for GPT", "openai.gpt-5.5", { reasoning_effort: "low" }, "additionalModelRequestFields", { reasoning: { effort: "low" } }],
  [
    "a budget of thinking",
    sonnet,
    { reasoning_effort: "low" },
    "additionalModelRequestFields",
    { thinking: { type: "enabled", budget_tokens: 1024 } },
  ],
  ["a cap above a budget", sonnet, { reasoning_effort: "low", max_tokens: 100 }, "inferenceConfig", { maxTokens: 1124 }],
  [
    "thinking of its own choice, with an effort",
    opus,
    { reasoning_effort: "high" },
    "additionalModelRequestFields",
    { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } },
  ],
  [
    "the highest effort that Bedrock takes",
    opus,
    { reasoning_effort: "max" },
    "additionalModelRequestFields",
    { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "xhigh" } },
  ],
  ["how much was thought", opus, { reasoning_effort: "high" }, "additionalModelResponseFieldPaths", ["/usage/output_tokens_details"]],
  [
    "the betas that Converse takes",
    sonnet,
    { anthropic_beta: ["context-1m-2025-08-07", "oauth-2025-04-20"] },
    "additionalModelRequestFields",
    { anthropic_beta: ["context-1m-2025-08-07"] },
  ],
  ["a tier of service", nova, { service_tier: "flex" }, "serviceTier", { type: "flex" }],
  ["no tier where it does not matter", nova, { service_tier: "auto" }, "serviceTier", undefined],
  ["metadata", nova, { requestMetadata: { k: "v" } }, "requestMetadata", { k: "v" }],
  ["a latency", nova, { performanceConfig: { latency: "optimized" } }, "performanceConfig", { latency: "optimized" }],
  [
    "a guardrail of a stream",
    nova,
    { stream: true, guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", streamProcessingMode: "sync" } },
    "guardrailConfig",
    { guardrailIdentifier: "g", guardrailVersion: "1", streamProcessingMode: "sync" },
  ],
  [
    "a guardrail without what is for streams",
    nova,
    { guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", streamProcessingMode: "sync" } },
    "guardrailConfig",
    { guardrailIdentifier: "g", guardrailVersion: "1" },
  ],
  [
    "what nobody else knows, for the model",
    nova,
    { anything: 1, additionalModelRequestFields: { other: 2 } },
    "additionalModelRequestFields",
    { anything: 1, other: 2 },
  ],
];

describe("a request for Converse", () => {
  for (const [name, model, sent, member, expected] of members) {
    it(`has ${name} (${model})`, () => assert.deepEqual(written(model, sent).body[member], expected));
  }

  it("asks for an answer in JSON by a tool where the model takes no schema", () => {
    const alone = written(nova, { response_format: format }).body["toolConfig"] as JsonMembers;
    assert.deepEqual(alone["toolChoice"], { tool: { name: "json_tool_call" } });
    assert.deepEqual((alone["tools"] as readonly { readonly toolSpec: JsonMembers }[])[0]?.toolSpec["inputSchema"], { json: schema });
    const beside = written(nova, { response_format: format, tools: [tool("f")] }).body["toolConfig"] as JsonMembers;
    assert.deepEqual(beside["toolChoice"], { any: {} });
  });

  it("is not told of no effort where the model cannot think", () => {
    for (const model of [nova, "meta.llama3-3-70b-instruct-v1:0", "mistral.mistral-large-2407-v1:0"]) {
      assert.deepEqual(written(model, { reasoning_effort: "none" }), written(model, {}));
    }
    assert.throws(() => written("deepseek.r1-v1:0", { reasoning_effort: "none" }), { param: "reasoning_effort" });
  });

  const refused: readonly (readonly [string, string, JsonMembers, string])[] = [
    ["a temperature of a model of late", opus, { temperature: 0.3 }, "temperature"],
    ["a forced tool of a model of late", opus, { tools: [tool("f")], tool_choice: "required" }, "tool_choice"],
    ["one call at a time of Nova", nova, { tools: [tool("f")], parallel_tool_calls: false }, "parallel_tool_calls"],
    ["effort of a Nova that does not think", nova, { reasoning_effort: "low" }, "reasoning_effort"],
    ["thinking of what is no Claude", nova, { thinking: { type: "enabled", budget_tokens: 2000 } }, "thinking"],
    ["a seed", nova, { seed: 1 }, "seed"],
  ];
  for (const [name, model, sent, param] of refused) {
    it(`is refused with ${name}, unless that may be dropped`, () => {
      assert.throws(() => written(model, sent), { code: "cannot_serve_this", param });
      assert.ok(written(model, sent, { dropParams: true }).adjusted.includes(param));
    });
  }

  it("is refused with tools that run at other providers", () => {
    assert.throws(() => written(nova, { tools: [{ type: "web_search" }] }), { code: "cannot_serve_this", param: "tools[0]" });
  });

  it("lets a model that thinks within a budget choose its tool itself, and says so", () => {
    const { body, adjusted } = written(sonnet, { tools: [tool("f")], tool_choice: "required", reasoning_effort: "low", temperature: 0.3 });
    assert.deepEqual((body["toolConfig"] as JsonMembers)["toolChoice"], { auto: {} });
    assert.deepEqual(body["inferenceConfig"], { maxTokens: 64_000 });
    assert.deepEqual(adjusted.toSorted(), ["temperature", "tool_choice"]);
  });
});

const file = (filename: string, type: string): JsonMembers => ({
  type: "file",
  file: { filename, file_data: `data:${type};base64,QQ==` },
});

describe("messages for Converse", () => {
  it("alternate, with results of tools first and one answer to each call", () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "user", content: " " },
      called("functions.f:0", "f"),
      { role: "system", content: "be quick" },
      { role: "tool", tool_call_id: "functions.f:0", content: "1" },
      { role: "tool", tool_call_id: "functions.f:0", content: "2" },
      { role: "user", content: "b" },
    ];
    assert.deepEqual(contents(sonnet, messages, { tools: [tool("f")] }), [
      [{ text: "a" }],
      [{ toolUse: { toolUseId: "functions_f_0", name: "f", input: {} } }],
      [{ toolResult: { toolUseId: "functions_f_0", content: [{ text: "1" }] } }, { text: "be quick" }, { text: "b" }],
    ]);
  });

  it("have images of results beside these where the model takes none in them", () => {
    const picture = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
    const image = { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } };
    const messages = [
      { role: "user", content: "a" },
      called("c", "f"),
      { role: "tool", tool_call_id: "c", content: [picture] },
      { role: "user", content: "b" },
    ];
    assert.deepEqual(contents(nova, messages, { tools: [tool("f")] })[2], [
      { toolResult: { toolUseId: "c", content: [image] } },
      { text: "b" },
    ]);
    assert.deepEqual(contents(gpt, messages, { tools: [tool("f")] })[2], [
      { toolResult: { toolUseId: "c", content: [{ text: "[See the image beside this.]" }] } },
      image,
      { text: "b" },
    ]);
  });

  it("tell calls of tools as text where there are no tools", () => {
    const messages = [{ role: "user", content: "a" }, called("c", "f"), { role: "tool", tool_call_id: "c", content: "1" }];
    assert.deepEqual(contents(nova, messages), [
      [{ text: "a" }],
      [{ text: "[Called the tool f with {}]" }],
      [{ text: "[Result of the tool f:]" }, { text: "1" }],
    ]);
  });

  it("begin with the user, whom modify_params puts there", () => {
    const messages = [
      { role: "assistant", content: "a" },
      { role: "user", content: "b" },
    ];
    assert.throws(() => written(nova, { messages }), { code: "invalid_request", param: "messages[0]" });
    const { body } = written(nova, { messages }, { modifyParams: true });
    assert.deepEqual((body["messages"] as readonly JsonMembers[])[0], { role: "user", content: [{ text: "." }] });
  });

  it("end with the assistant only where the model goes on with that", () => {
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b \n" },
    ];
    assert.deepEqual(contents(sonnet, messages), [[{ text: "a" }], [{ text: "b" }]]);
    assert.throws(() => written(opus, { messages }), { code: "cannot_serve_this", param: "messages[1]" });
  });

  it("have Claude's thinking with its proof, and no other", () => {
    const blocks = [
      { type: "thinking", thinking: "hm", signature: "s" },
      { type: "thinking", thinking: "unsigned" },
      { type: "redacted_thinking", data: "ZGF0YQ==" },
    ];
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b", reasoning_content: "hm", thinking_blocks: blocks },
      { role: "user", content: "c" },
    ];
    assert.deepEqual(contents(sonnet, messages)[1], [
      { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
      { reasoningContent: { redactedContent: "ZGF0YQ==" } },
      { text: "b" },
    ]);
    assert.deepEqual(contents(nova, messages)[1], [{ text: "b" }]);
  });

  it("keep a cache for an hour where the model can", () => {
    const content = [{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }];
    const messages = [{ role: "user", content }];
    assert.deepEqual(contents(sonnet, messages), [[{ text: "a" }, { cachePoint: { type: "default", ttl: "1h" } }]]);
    assert.deepEqual(contents(nova, messages), [[{ text: "a" }, { cachePoint: { type: "default" } }]]);
    assert.deepEqual(contents("meta.llama4-scout-17b-instruct-v1:0", messages), [[{ text: "a" }]]);
  });

  it("have documents by legal names, each once", () => {
    const files = [file("a/b_c.pdf", "application/pdf"), file("a/b_c.pdf", "application/pdf"), file("x.md", "text/markdown")];
    const content = [{ type: "text", text: "read" }, ...files];
    assert.deepEqual(contents(nova, [{ role: "user", content }]), [
      [
        { text: "read" },
        { document: { format: "pdf", name: "a-b-c", source: { bytes: "QQ==" } } },
        { document: { format: "pdf", name: "a-b-c 2", source: { bytes: "QQ==" } } },
        { document: { format: "md", name: "x", source: { bytes: "QQ==" } } },
      ],
    ]);
  });

  it("have a text beside a document, which modify_params puts there", () => {
    const messages = [{ role: "user", content: [file("a.pdf", "application/pdf")] }];
    assert.throws(() => written(nova, { messages }), { code: "cannot_serve_this", param: "messages[0].content[0]" });
    const { body } = written(nova, { messages }, { modifyParams: true });
    assert.deepEqual((body["messages"] as readonly { content: JsonValue[] }[])[0]?.content.at(-1), { text: "." });
  });

  it("have sounds, films, and what lies at S3", () => {
    const content = [
      { type: "text", text: "see" },
      { type: "input_audio", input_audio: { data: "QQ==", format: "wav" } },
      { type: "video_url", video_url: { url: "data:video/mp4;base64,QQ==" } },
      { type: "image_url", image_url: { url: "s3://bucket/a.jpg" } },
      { type: "file", file: { file_id: "s3://bucket/b.docx" } },
    ];
    assert.deepEqual(contents(nova2, [{ role: "user", content }]), [
      [
        { text: "see" },
        { audio: { format: "wav", source: { bytes: "QQ==" } } },
        { video: { format: "mp4", source: { bytes: "QQ==" } } },
        { image: { format: "jpeg", source: { s3Location: { uri: "s3://bucket/a.jpg" } } } },
        { document: { format: "docx", name: "document", source: { s3Location: { uri: "s3://bucket/b.docx" } } } },
      ],
    ]);
  });

  const untaken: readonly (readonly [string, string, JsonMembers])[] = [
    ["an address of the web", nova, { type: "image_url", image_url: { url: "https://pictures.example/a.png" } }],
    ["a file by its id", nova, { type: "file", file: { file_id: "file-1" } }],
    ["a sound for Claude", sonnet, { type: "input_audio", input_audio: { data: "QQ==", format: "wav" } }],
    ["an image of another format", nova, { type: "image_url", image_url: { url: "data:image/tiff;base64,QQ==" } }],
  ];
  for (const [name, model, part] of untaken) {
    it(`can't have ${name}`, () => {
      assert.throws(() => contents(model, [{ role: "user", content: [{ type: "text", text: "see" }, part] }]), {
        code: "cannot_serve_this",
        param: "messages[0].content[1]",
      });
    });
  }
});
