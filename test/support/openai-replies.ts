/** What the host does with one request. Times in milliseconds. */
export type HostReply =
  | {
      readonly kind: "reply";
      /** Default 200. */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text goes out as it is, anything else as JSON. */
      readonly body: string | object;
    }
  | {
      readonly kind: "stream";
      readonly headers?: Readonly<Record<string, string>>;
      /** One write each, so that events may be cut anywhere. */
      readonly pieces: readonly (string | Buffer)[];
      /** Nothing is sent, not even the head, before this resolves. */
      readonly after?: Promise<unknown>;
      /** Between two pieces. Default 0: as fast as the client reads. */
      readonly gapMs?: number;
      /** After the last piece. Default "end"; "cut" breaks the connection off, "hang" leaves it open. */
      readonly end?: "end" | "cut" | "hang";
    }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Breaks the connection off without an answer. */
  | { readonly kind: "cut" };

/** What the replies below look at in a request. */
export interface OpenAiRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly input?: string | readonly string[];
  readonly encoding_format?: string;
  readonly user?: string;
}

/** The model that the host says it is: never what the caller wrote. */
export const hostModel = "host-model-2026-01-01";
/** The words in which it answers. */
export const hostWords = ["Hello", " from", " the", " host."];
/** Its answer to everything it is to embed. Exact in 32 bits. */
export const hostEmbedding = [0.5, -0.25, 0.125];
/** What it calls a tool with. */
export const hostToolArguments = '{"city":"Paris"}';

const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };

/** A sensible answer. @param path Its end tells the operation. */
export function cannedReply(path: string, request: OpenAiRequest): HostReply {
  if (path.endsWith("/chat/completions")) return request.stream === true ? chatStream(request) : reply(chat(request));
  if (path.endsWith("/completions")) return request.stream === true ? completionStream() : reply(completion());
  if (path.endsWith("/embeddings")) return reply(embeddings(request));
  return hostError(404, { message: `No such path: ${path}`, type: "invalid_request_error", code: "unknown_url" });
}

/** An error as OpenAI's API writes it. */
export function hostError(
  status: number,
  error: { readonly message: string; readonly type?: string; readonly param?: string; readonly code?: string },
  headers: Readonly<Record<string, string>> = {},
): HostReply {
  return { kind: "reply", status, headers, body: { error: { type: null, param: null, code: null, ...error } } };
}

/** One event of a stream. */
export function sse(data: object | string): string {
  return `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** A chunk of a streamed chat. */
export function chatChunk(delta: object, finishReason: string | null = null): object {
  return { ...envelope("chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason: finishReason }] };
}

/** The events of a whole streamed chat that says these words. */
export function chatEvents(words: readonly string[], includeUsage = false): string[] {
  return [
    sse(chatChunk({ role: "assistant", content: "" })),
    ...words.map((content) => sse(chatChunk({ content }))),
    sse(chatChunk({}, "stop")),
    ...(includeUsage ? [sse({ ...envelope("chat.completion.chunk"), choices: [], usage })] : []),
    sse("[DONE]"),
  ];
}

function chatStream(request: OpenAiRequest): HostReply {
  const includeUsage = request.stream_options?.include_usage === true;
  const tool = request.tools?.[0];
  if (tool === undefined) return { kind: "stream", pieces: chatEvents(hostWords, includeUsage) };
  const half = hostToolArguments.length / 2;
  const first = { index: 0, id: "call_1", type: "function", function: { name: tool.function.name, arguments: "" } };
  const pieces = [hostToolArguments.slice(0, half), hostToolArguments.slice(half)];
  return {
    kind: "stream",
    pieces: [
      sse(chatChunk({ role: "assistant", content: null, tool_calls: [first] })),
      ...pieces.map((text) => sse(chatChunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }))),
      sse(chatChunk({}, "tool_calls")),
      sse("[DONE]"),
    ],
  };
}

function completionStream(): HostReply {
  const words = hostWords.map((word) => sse(completionChunk(word, null)));
  return { kind: "stream", pieces: [...words, sse(completionChunk("", "stop")), sse("[DONE]")] };
}

function completionChunk(text: string, finishReason: string | null): object {
  return { ...envelope("text_completion"), choices: [{ index: 0, text, logprobs: null, finish_reason: finishReason }] };
}

function chat(request: OpenAiRequest): object {
  const tool = request.tools?.[0];
  const call = { id: "call_1", type: "function", function: { name: tool?.function.name, arguments: hostToolArguments } };
  const message =
    tool === undefined
      ? { role: "assistant", content: hostWords.join(""), refusal: null }
      : { role: "assistant", content: null, tool_calls: [call] };
  const finishReason = tool === undefined ? "stop" : "tool_calls";
  return { ...envelope("chat.completion"), choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }], usage };
}

function completion(): object {
  return {
    ...envelope("text_completion"),
    choices: [{ index: 0, text: hostWords.join(""), logprobs: null, finish_reason: "stop" }],
    usage,
  };
}

function embeddings(request: OpenAiRequest): object {
  const { input = "", encoding_format: format } = request;
  // OpenAI's clients ask for base64 unless told otherwise.
  const embedding = format === "base64" ? Buffer.from(new Float32Array(hostEmbedding).buffer).toString("base64") : hostEmbedding;
  const inputs = typeof input === "string" ? [input] : input;
  const data = inputs.map((_text, index) => ({ object: "embedding", index, embedding }));
  return { object: "list", data, model: hostModel, usage: { prompt_tokens: 9, total_tokens: 9 } };
}

function envelope(object: string): object {
  return { id: "reply-1", object, created: 1_700_000_000, model: hostModel };
}

function reply(body: object): HostReply {
  return { kind: "reply", body };
}
