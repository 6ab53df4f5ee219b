import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type {
  Continuation,
  DecodedReply,
  FailedRequest,
  FetchedCredentials,
  JsonMembers,
  ProviderAdapter,
  Quota,
  StreamDecoder,
  StreamEvent,
} from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";
import { ownText } from "../../../lib/cut-text.ts";
import { createContinuation, readChunkText } from "../continuation/continuation.ts";
import { openAiBody } from "../openai-body.ts";
import { classifyError } from "../upstream-errors/classify-error.ts";
import { applyRules, type ChatTarget } from "./chat-rules.ts";
import type { ChatRequest } from "./conversation.ts";
import { type EmbeddingsRequest, readEmbeddings } from "./embeddings.ts";
import { JudgedChatDecoder } from "./judged-chat-decoder.ts";
import { parseChat, readChat } from "./read-chat.ts";

/** What a request's writer is told besides the request. */
export interface WriteContext {
  /** The request as parsed, for what depends on it as a whole. */
  readonly members: JsonMembers;
  /** As the provider knows it. */
  readonly model: string;
  readonly call: Call;
  readonly target: ChatTarget;
  /** Collects the parameters that go out changed or not at all, by their names in OpenAI's request: callers are told. */
  readonly adjusted: Set<string>;
}

/**
 * How chats are written and read in one provider's words. Stateless: what a reply's reader must know of the request (the names of tools), it
 * makes again from the call.
 */
export interface ChatWire {
  /** OpenAI's parameters that requests to a model can carry. */
  taken(model: string, target: ChatTarget): ReadonlySet<string>;
  /**
   * Writes a request's body.
   * @throws RouterError `cannot_serve_this`, or the caller's, where it cannot be said in this format.
   */
  write(request: ChatRequest, context: WriteContext): Buffer;
  /** Headers that a request needs besides the host's, over which they win. Omit it where there are none. */
  headers?(request: ChatRequest, context: WriteContext): Readonly<Record<string, string>>;
  readReply(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError;
  createDecoder(call: Call, headers: UpstreamHeaders, target: ChatTarget): StreamDecoder;
  /** How embeddings are asked for and read. Omit it where the format has none. */
  readonly embeddings?: EmbeddingsWire | undefined;
  /** As `ProviderAdapter.readQuota`. */
  readQuota?(headers: UpstreamHeaders, wallTime: number | undefined): Quota | undefined;
  /** What asks for a stream: `text/event-stream`, … */
  readonly streamType: string;
}

/** How embeddings are asked for and read in one provider's words. */
export interface EmbeddingsWire {
  /** Writes a request's body. @throws RouterError as {@link ChatWire.write} does. */
  write(request: EmbeddingsRequest, context: WriteContext): Buffer;
  readReply(call: Call, headers: UpstreamHeaders, body: Buffer, target: ChatTarget): DecodedReply | RouterError;
}

/**
 * A reply beyond this is not translated: to parse it would hold up all other calls, and take several times its size. The largest real ones, some
 * pictures of high resolution, are about 30 MB.
 */
const longestParsedReply = 64 * 1024 * 1024;

interface WrittenRequest {
  readonly upstreamModel: string;
  readonly request: UpstreamRequest;
}

/** Speaks to one deployment in a format other than OpenAI's: translates calls into it, and what comes back into OpenAI's chat JSON. */
export class ChatAdapter implements ProviderAdapter {
  readonly continuation: Continuation | undefined;
  readonly notes: readonly string[] | undefined;
  readonly origin: string;
  readonly credentials: FetchedCredentials | undefined;
  readonly #target: ChatTarget;
  readonly #wire: ChatWire;
  #model = "";
  #unaryHeaders: Readonly<Record<string, string>> | undefined;
  #streamHeaders: Readonly<Record<string, string>> | undefined;
  /** The models that calls were sent to, where a wildcard stands for several: their replies are read by what they can do. */
  readonly #models = new WeakMap<Call, string>();
  /** Requests that were written to see whether they can be, until they are sent. Not signed: a signature has its time. */
  readonly #written = new WeakMap<Call, WrittenRequest>();

  /** @param takesPrefill Whether its models go on with an assistant's message at the end of a chat. */
  constructor(target: ChatTarget, wire: ChatWire, takesPrefill: boolean) {
    this.#target = target;
    this.#wire = wire;
    this.notes = target.host.notes;
    this.origin = target.host.origin;
    this.credentials = target.host.signer?.credentials;
    this.continuation = takesPrefill ? createContinuation("trailing") : undefined;
  }

  replyFormat(): string {
    return openAiFormat;
  }

  refuses(call: Call, upstreamModel: string): RouterError | undefined {
    const request = this.#write(call, upstreamModel);
    if (request instanceof RouterError) return request;
    this.#written.set(call, { upstreamModel, request });
    return undefined;
  }

  chatParameters(upstreamModel: string): readonly string[] {
    const { allowedParams } = this.#target.rules;
    const dropped = new Set(this.#target.host.dropped);
    return [...new Set([...this.#wire.taken(upstreamModel, this.#target), ...allowedParams])].filter((name) => !dropped.has(name));
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const written = this.#written.get(call);
    this.#written.delete(call);
    const request = written?.upstreamModel === upstreamModel ? written.request : this.#write(call, upstreamModel);
    const { signer } = this.#target.host;
    return request instanceof RouterError || signer === undefined ? request : signer.sign(request);
  }

  #write(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const { host } = this.#target;
    if (call.endpoint !== "chat" && (call.endpoint !== "embeddings" || this.#wire.embeddings === undefined)) {
      const message = `Deployment ${host.deploymentId} has no operation ${call.endpoint}.`;
      return new RouterError("operation_not_supported", message, { deploymentId: host.deploymentId });
    }
    const body = openAiBody(call);
    if (body instanceof RouterError) return body;
    const parsed = parseChat(body);
    if (parsed instanceof RouterError) return parsed;
    const model = this.#ownModel(host.bodyModel?.(upstreamModel) ?? upstreamModel);
    if (this.#target.model === undefined) this.#models.set(call, model);
    try {
      return this.#translate(call, upstreamModel, model, parsed);
    } catch (error) {
      // How readers and writers deep within a chat say what is wrong with it.
      if (error instanceof RouterError) return error;
      throw error;
    }
  }

  #translate(call: Call, upstreamModel: string, model: string, parsed: JsonMembers): UpstreamRequest {
    const { host } = this.#target;
    const adjusted = new Set<string>();
    const members = applyRules(parsed, this.#target, this.#wire.taken(model, this.#target), adjusted);
    const context: WriteContext = { members, model, call, target: this.#target, adjusted };
    const { body, headers } = this.#body(members, context);
    return {
      method: "POST",
      origin: host.origin,
      path: host.path(call, upstreamModel),
      headers: headers === undefined ? this.#headers(call.stream) : { ...this.#headers(call.stream), ...headers },
      body: [body],
      ...(adjusted.size === 0 ? {} : { adjusted: [...adjusted] }),
    };
  }

  /** The same for each call, by which its head is known that was written before. */
  #headers(stream: boolean): Readonly<Record<string, string>> {
    return stream
      ? (this.#streamHeaders ??= headersFor(this.#wire.streamType, this.#target))
      : (this.#unaryHeaders ??= headersFor("application/json", this.#target));
  }

  /** The model changes from call to call only under a wildcard. */
  #ownModel(model: string): string {
    if (model !== this.#model) this.#model = ownText(model);
    return this.#model;
  }

  #body(
    members: JsonMembers,
    context: WriteContext,
  ): { readonly body: Buffer; readonly headers?: Readonly<Record<string, string>> | undefined } {
    const { embeddings } = this.#wire;
    if (embeddings !== undefined && context.call.endpoint === "embeddings")
      return { body: embeddings.write(readEmbeddings(members), context) };
    const request = readChat(members);
    return { body: this.#wire.write(request, context), headers: this.#wire.headers?.(request, context) };
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    const { embeddings } = this.#wire;
    const { deploymentId } = this.#target.host;
    if (body.length > longestParsedReply) {
      const message = `Deployment ${deploymentId} sent a reply of over ${longestParsedReply} bytes, more than is translated.`;
      return new RouterError("upstream_malformed", message, { deploymentId });
    }
    const target = this.#targetOf(call);
    if (embeddings !== undefined && call.endpoint === "embeddings") return embeddings.readReply(call, headers, body, target);
    return this.#wire.readReply(call, headers, body, target);
  }

  #targetOf(call: Call): ChatTarget {
    const model = this.#target.model === undefined ? this.#models.get(call) : undefined;
    return model === undefined ? this.#target : { ...this.#target, model };
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder {
    const [wire, target] = [this.#wire, this.#targetOf(call)];
    return new JudgedChatDecoder(call, target.host.deploymentId, {
      stream: () => wire.createDecoder(call, headers, target),
      reply: (body) => wire.readReply(call, headers, body, target),
    });
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const error = classifyError(this.#target.host, status, headers, body, request);
    if (error.code === "upstream_auth") this.#target.host.signer?.refused();
    return error;
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return this.#wire.readQuota?.(headers, wallTime);
  }

  readText(event: StreamEvent): string | undefined {
    return readChunkText(event);
  }
}

function headersFor(accept: string, { host }: ChatTarget): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    "user-agent": "huntgroup",
    accept,
    "accept-encoding": "identity",
    ...host.headers,
  };
}
