import type { Call, ForeignRequest } from "../../src/core/call.ts";
import { type ErrorCode, type FormattedBytes, RouterError } from "../../src/core/errors.ts";
import type { CallContext, CallerFormat, CallRoute, DeploymentHost, Format, StreamWriter, WrittenError } from "../../src/core/format.ts";
import type { Usage } from "../../src/core/outcome.ts";
import type { DecodedReply, JsonMembers, ProviderAdapter, ProviderPlugin, StreamDecoder, StreamEvent } from "../../src/core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../src/core/upstream.ts";
import { redactorOf } from "../../src/formats/kit/redact.ts";
import { spliceObject, scanMembers } from "../../src/lib/json/json-splice.ts";
import { err, ok, type Result } from "../../src/lib/result.ts";

/**
 * A wire format that has nothing in common with OpenAI's: other fields, errors of its own, and streams of binary frames. Whole replies are
 * JSON. It stands for what is to come: the contract is right if this format needs nothing but a folder of its own.
 *
 * - Request: `{to, say: [[role, text], …], most?, stream?}`.
 * - Reply: `{by, text, spent: [prompt, output]}`.
 * - Stream: frames of a length (32 bits, of what follows), a letter for the kind, and a payload. `h` hello, `t` a piece of text, `i` and `o`
 *   how many tokens went in and came out (told apart), `.` nothing, `s` why it stopped, `z` the end, `!` an error.
 * - Error: `{fault, why, again_ms?}`.
 */
const name = "frames";

interface FramesRequest {
  readonly to?: string;
  readonly say?: readonly (readonly [role: string, text: string])[];
  readonly most?: number;
  readonly stream?: boolean;
}

interface FramesReply {
  readonly by: string;
  readonly text: string;
  readonly spent: readonly [number, number];
}

interface FramesFault {
  readonly fault: string;
  readonly why: string;
  readonly again_ms?: number;
}

/** One frame. */
export function frame(kind: string, payload: string | number = ""): Buffer {
  const body = Buffer.from(kind + payload);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

/** The frames of a stream, for a test to look at: `["h", "tHello", …]`. */
export function framesOf(bytes: Buffer): string[] {
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at))
    frames.push(bytes.toString("utf8", at + 4, at + 4 + bytes.readUInt32BE(at)));
  return frames;
}

const faults: Readonly<Record<string, ErrorCode>> = {
  nonsense: "invalid_request",
  who_are_you: "upstream_auth",
  slow_down: "upstream_rate_limited",
  tired: "upstream_overloaded",
};

// ---- the caller's side

const routeTo = (operation: string): CallRoute => ({ kind: "call", caller: framesCaller, endpoint: "chat", operation, model: undefined });

export const framesCaller: CallerFormat = {
  format: name,
  findCall(path) {
    const operation = /^\/frames\/(ask|count)$/.exec(path)?.[1];
    return operation === undefined ? undefined : routeTo(operation);
  },
  readCall,
  takesTogether: false,
  streamType: "application/x-frames",
  writeReply(reply) {
    if (reply.format === name) return reply.body;
    const { model, choices } = JSON.parse(reply.body.toString()) as { model: string; choices: { message: { content: string } }[] };
    const spent = [reply.usage?.promptTokens ?? 0, reply.usage?.outputTokens ?? 0];
    return Buffer.from(JSON.stringify({ by: model, text: choices[0]?.message.content ?? "", spent }));
  },
  createWriter: () => new FramesWriter(),
  writeError(error, usualStatus): WrittenError {
    const native: FormattedBytes | undefined = error.upstream?.body;
    if (native?.format === name) return { status: error.upstream?.status ?? usualStatus, body: native.bytes };
    // Its own status for being overloaded, and a header of its own.
    const status = error.code === "upstream_overloaded" ? 529 : usualStatus;
    return { status, headers: { "x-frames-fault": "true" }, body: faultBody(error) };
  },
};

function faultBody(error: RouterError): Buffer {
  const fault = Object.entries(faults).find(([, code]) => code === error.code)?.[0] ?? error.code;
  return Buffer.from(JSON.stringify({ fault, why: error.message }));
}

function readCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.concat(body);
  let request: FramesRequest;
  try {
    request = JSON.parse(bytes.toString()) as FramesRequest;
  } catch (cause) {
    return err(new RouterError("invalid_request", "These are no frames.", { cause }));
  }
  if (request.to === undefined) return err(new RouterError("invalid_request", "To whom?", { param: "to" }));
  const { callId: id, inboundProtocol, caller, traceContext, now, deadline, endpoint, operation = "" } = context;
  const flavour = context.headers?.["frames-flavour"];
  let openAi: ReturnType<typeof toOpenAi> | undefined;
  const foreign: ForeignRequest = {
    format: name,
    operation,
    headers: typeof flavour === "string" ? { "frames-flavour": flavour } : {},
    onlyNative: operation === "count",
    toOpenAi: () => (openAi ??= toOpenAi(request, operation)),
  };
  return ok({
    id,
    endpoint,
    format: name,
    inboundProtocol,
    caller,
    traceContext,
    arrivedAt: now,
    deadline,
    model: request.to,
    stream: request.stream === true,
    includeUsage: true,
    maxOutputTokens: request.most,
    answers: 1,
    body: { bytes, members: scanMembers(bytes) },
    foreign,
    // What this format's callers cannot ask of the router.
    numRetries: undefined,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    fallbacks: undefined,
    contextWindowFallbacks: undefined,
    contentPolicyFallbacks: undefined,
    disableFallbacks: false,
    maxFallbacks: undefined,
    tags: caller?.tags ?? [],
    allowedRegion: undefined,
    wantsResponseSchema: false,
    priority: caller?.priority ?? 0,
  });
}

function toOpenAi({ to: model, say, most: max_tokens, stream }: FramesRequest, operation: string): Call["body"] | RouterError {
  if (operation === "count") return new RouterError("invalid_request", "Only a deployment that speaks frames can count.");
  if (say === undefined) return new RouterError("invalid_request", "Nothing was said.", { param: "say" });
  const stream_options = { include_usage: true };
  const messages = say.map(([role, content]) => ({ role, content }));
  const bytes = Buffer.from(JSON.stringify({ model, messages, max_tokens, ...(stream === true ? { stream, stream_options } : {}) }));
  return { bytes, members: scanMembers(bytes) };
}

/** Makes of one event several frames, or none, and keeps the usage until the end. */
class FramesWriter implements StreamWriter {
  #greeted = false;
  #usage: Usage | undefined;

  write(event: StreamEvent): Buffer | undefined {
    if (event.format === name) return event.bytes;
    this.#usage = event.usage ?? this.#usage;
    const frames = this.#greeted ? [] : [frame("h")];
    this.#greeted = true;
    if (event.kind === "content" || event.kind === "finish") {
      const { choices = [] } = JSON.parse(event.data?.toString() ?? "{}") as {
        choices?: { delta?: { content?: string }; finish_reason?: string | null }[];
      };
      for (const { delta, finish_reason } of choices) {
        if (typeof delta?.content === "string" && delta.content !== "") frames.push(frame("t", delta.content));
        if (typeof finish_reason === "string") frames.push(frame("s", finish_reason));
      }
    }
    return frames.length === 0 ? undefined : Buffer.concat(frames);
  }

  end(sawDone: boolean): Buffer | undefined {
    if (this.#greeted) {
      const { promptTokens = 0, outputTokens = 0 } = this.#usage ?? {};
      return Buffer.concat([frame("i", promptTokens), frame("o", outputTokens), frame("z")]);
    }
    return sawDone ? undefined : frame("z");
  }

  ping(): Buffer {
    return frame(".");
  }

  writeWith(note: JsonMembers, event: StreamEvent): Buffer {
    return Buffer.concat([this.write(event) ?? Buffer.alloc(0), frame("r", JSON.stringify(note))]);
  }

  fail(error: RouterError): Buffer {
    const native = error.upstream?.body;
    return frame("!", (native?.format === name ? native.bytes : faultBody(error)).toString());
  }
}

// ---- the deployment's side

class FramesAdapter implements ProviderAdapter {
  readonly continuation = undefined;
  readonly origin: string;
  readonly #host: DeploymentHost;

  constructor(host: DeploymentHost) {
    this.#host = host;
    this.origin = host.origin;
  }

  replyFormat(call: Call): string {
    return call.format === name ? name : "openai";
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const body = call.foreign?.format === name ? nativeBody(call, upstreamModel) : this.#bodyFrom(call, upstreamModel);
    if (body instanceof RouterError) return body;
    const host = this.#host;
    const headers = { "content-type": "application/json", ...host.headers, ...call.foreign?.headers };
    const request: UpstreamRequest = { method: "POST", origin: host.origin, path: host.path(call, upstreamModel), headers, body };
    return host.signer === undefined ? request : host.signer.sign(request);
  }

  #bodyFrom(call: Call, to: string): Buffer[] | RouterError {
    if (call.endpoint !== "chat") return new RouterError("invalid_request", `${this.#host.deploymentId} only chats.`);
    const text = call.foreign === undefined ? call.body : call.foreign.toOpenAi();
    if (text instanceof RouterError) return text;
    const { messages = [] } = JSON.parse(text.bytes.toString()) as { messages?: { role: string; content: string }[] };
    const say = messages.map(({ role, content }) => [role, content] as const);
    const request: FramesRequest = { to, say, ...(call.maxOutputTokens === undefined ? {} : { most: call.maxOutputTokens }) };
    return [Buffer.from(JSON.stringify(call.stream ? { ...request, stream: true } : request))];
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    const { by, text, spent } = JSON.parse(body.toString()) as FramesReply;
    const usage = { promptTokens: spent[0], outputTokens: spent[1] };
    if (this.replyFormat(call) === name)
      return { format: name, body: by === call.model ? body : withMember(body, "by", call.model), usage };
    const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
    const reply = {
      id: "frames-1",
      object: "chat.completion",
      created: 0,
      model: call.model,
      choices,
      usage: { prompt_tokens: spent[0], completion_tokens: spent[1], total_tokens: spent[0] + spent[1] },
    };
    return { format: "openai", body: Buffer.from(JSON.stringify(reply)), usage };
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError {
    if (headers["content-type"] !== "application/x-frames") return new RouterError("upstream_malformed", "These are no frames.");
    return new FramesDecoder(call, this.#host);
  }

  decodeError(status: number, _headers: UpstreamHeaders, body: Buffer): RouterError {
    const error = faultError(this.#host, status, body);
    if (error.code === "upstream_auth") this.#host.signer?.refused();
    return error;
  }

  readQuota(): undefined {
    return undefined;
  }

  readText(event: StreamEvent): string | undefined {
    if (event.format === name) return event.bytes.toString("utf8", 5);
    return (JSON.parse(event.data?.toString() ?? "{}") as { choices: { delta: { content: string } }[] }).choices[0]?.delta.content;
  }
}

function nativeBody(call: Call, to: string): Buffer[] {
  return spliceObject(call.body, { set: new Map([["to", Buffer.from(JSON.stringify(to))]]) });
}

function withMember(body: Buffer, key: string, value: string): Buffer {
  return Buffer.concat(
    spliceObject({ bytes: body, members: scanMembers(body) }, { set: new Map([[key, Buffer.from(JSON.stringify(value))]]) }),
  );
}

function faultError({ deploymentId, redact }: DeploymentHost, status: number, body: Buffer): RouterError {
  const { fault, why, again_ms: retryAfterMs } = JSON.parse(body.toString()) as FramesFault;
  const told = redact(body.toString());
  return new RouterError(faults[fault] ?? "upstream_error", redact(why), {
    deploymentId,
    retryAfterMs,
    upstream: {
      status,
      message: redact(why),
      type: fault,
      param: undefined,
      code: undefined,
      body: { format: name, bytes: Buffer.from(told) },
    },
  });
}

/** Cuts frames out of whatever slices come; of the tokens, which are told in two frames, it keeps what it has heard. */
class FramesDecoder implements StreamDecoder {
  readonly #call: Call;
  readonly #host: DeploymentHost;
  #rest = Buffer.alloc(0);
  #promptTokens = 0;

  constructor(call: Call, host: DeploymentHost) {
    this.#call = call;
    this.#host = host;
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE()) {
      const bytes = this.#rest.subarray(0, 4 + this.#rest.readUInt32BE());
      this.#rest = this.#rest.subarray(bytes.length);
      this.#read(bytes, bytes.toString("utf8", 4, 5), bytes.toString("utf8", 5), emit);
    }
  }

  end(): void {}

  #read(bytes: Buffer, kind: string, payload: string, emit: (event: StreamEvent) => void): void {
    const native = this.#call.format === name;
    const send = (
      event: Partial<StreamEvent> & Pick<StreamEvent, "kind">,
      delta: object | undefined,
      finish: string | null = null,
    ): void => {
      const base = { usage: undefined, error: undefined, data: undefined, ...event };
      if (native) emit({ ...base, format: name, bytes });
      else if (event.kind === "done" || event.kind === "error") emit({ ...base, format: "openai", bytes: Buffer.from("data: [DONE]\n\n") });
      else if (delta !== undefined) {
        const chunk = { id: "frames-1", object: "chat.completion.chunk", created: 0, model: this.#call.model };
        const data = Buffer.from(JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason: finish }] }));
        emit({ ...base, format: "openai", data, bytes: Buffer.concat([Buffer.from("data: "), data, Buffer.from("\n\n")]) });
      }
    };
    switch (kind) {
      case "h":
        send({ kind: "preamble" }, { role: "assistant", content: "" });
        return;
      case "t":
        send({ kind: "content" }, { content: payload });
        return;
      case "i":
        this.#promptTokens = Number(payload);
        send({ kind: "other" }, undefined);
        return;
      case "o":
        send({ kind: "finish", usage: { promptTokens: this.#promptTokens, outputTokens: Number(payload) } }, {}, "stop");
        return;
      case "z":
        send({ kind: "done" }, undefined);
        return;
      case "!":
        send({ kind: "error", error: faultError(this.#host, 500, Buffer.from(payload)) }, undefined);
        return;
      default:
        send({ kind: "other" }, undefined);
    }
  }
}

const framesFormat = {
  name,
  caller: framesCaller,
  connect: (host) => new FramesAdapter(host),
} satisfies Format;

function pathFor(call: Call): string {
  return `/${call.foreign?.operation ?? "ask"}${call.stream ? "/stream" : ""}`;
}

/** The provider of `frames/MODEL`, whose requests carry a token that changes and a signature over the body. */
export function framesProvider(signer: DeploymentHost["signer"]): ProviderPlugin {
  return {
    name,
    prefixes: [name],
    connect(params) {
      const { deploymentId, apiBase: origin, apiKey, defaults, additionalDropParams: dropped } = params;
      if (origin === undefined) return err([{ key: "api_base", message: "is missing" }]);
      return ok(
        framesFormat.connect({ deploymentId, origin, path: pathFor, headers: {}, defaults, dropped, redact: redactorOf([apiKey]), signer }),
      );
    },
  };
}
