import { create, toBinary, type JsonObject } from "@bufbuild/protobuf";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ChatCompletionRequestSchema } from "../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../src/core/errors.ts";
import { messageFromOpenAi } from "../../src/rpc/protobuf-json/message-json.ts";
import type { RawRequest } from "./raw-exchange.ts";
import { event, type Script } from "./scripted-router.ts";

/** `fast path`: answered by the short way. `handed over`: begun there, answered by the library. `library`: by the library from the first. */
export type Way = "fast path" | "handed over" | "library";

export interface GrpcCase {
  readonly name: string;
  readonly way: Way;
  readonly request: Omit<RawRequest, "path" | "hangUp">;
  /** Without a leading `/huntgroup.v1.ChatService/`: both methods. */
  readonly path?: string;
  readonly script?: Script;
  /** The caller hangs up as soon as its call was routed. */
  readonly hangsUp?: boolean;
}

/** Of the server that the cases are for. */
export const casesKey = "sk-right";
export const casesMaxBytes = 2_000;

const body: JsonObject = { model: "gpt-4", messages: [{ role: "user", content: "hi — später" }], temperature: 0.5 };

export function envelope(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export function requestMessage(json: JsonObject): Uint8Array {
  return toBinary(ChatCompletionRequestSchema, messageFromOpenAi(ChatCompletionRequestSchema, json));
}

const message = requestMessage(body);
const plain = envelope(message);
const authorization = `Bearer ${casesKey}`;

function head(headers: NonNullable<RawRequest["headers"]>, sent: readonly Uint8Array[] = [plain]): GrpcCase["request"] {
  return { headers: { authorization, ...headers }, body: sent };
}

function sends(...pieces: readonly Uint8Array[]): GrpcCase["request"] {
  return head({}, pieces);
}

/** A message of exactly this many bytes. */
function ofLength(bytes: number): Uint8Array {
  const bare = requestMessage({ ...body, user: "x".repeat(200) }).length - 200;
  return requestMessage({ ...body, user: "x".repeat(bytes - bare) });
}

function withValue(value: number): Uint8Array {
  const kind = { case: "numberValue", value } as const;
  return toBinary(
    ChatCompletionRequestSchema,
    create(ChatCompletionRequestSchema, { model: "gpt-4", stop: { $typeName: "google.protobuf.Value", kind } }),
  );
}

/** A field 99 that the schema does not know, with a text. */
const unknownField = Buffer.from([0x9a, 0x06, 0x02, 0x68, 0x69]);
const badUtf8 = Buffer.from([0x0a, 0x02, 0xc3, 0x28]);
const cutShort = Buffer.from([0x0a, 0x7f, 0x61]);

const piece = (content: string): object => ({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] });
const pieces = ["a", "b", "", '\n"—\u{1f600}'].map((text) => event(piece(text)));
const failure = new RouterError("no_capacity", "Everything is full: 100 % — später, a/b.", { retryAfterMs: 2_000, deploymentId: "d/1" });

const heads: readonly GrpcCase[] = [
  { name: "a plain call", way: "fast path", request: sends(plain) },
  { name: "the longer content type", way: "fast path", request: head({ "content-type": "application/grpc+proto" }) },
  { name: "a content type in capitals", way: "library", request: head({ "content-type": "Application/GRPC" }) },
  {
    name: "messages in JSON",
    way: "library",
    request: head({ "content-type": "application/grpc+json" }, [envelope(Buffer.from('{"model":"gpt-4"}'))]),
  },
  { name: "gRPC-Web", way: "library", request: head({ "content-type": "application/grpc-web+proto" }) },
  { name: "Connect", way: "library", request: head({ "content-type": "application/proto" }, [message]) },
  { name: "no content type", way: "library", request: head({ "content-type": undefined }) },
  { name: "a content type that is none of these", way: "library", request: head({ "content-type": "text/plain" }) },
  { name: "another method of HTTP", way: "library", request: head({ ":method": "PUT" }) },
  { name: "a page in a browser", way: "library", request: head({ origin: "https://app.example.com" }) },
  { name: "a query behind the path", way: "library", request: sends(plain), path: "/huntgroup.v1.ChatService/ChatCompletion?a=1" },
  { name: "a method that is not there", way: "library", request: sends(plain), path: "/huntgroup.v1.ChatService/Nothing" },
  { name: "a host that is none", way: "library", request: head({ ":authority": "999.999.999.999" }) },
  { name: "no trailers asked for", way: "fast path", request: head({ te: undefined }) },
  { name: "a timeout", way: "fast path", request: head({ "grpc-timeout": "60S" }) },
  { name: "a timeout for ever", way: "fast path", request: head({ "grpc-timeout": "99999999H" }) },
  { name: "a timeout longer than the protocol allows", way: "fast path", request: head({ "grpc-timeout": "9999999999H" }) },
  { name: "a timeout that is over", way: "fast path", request: head({ "grpc-timeout": "0m" }) },
  { name: "a timeout that is none", way: "library", request: head({ "grpc-timeout": "soon" }) },
  { name: "an empty timeout", way: "library", request: head({ "grpc-timeout": "" }) },
  { name: "a timeout that runs out", way: "fast path", request: head({ "grpc-timeout": "400m" }), script: { kind: "hang" } },
  { name: "a message said not to be compressed", way: "fast path", request: head({ "grpc-encoding": "identity" }) },
  { name: "a compressed message", way: "library", request: head({ "grpc-encoding": "gzip" }, [envelope(gzipSync(message), 1)]) },
  { name: "brotli", way: "library", request: head({ "grpc-encoding": "br" }, [envelope(brotliCompressSync(message), 1)]) },
  { name: "a compression nobody knows", way: "library", request: head({ "grpc-encoding": "zstd" }) },
  { name: "the caller's own id", way: "fast path", request: head({ "x-request-id": "mine" }) },
  { name: "an id with white space around it", way: "fast path", request: head({ "x-request-id": " mine\t" }) },
  { name: "two ids", way: "fast path", request: head({ "x-request-id": ["one", "two"] }) },
  { name: "a wish for the trace", way: "fast path", request: head({ "x-huntgroup-debug": "true" }) },
  {
    name: "a trace's context",
    way: "fast path",
    request: head({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=b" }),
  },
  {
    name: "what the call's headers ask for",
    way: "fast path",
    request: head({ "x-huntgroup-num-retries": "2", "x-litellm-timeout": "1.5", "x-huntgroup-tags": "a, b" }),
  },
  { name: "a header that asks for nonsense", way: "fast path", request: head({ "x-huntgroup-num-retries": "many" }) },
  {
    name: "metadata of both kinds",
    way: "fast path",
    request: head({ "my-text": ["a b", "c"], "my-bytes-bin": "AAECAw", "my-latin": "\u00e9" }),
  },
  { name: "no key", way: "fast path", request: head({ authorization: undefined }) },
  { name: "a wrong key", way: "fast path", request: head({ authorization: "Bearer sk-wrong" }) },
  { name: "a key in another header", way: "fast path", request: head({ authorization: undefined, "x-api-key": casesKey }) },
  {
    name: "a timeout that runs out while the body is still coming",
    way: "fast path",
    request: { ...head({ "grpc-timeout": "50m" }, [plain.subarray(0, 20)]), isOpen: true },
  },
  {
    name: "a timeout that runs out before the body begins",
    way: "fast path",
    request: { ...head({ "grpc-timeout": "50m" }, []), isOpen: true },
  },
  { name: "bytes that are no base64 in a -bin header", way: "fast path", request: head({ "my-bytes-bin": "!!!" }) },
  { name: "what it can unpack", way: "fast path", request: head({ "grpc-accept-encoding": "gzip, identity" }) },
  { name: "nothing that it could unpack", way: "fast path", request: head({ "grpc-accept-encoding": "zstd" }) },
  { name: "an encoding in capitals", way: "library", request: head({ "grpc-encoding": "Identity" }) },
  { name: "an empty encoding", way: "library", request: head({ "grpc-encoding": "" }) },
  { name: "a length that says less than the body has", way: "fast path", request: head({ "content-length": String(plain.length - 1) }) },
  {
    name: "a wrong key before a body without end",
    way: "fast path",
    request: { ...head({ authorization: "Bearer sk-wrong" }), isOpen: true },
  },
];

const bodies: readonly GrpcCase[] = [
  { name: "a body byte by byte", way: "fast path", request: sends(...[...plain].map((byte) => Buffer.from([byte]))) },
  { name: "no message", way: "handed over", request: sends() },
  { name: "an empty message", way: "fast path", request: sends(envelope(Buffer.alloc(0))) },
  { name: "two messages", way: "handed over", request: sends(plain, plain) },
  { name: "two messages in one piece", way: "handed over", request: sends(Buffer.concat([plain, plain])) },
  { name: "a broken message and another", way: "handed over", request: sends(envelope(cutShort), plain) },
  { name: "a message and a few bytes", way: "handed over", request: sends(Buffer.concat([plain, plain.subarray(0, 3)])) },
  { name: "less than an envelope", way: "handed over", request: sends(plain.subarray(0, 4)) },
  { name: "less than a message", way: "handed over", request: sends(plain.subarray(0, 20)) },
  { name: "a message as large as allowed", way: "fast path", request: sends(envelope(ofLength(casesMaxBytes))) },
  { name: "a message that is too large", way: "handed over", request: sends(envelope(ofLength(casesMaxBytes + 1))) },
  { name: "a message that says it is too large", way: "handed over", request: { ...sends(Buffer.from([0, 0, 0xff, 0, 0])), isOpen: true } },
  { name: "a message marked as compressed", way: "handed over", request: sends(envelope(message, 1)) },
  { name: "flags that mean nothing", way: "handed over", request: sends(envelope(message, 0x82)) },
  { name: "a message cut short", way: "handed over", request: sends(envelope(cutShort)) },
  { name: "a text that is not UTF-8", way: "handed over", request: sends(envelope(badUtf8)) },
  { name: "a field that the schema does not know", way: "fast path", request: sends(envelope(Buffer.concat([message, unknownField]))) },
  {
    name: "fields in another order, one of them twice",
    way: "fast path",
    request: sends(envelope(Buffer.concat([requestMessage({ temperature: 1 }), message, requestMessage({ model: "gpt-4" })]))),
  },
  { name: "a number that JSON cannot hold", way: "fast path", request: sends(envelope(withValue(Number.NaN))) },
  {
    name: "members beyond the schema",
    way: "fast path",
    request: sends(envelope(requestMessage({ ...body, top_k: 4, stream: true, stream_options: { include_usage: true } }))),
  },
  { name: "no model", way: "fast path", request: sends(envelope(requestMessage({ messages: [] }))) },
];

const answers: readonly GrpcCase[] = [
  {
    name: "a reply with what the schema does not know",
    way: "fast path",
    request: sends(plain),
    script: { kind: "reply", body: { id: "1", choices: [], more: [1, { a: null }], usage: { total_tokens: 3 } } },
  },
  { name: "an empty reply", way: "fast path", request: sends(plain), script: { kind: "reply", body: {} } },
  { name: "a reply that is no object", way: "fast path", request: sends(plain), script: { kind: "reply", body: [1] } },
  { name: "a failure", way: "fast path", request: sends(plain), script: { kind: "failure", error: failure } },
  {
    name: "a failure with the provider's words",
    way: "fast path",
    request: sends(plain),
    script: {
      kind: "failure",
      error: new RouterError("upstream_rate_limited", "Slow\ndown.", {
        upstream: { status: 429, message: "später", type: "t", param: undefined, code: "c" },
      }),
    },
  },
  {
    name: "a failure whose texts hold half a pair of surrogates",
    way: "fast path",
    request: sends(plain),
    script: {
      kind: "failure",
      error: new RouterError("upstream_rate_limited", "Slow \ud83d down.", {
        param: "\ud83d",
        upstream: { status: 429, message: "\ude80 later", type: "\ud83d", param: "\ud83d", code: "\ud83d" },
      }),
    },
  },
  { name: "a caller that hangs up", way: "fast path", request: sends(plain), script: { kind: "hang" }, hangsUp: true },
].map((one) => ({ ...one, path: "/huntgroup.v1.ChatService/ChatCompletion" }) as GrpcCase);

const streams: readonly GrpcCase[] = [
  {
    name: "a stream",
    way: "fast path",
    request: sends(plain),
    script: {
      kind: "stream",
      events: [
        event({ id: "1", choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }, "preamble"),
        ...pieces,
        event({}, "other"),
        event(piece("z"), "finish"),
        event({}, "done"),
      ],
      end: "end",
    },
  },
  { name: "a stream without pieces", way: "fast path", request: sends(plain), script: { kind: "stream", events: [], end: "end" } },
  {
    name: "a stream with a piece that is no object",
    way: "fast path",
    request: sends(plain),
    script: { kind: "stream", events: [...pieces, event([1]), ...pieces], end: "hang" },
  },
  { name: "a stream that fails", way: "fast path", request: sends(plain), script: { kind: "stream", events: pieces, end: failure } },
  {
    name: "a stream that fails before its first piece",
    way: "fast path",
    request: sends(plain),
    script: { kind: "stream", events: [], end: failure },
  },
  { name: "a stream that never begins", way: "fast path", request: sends(plain), script: { kind: "failure", error: failure } },
  {
    name: "a stream that outlives its caller's time",
    way: "fast path",
    request: head({ "grpc-timeout": "400m" }),
    script: { kind: "stream", events: pieces, end: "hang" },
  },
  {
    name: "a caller that hangs up in the middle",
    way: "fast path",
    request: sends(plain),
    script: { kind: "stream", events: pieces, end: "hang" },
    hangsUp: true,
  },
].map((one) => ({ ...one, path: "/huntgroup.v1.ChatService/ChatCompletionStream" }) as GrpcCase);

/** What a router that was told nothing else does. */
const defaults = [
  ["ChatCompletion", { kind: "reply", body: { id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Hello." } }] } }],
  ["ChatCompletionStream", { kind: "stream", events: pieces, end: "end" }],
] as const satisfies readonly (readonly [string, Script])[];

/** Each case with its method, its script and its name. */
export const grpcCases: readonly Required<GrpcCase>[] = [...heads, ...bodies, ...answers, ...streams].flatMap((one) => {
  const ways = defaults.map(([method, script]) => ({ hangsUp: false, script, path: `/huntgroup.v1.ChatService/${method}`, ...one }));
  return one.path === undefined ? ways.map((way) => ({ ...way, name: `${way.name}, ${way.path.slice(26)}` })) : ways.slice(0, 1);
});
