import type { JsonMembers } from "../../../src/core/provider.ts";

/** Chats for Claude by entries of the configuration, and what its hosts get of them. */

const older = "claude-haiku-4-5";
const newer = "claude-opus-5-5";
const pdf = "JVBERi0xLjQK";
const webSearch = { type: "web_search_20250305", name: "web_search" };
const marked = { type: "ephemeral" };

/** Hosts of Claude, by what their entries hold besides the model. */
export const hosts = {
  anthropic: { model: `anthropic/${older}` },
  foundry: { model: `azure_ai/${older}`, api_base: "https://x.services.ai.azure.com" },
  vertex: { model: `vertex_ai/${older}`, vertex_project: "p" },
  mantle: { model: `bedrock_mantle/anthropic.${older}`, aws_region_name: "us-east-1" },
  invoke: { model: `bedrock/invoke/eu.anthropic.${older}-20251001-v1:0`, aws_region_name: "eu-central-1" },
  converse: { model: `bedrock/eu.anthropic.${older}-20251001-v1:0`, aws_region_name: "eu-central-1" },
} as const satisfies Readonly<Record<string, JsonMembers>>;

export interface Row {
  readonly what: string;
  /** `litellm_params`, over those of Anthropic's own host. */
  readonly params?: JsonMembers;
  readonly request: JsonMembers;
  /** What the body holds. A member that is null is not there. */
  readonly body?: JsonMembers;
  /** The same of the headers. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly adjusted?: readonly string[];
  /** The code of the error and the parameter that it names, in place of a request. */
  readonly refused?: readonly [code: string, param: string];
}

const ask = (...content: readonly JsonMembers[]): JsonMembers => ({ messages: [{ role: "user", content }] });
const file = (data: string, more: JsonMembers = {}): JsonMembers => ({ type: "file", file: { file_data: data, ...more } });
const image = (url: string): JsonMembers => ({ type: "image_url", image_url: { url } });
const answers = (...content: readonly JsonMembers[]): JsonMembers => ({ messages: [{ role: "user", content }] });
const imageUrl = "https://pictures.example/a.png";
const urlRefused = ["cannot_serve_this", "messages[0].content[0]"] as const;

const media: readonly Row[] = [
  {
    what: "a PDF is a document, with its name as the title",
    request: ask(file(`data:application/pdf;base64,${pdf}`, { filename: "a.pdf" })),
    body: answers({ type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf }, title: "a.pdf" }),
  },
  {
    what: "a text is one too, in words",
    request: ask(file(`data:text/markdown;base64,${Buffer.from("# ü").toString("base64")}`)),
    body: answers({ type: "document", source: { type: "text", media_type: "text/plain", data: "# ü" } }),
  },
  {
    what: "a file of Anthropic's own stays where it is",
    request: ask({ type: "file", file: { file_id: "file_1" } }),
    body: answers({ type: "document", source: { type: "file", file_id: "file_1" } }),
  },
  {
    what: "a table is none that Claude reads",
    request: ask(file(`data:application/vnd.ms-excel;base64,${pdf}`)),
    refused: ["cannot_serve_this", "messages[0].content[0]"],
  },
  {
    what: "an address of an image goes to Anthropic as it is",
    request: ask(image(imageUrl)),
    body: answers({ type: "image", source: { type: "url", url: imageUrl } }),
  },
  {
    what: "so it does to Foundry",
    params: hosts.foundry,
    request: ask(image(imageUrl)),
    body: answers({ type: "image", source: { type: "url", url: imageUrl } }),
  },
  { what: "an address without TLS goes nowhere", request: ask(image("http://pictures.example/a.png")), refused: urlRefused },
  ...(["vertex", "mantle", "invoke", "converse"] as const).map((host): Row => ({
    what: `${host} fetches no addresses`,
    params: hosts[host],
    request: ask(image(imageUrl)),
    refused: urlRefused,
  })),
];

const plain = ask({ type: "text", text: "hi" });
const search = (options: JsonMembers): JsonMembers => ({ ...plain, web_search_options: options });

const searches: readonly Row[] = [
  {
    what: "a search in the web is a tool of the host",
    request: search({}),
    body: { tools: [{ ...webSearch, max_uses: 5 }], tool_choice: null },
  },
  ...(
    [
      ["low", 1],
      ["high", 10],
    ] as const
  ).map(([size, uses]): Row => ({
    what: `${uses} searches at most for a context that is ${size}`,
    request: search({ search_context_size: size }),
    body: { tools: [{ ...webSearch, max_uses: uses }] },
  })),
  {
    what: "where its user is goes along",
    request: search({ user_location: { type: "approximate", approximate: { city: "Bern", country: "CH" } } }),
    body: { tools: [{ ...webSearch, max_uses: 5, user_location: { type: "approximate", city: "Bern", country: "CH" } }] },
  },
  {
    what: "Vertex wants its beta in the header",
    params: hosts.vertex,
    request: search({}),
    body: { tools: [{ ...webSearch, max_uses: 5 }], anthropic_beta: null },
    headers: { "anthropic-beta": "web-search-2025-03-05" },
  },
  {
    what: "Mantle searches too",
    params: hosts.mantle,
    request: search({}),
    body: { tools: [{ ...webSearch, max_uses: 5 }] },
  },
  { what: "InvokeModel does not", params: hosts.invoke, request: search({}), refused: ["cannot_serve_this", "web_search_options"] },
  {
    what: "and leaves it where it may",
    params: { ...hosts.invoke, drop_params: true },
    request: search({}),
    body: { tools: null },
    adjusted: ["web_search_options"],
  },
  {
    what: "nor with the tool itself",
    params: hosts.invoke,
    request: { ...plain, tools: [webSearch] },
    refused: ["cannot_serve_this", "tools[0]"],
  },
  {
    what: "Vertex fetches no pages",
    params: hosts.vertex,
    request: { ...plain, tools: [webSearch, { type: "web_fetch_20250910", name: "web_fetch" }] },
    refused: ["cannot_serve_this", "tools[1]"],
  },
  {
    what: "Anthropic does",
    request: { ...plain, tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] },
    body: { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] },
  },
];

const begun = {
  messages: [
    { role: "user", content: "a poem" },
    { role: "assistant", content: "Roses \n" },
  ],
};
const unasked = {
  messages: [
    { role: "assistant", content: "Hello." },
    { role: "user", content: "Hi." },
  ],
};
const prefillRefused = ["cannot_serve_this", "messages[1]"] as const;

const turns: readonly Row[] = [
  {
    what: "an older model goes on with an answer, without the space at its end",
    request: begun,
    body: {
      messages: [
        { role: "user", content: [{ type: "text", text: "a poem" }] },
        { role: "assistant", content: [{ type: "text", text: "Roses" }] },
      ],
    },
  },
  { what: "a newer one does not", params: { model: `anthropic/${newer}` }, request: begun, refused: prefillRefused },
  { what: "nor one that nothing is known of", params: { model: "anthropic/mine" }, request: begun, refused: prefillRefused },
  { what: "nor a newer one on Vertex", params: { ...hosts.vertex, model: `vertex_ai/${newer}` }, request: begun, refused: prefillRefused },
  { what: "a chat begins with its user", request: unasked, refused: ["invalid_request", "messages[0]"] },
  {
    what: "or with a point, where modify_params allows to change messages",
    params: { modify_params: true },
    request: unasked,
    body: {
      messages: [
        { role: "user", content: [{ type: "text", text: "." }] },
        { role: "assistant", content: [{ type: "text", text: "Hello." }] },
        { role: "user", content: [{ type: "text", text: "Hi." }] },
      ],
    },
  },
];

const points = (...list: readonly JsonMembers[]): JsonMembers => ({ cache_control_injection_points: list });
const longChat = {
  messages: [
    { role: "system", content: "s" },
    { role: "user", content: "1" },
    { role: "assistant", content: "2" },
    { role: "user", content: "3" },
  ],
  tools: [{ type: "function", function: { name: "f" } }],
};
const input = { input_schema: { type: "object", properties: {} }, type: "custom" };
const word = (text: string, mark?: JsonMembers): JsonMembers => ({
  type: "text",
  text,
  ...(mark === undefined ? {} : { cache_control: mark }),
});

const caches: readonly Row[] = [
  {
    what: "marks of the cache are put where the deployment wants them",
    params: points({ location: "message", role: "system" }, { location: "message", index: -1 }, { location: "tool_config" }),
    request: longChat,
    body: {
      system: [word("s", marked)],
      messages: [
        { role: "user", content: [word("1")] },
        { role: "assistant", content: [word("2")] },
        { role: "user", content: [word("3", marked)] },
      ],
      tools: [{ name: "f", ...input, cache_control: marked }],
    },
  },
  {
    what: "they may be kept for an hour",
    params: points({ location: "message", role: "system", control: { ...marked, ttl: "1h" } }),
    request: longChat,
    body: { system: [word("s", { ...marked, ttl: "1h" })], tools: [{ name: "f", ...input }] },
  },
  {
    what: "of a caller's five marks and a deployment's, the latest four are sent",
    params: points({ location: "tool_config" }),
    request: ask(...["1", "2", "3", "4", "5"].map((text) => word(text, marked))),
    body: answers(word("1"), ...["2", "3", "4", "5"].map((text) => word(text, marked))),
    adjusted: ["cache_control"],
  },
];

const asked = ["context-1m-2025-08-07", "files-api-2025-04-14", "advanced-tool-use-2025-11-20"];
const betas = { ...ask(word("hi")), anthropic_beta: asked };
const kept = ["context-1m-2025-08-07", "tool-search-tool-2025-10-19"];
const unknownBeta = ["anthropic_beta"];

const betaRows: readonly Row[] = [
  { what: "Anthropic is sent all betas", request: betas, headers: { "anthropic-beta": asked.join(",") }, adjusted: [] },
  {
    what: "those of the deployment's headers too, each once",
    params: { extra_headers: { "anthropic-beta": "context-1m-2025-08-07,of-tomorrow" } },
    request: betas,
    headers: { "anthropic-beta": [...asked, "of-tomorrow"].join(",") },
  },
  {
    what: "those of a person's token as well",
    params: { api_key: "sk-ant-oat01-token" },
    request: betas,
    headers: { "anthropic-beta": [...asked, "oauth-2025-04-20"].join(","), authorization: "Bearer sk-ant-oat01-token", "x-api-key": null },
  },
  { what: "so is Foundry", params: hosts.foundry, request: betas, headers: { "anthropic-beta": asked.join(",") } },
  {
    what: "Mantle gets those that it knows, by its names for them",
    params: hosts.mantle,
    request: betas,
    headers: { "anthropic-beta": kept.join(",") },
    body: { anthropic_beta: null },
    adjusted: unknownBeta,
  },
  {
    what: "Vertex has them in the body",
    params: hosts.vertex,
    request: betas,
    body: { anthropic_beta: kept, anthropic_version: "vertex-2023-10-16", model: null },
    headers: { "anthropic-beta": null },
    adjusted: unknownBeta,
  },
  {
    what: "InvokeModel too",
    params: hosts.invoke,
    request: betas,
    body: { anthropic_beta: kept, anthropic_version: "bedrock-2023-05-31", model: null, stream: null },
    adjusted: unknownBeta,
  },
  {
    what: "Converse among the model's own fields",
    params: hosts.converse,
    request: betas,
    body: { additionalModelRequestFields: { anthropic_beta: ["context-1m-2025-08-07"] } },
    adjusted: unknownBeta,
  },
];

const sampled = { temperature: 0.3, top_p: 0.9, top_k: 5 };
const opus = { model: `anthropic/${newer}` };

const sampling: readonly Row[] = [
  { what: "an older model takes sampling", request: { ...plain, ...sampled }, body: sampled, adjusted: [] },
  { what: "its temperature ends at 1", request: { ...plain, temperature: 1.5 }, refused: ["cannot_serve_this", "temperature"] },
  ...Object.entries(sampled).map(([name, value]): Row => ({
    what: `a newer one takes no ${name}`,
    params: opus,
    request: { ...plain, [name]: value },
    refused: ["cannot_serve_this", name],
  })),
  {
    what: "a newer one gets none where that may be dropped",
    params: { ...opus, drop_params: true },
    request: { ...plain, ...sampled },
    body: { temperature: null, top_p: null, top_k: null },
    adjusted: ["temperature", "top_k", "top_p"],
  },
  {
    what: "a temperature of 1 is what a newer one does",
    params: opus,
    request: { ...plain, temperature: 1 },
    body: { temperature: 1 },
    adjusted: [],
  },
];

const format = {
  type: "json_schema",
  json_schema: { name: "n", schema: { type: "object", properties: { a: { type: "integer" } } }, strict: true },
};
const closed = { type: "object", properties: { a: { type: "integer" } }, additionalProperties: false };
const lookAround = { type: "object", properties: { a: { type: "string", pattern: "(?=x)" } } };
const jsonTool = (schema: JsonMembers): JsonMembers => ({ name: "json_tool_call", input_schema: schema, type: "custom" });

const schemas: readonly Row[] = [
  {
    what: "a model that takes schemas gets one, closed",
    request: { ...plain, response_format: format },
    body: { output_config: { format: { type: "json_schema", schema: closed } }, tools: null, tool_choice: null },
  },
  {
    what: "one that takes none has to call a tool with the answer",
    params: { model: "anthropic/mine" },
    request: { ...plain, response_format: format },
    body: { output_config: null, tools: [jsonTool(format.json_schema.schema)], tool_choice: { type: "tool", name: "json_tool_call" } },
  },
  {
    what: "so does one that takes schemas, with a schema that is too much",
    request: { ...plain, response_format: { type: "json_schema", json_schema: { name: "n", schema: lookAround } } },
    body: { output_config: null, tools: [jsonTool(lookAround)], tool_choice: { type: "tool", name: "json_tool_call" } },
  },
  {
    what: "JSON of any kind comes by the tool",
    request: { ...plain, response_format: { type: "json_object" } },
    body: { tools: [{ name: "json_tool_call" }], tool_choice: { type: "tool", name: "json_tool_call" } },
  },
  {
    what: "a newer model, which cannot be made to, is asked to",
    params: opus,
    request: { ...plain, response_format: { type: "json_object" } },
    body: { tools: [{ name: "json_tool_call" }], tool_choice: null },
  },
  {
    what: "beside a caller's tools it is one of them",
    request: { ...longChat, response_format: { type: "json_object" } },
    body: { tools: [{ name: "f" }, { name: "json_tool_call" }], tool_choice: { type: "any" } },
  },
];

/** All rows, by what they are about. */
export const groups: Readonly<Record<string, readonly Row[]>> = {
  "images and documents": media,
  "searches in the web": searches,
  "whose turn it is": turns,
  "marks of the cache": caches,
  "betas by host": betaRows,
  sampling,
  "answers in JSON": schemas,
};
