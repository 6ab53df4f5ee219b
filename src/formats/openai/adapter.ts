import type { Call, Endpoint } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import { type DeploymentHost, openAiFormat } from "../../core/format.ts";
import type { Continuation, DecodedReply, FailedRequest, ProviderAdapter, Quota, StreamDecoder, StreamEvent } from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { openAiBody } from "../kit/openai-body.ts";
import { readRateLimits } from "../kit/rate-limits.ts";
import { classifyError } from "./errors/classify-error.ts";
import { readReply } from "./reply/read-reply.ts";
import { type ContinuationStyle, createContinuation, readChunkText } from "./request/continuation.ts";
import { RequestEncoder } from "./request/request-encoder.ts";
import { OpenAiStreamDecoder } from "./stream/stream-decoder.ts";

/** The last segments of the operations' paths, the same with every host. */
export const endpointPaths: Readonly<Record<Endpoint, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  embeddings: "/embeddings",
};

/** How hosts that speak OpenAI's format differ in what they take. */
export interface OpenAiQuirks {
  /** How the host goes on with an answer that another deployment began. Omit it for a host that cannot. */
  readonly continuation?: ContinuationStyle | undefined;
}

/** Speaks OpenAI's format to one deployment. */
export class OpenAiAdapter implements ProviderAdapter {
  readonly #host: DeploymentHost;
  readonly #encoder: RequestEncoder;
  #unaryHeaders: Readonly<Record<string, string>> | undefined;
  #streamHeaders: Readonly<Record<string, string>> | undefined;

  readonly continuation: Continuation | undefined;

  constructor(host: DeploymentHost, { continuation }: OpenAiQuirks) {
    this.continuation = continuation === undefined ? undefined : createContinuation(continuation);
    this.#host = host;
    this.#encoder = new RequestEncoder(host);
  }

  replyFormat(): string {
    return openAiFormat;
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const body = openAiBody(call);
    if (body instanceof RouterError) return body;
    const host = this.#host;
    const request: UpstreamRequest = {
      method: "POST",
      origin: host.origin,
      path: host.path(call, upstreamModel),
      headers: this.#headers(call.stream),
      body: this.#encoder.encode(body, call.stream, host.bodyModel?.(upstreamModel) ?? upstreamModel),
    };
    return host.signer === undefined ? request : host.signer.sign(request);
  }

  /** Made for the first call: most of thousands of deployments wait long for theirs. */
  #headers(stream: boolean): Readonly<Record<string, string>> {
    return stream
      ? (this.#streamHeaders ??= headersFor("text/event-stream", this.#host))
      : (this.#unaryHeaders ??= headersFor("application/json", this.#host));
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    return readReply(call, this.#host, body);
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError {
    const contentType = headers["content-type"];
    if (typeof contentType === "string" && isNoStream(contentType)) {
      const { deploymentId } = this.#host;
      const message = `Deployment ${deploymentId} was asked for a stream and answered with ${mediaType(contentType)}.`;
      return new RouterError("upstream_malformed", message, { deploymentId });
    }
    return new OpenAiStreamDecoder(call, this.#host);
  }

  readText(event: StreamEvent): string | undefined {
    return readChunkText(event);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return readRateLimits(headers, wallTime);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const error = classifyError(this.#host, status, headers, body, request);
    if (error.code === "upstream_auth") this.#host.signer?.refused();
    return error;
  }
}

/** Not compressed: replies are scanned, and pass from memory to a local network more often than over a slow line. */
function headersFor(accept: string, { headers }: DeploymentHost): Readonly<Record<string, string>> {
  return { "content-type": "application/json", "user-agent": "huntgroup", accept, "accept-encoding": "identity", ...headers };
}

/** Some local servers stream under another type or none; only types that never hold events are refused. */
function isNoStream(contentType: string): boolean {
  const type = mediaType(contentType);
  return type === "text/html" || type === "application/json" || type.endsWith("+json") || type.endsWith("xml");
}

/** Without its parameters, and no longer than a media type may be: it goes into a message. */
function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase().slice(0, 127);
}
