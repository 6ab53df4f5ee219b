import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import { type DeploymentHost, openAiFormat } from "../../core/format.ts";
import type {
  Continuation,
  DecodedReply,
  FailedRequest,
  FetchedCredentials,
  ProviderAdapter,
  Quota,
  StreamDecoder,
  StreamEvent,
} from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { scanMembers, spliceObject } from "../../lib/json/json-splice.ts";
import type { JsonText } from "../../lib/json/json-text.ts";
import { chatParameters } from "../kit/chat/chat-rules.ts";
import { openAiBody } from "../kit/openai-body.ts";
import { readRateLimits } from "../kit/rate-limits.ts";
import { classifyError } from "../kit/upstream-errors/classify-error.ts";
import { type ContinuationStyle, createContinuation, readChunkText } from "../kit/continuation/continuation.ts";
import { asMissing, FileDecoder, isOfKept, noKept, readKeptReply, writeKeptRequest } from "./kept/kept-side.ts";
import { isPassedOn } from "./operations/operations.ts";
import { OperationSide } from "./operations/operation-side.ts";
import { readOperationReply, wordsOf } from "./operations/read-operation-reply.ts";
import { PlainAnswerDecoder, plainReply } from "./reply/plain-answer.ts";
import { type MessageQuirks, PlainMessages } from "./request/plain-messages.ts";
import { type OutputCap, RequestEncoder } from "./request/request-encoder.ts";
import { RealtimeDecoder } from "./realtime/realtime-decoder.ts";
import { realtimeRequest } from "./realtime/realtime-request.ts";
import { JudgedDecoder } from "./stream/judged-decoder.ts";
import { readUnlabelledReply, withoutMark } from "./stream/stream-as-reply.ts";

/** How hosts that speak OpenAI's format differ in what they take. */
export interface OpenAiQuirks extends MessageQuirks {
  /** How the host goes on with an answer that another deployment began. Omit it for a host that cannot. */
  readonly continuation?: ContinuationStyle | undefined;
  /** The one name of the cap on output tokens that the host knows. A cap by the other name goes out by this one. Omit it where both are known. */
  readonly outputCap?: OutputCap | undefined;
  /** Parameters that the host is known to refuse. Omit it for none. */
  readonly refuses?: readonly string[] | undefined;
  /** Whether the host is known to refuse being asked for the usage of streams. Omit it for no. */
  readonly refusesUsageOption?: boolean | undefined;
  /** Whether the host tells answers in parts: thinking in the content's list, calls of tools without an index. Omit it for no. */
  readonly answersInParts?: boolean | undefined;
  /** Whether the host has none of the operations that are not answered in tokens: images, audio, rerank, … Omit it for no. */
  readonly answersInTokensAlone?: boolean | undefined;
  /** Whether the host keeps no files and makes no batches. Omit it for no, or where that is not known. */
  readonly keepsNothing?: boolean | undefined;
  /** Whether a model is known not to think, so that it refuses to be told how much. Omit it where nothing is known. */
  readonly isThoughtless?: ((model: string) => boolean) | undefined;
  /** Whether the host is asked for text completions alone, so that a chat call goes out as a prompt. Omit it for no. */
  readonly prompts?: boolean | undefined;
}

/** Speaks OpenAI's format to one deployment. */
export class OpenAiAdapter implements ProviderAdapter {
  readonly #host: DeploymentHost;
  readonly #encoder: RequestEncoder;
  readonly #plain: PlainMessages;
  #operations: OperationSide | undefined;
  readonly #refused: ReadonlySet<string>;
  readonly #answersInParts: boolean;
  readonly #isThoughtless: OpenAiQuirks["isThoughtless"];
  #unaryHeaders: Readonly<Record<string, string>> | undefined;
  #streamHeaders: Readonly<Record<string, string>> | undefined;

  readonly continuation: Continuation | undefined;

  readonly canAskUsage: boolean;
  /** Undefined for a host that may have every operation. */
  readonly refuses?: (call: Call) => RouterError | undefined;

  readonly notes: readonly string[] | undefined;
  readonly origin: string;
  readonly credentials: FetchedCredentials | undefined;

  constructor(host: DeploymentHost, quirks: OpenAiQuirks) {
    const { continuation, outputCap, refuses = [], refusesUsageOption = false, answersInParts = false } = quirks;
    this.continuation = continuation === undefined ? undefined : createContinuation(continuation);
    this.notes = host.notes;
    this.#host = host;
    this.origin = host.origin;
    this.credentials = host.signer?.credentials;
    this.#refused = new Set([...refuses, ...host.dropped]);
    this.#encoder = new RequestEncoder({ defaults: host.defaults, dropped: host.dropped, refused: refuses }, outputCap);
    this.#answersInParts = answersInParts;
    this.#isThoughtless = quirks.isThoughtless;
    this.#plain = PlainMessages.for(quirks);
    const { answersInTokensAlone = false, keepsNothing = answersInTokensAlone } = quirks;
    if (keepsNothing) {
      this.refuses = (call) => {
        if (isOfKept(call)) return noKept(call, host.deploymentId);
        const isOther = isPassedOn(call.endpoint) || call.endpoint === "realtime";
        return answersInTokensAlone && isOther ? noOperation(call, host) : undefined;
      };
    }
    this.canAskUsage = !refusesUsageOption && this.#encoder.canAskUsage;
  }

  replyFormat(): string {
    return openAiFormat;
  }

  chatParameters(): readonly string[] {
    return [...chatParameters].filter((name) => !this.#refused.has(name));
  }

  /** Made for the first call that is passed on: most deployments have none. */
  get #side(): OperationSide {
    return (this.#operations ??= new OperationSide(this.#host));
  }

  encode(call: Call, upstreamModel: string, asksUsage = false): UpstreamRequest | RouterError {
    if (isPassedOn(call.endpoint)) return this.#passOn(call, upstreamModel);
    if (isOfKept(call)) return this.refuses?.(call) ?? writeKeptRequest(call, this.#host, upstreamModel);
    if (call.messages !== undefined) return this.#signed(realtimeRequest(call, this.#host, upstreamModel));
    const written = this.#body(call, upstreamModel);
    if (written instanceof RouterError) return written;
    const body = call.endpoint === "chat" ? this.#plain.of(written) : written;
    const host = this.#host;
    const adjusted = this.#encoder.adjusted(body);
    const request: UpstreamRequest = {
      method: call.resource?.method ?? "POST",
      origin: host.origin,
      path: host.path(call, upstreamModel),
      headers: this.#headers(call.stream),
      body: this.#encoder.encode(body, call.stream, host.bodyModel?.(upstreamModel) ?? upstreamModel, asksUsage),
      ...(adjusted === undefined ? {} : { adjusted }),
    };
    return this.#signed(request);
  }

  /** Callers of other formats tell every model how much to think, and mean those that can. */
  #body(call: Call, upstreamModel: string): JsonText | RouterError {
    const written = openAiBody(call);
    if (call.foreign === undefined || written instanceof RouterError) return written;
    const hasEffort = written.members.some(({ key }) => key === effort);
    return hasEffort && this.#isThoughtless?.(upstreamModel) === true ? withoutEffort(written) : written;
  }

  #passOn(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const refusal = this.refuses?.(call);
    if (refusal !== undefined) return refusal;
    const host = this.#host;
    const model = host.bodyModel?.(upstreamModel) ?? upstreamModel;
    const form = this.#side.form(call, model);
    const written = form === undefined ? openAiBody(call) : undefined;
    if (written instanceof RouterError) return written;
    const adjusted = written && this.#encoder.adjusted(written);
    const request: UpstreamRequest = {
      method: "POST",
      origin: host.origin,
      path: host.path(call, upstreamModel),
      headers: this.#side.headers(call, this.#headers(false)),
      body: form ?? (written === undefined ? [] : this.#encoder.encode(written, call.stream, model)),
      ...(adjusted === undefined ? {} : { adjusted }),
    };
    return this.#signed(request);
  }

  #signed(request: UpstreamRequest): UpstreamRequest | RouterError {
    const { signer } = this.#host;
    return signer === undefined ? request : signer.sign(request);
  }

  /** Made for the first call: most of thousands of deployments wait long for theirs. */
  #headers(stream: boolean): Readonly<Record<string, string>> {
    return stream
      ? (this.#streamHeaders ??= headersFor("text/event-stream", this.#host))
      : (this.#unaryHeaders ??= headersFor("application/json", this.#host));
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    if (isPassedOn(call.endpoint)) return readOperationReply(call, this.#host, headers, body);
    if (call.endpoint === "kept") return readKeptReply(this.#host, body);
    const reply = readUnlabelledReply(call, this.#host, body);
    return this.#answersInParts && !(reply instanceof RouterError) ? plainReply(reply) : reply;
  }

  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage = false): StreamDecoder | RouterError {
    if (isPassedOn(call.endpoint)) return this.#side.decodeStream(call, headers);
    if (call.endpoint === "kept") return new FileDecoder(headers);
    if (call.messages !== undefined) return new RealtimeDecoder(this.#host);
    const contentType = headers["content-type"];
    const decoder = new JudgedDecoder(call, this.#host, typeof contentType === "string" ? mediaType(contentType) : undefined, hidesUsage);
    return this.#answersInParts ? new PlainAnswerDecoder(decoder) : decoder;
  }

  readText(event: StreamEvent): string | undefined {
    return readChunkText(event);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return readRateLimits(headers, wallTime);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const error = classifyError(this.#host, status, headers, withoutMark(body), withWords(request));
    if (error.code === "upstream_auth") this.#host.signer?.refused();
    const call = status === 404 ? request?.call : undefined;
    return call?.endpoint === "kept" ? asMissing(error, call, this.#host) : error;
  }
}

const effort = "reasoning_effort";

function withoutEffort(body: JsonText): JsonText {
  const bytes = Buffer.concat(spliceObject(body, { remove: new Set([effort]) }));
  return { bytes, members: scanMembers(bytes) };
}

function noOperation({ endpoint }: Call, { deploymentId }: DeploymentHost): RouterError {
  return new RouterError("operation_not_supported", `Deployment ${deploymentId} has no operation ${endpoint}.`, { deploymentId });
}

/** A form's words are not looked for in an error: it may be large, and is in pieces. */
function withWords(request: FailedRequest | undefined): FailedRequest | undefined {
  return request?.call?.foreign === undefined ? request : { ...request, call: wordsOf(request.call) };
}

/** Not compressed: replies are scanned, and pass from memory to a local network more often than over a slow line. */
function headersFor(accept: string, { headers }: DeploymentHost): Readonly<Record<string, string>> {
  return { "content-type": "application/json", "user-agent": "huntgroup", accept, "accept-encoding": "identity", ...headers };
}

/** Without its parameters, and no longer than a media type may be: it goes into a message. */
function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase().slice(0, 127);
}
