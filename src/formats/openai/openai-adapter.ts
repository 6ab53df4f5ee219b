import type { Call, Endpoint } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
import type { Continuation, DecodedReply, ProviderAdapter, Quota, StreamDecoder, StreamEvent } from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { classifyError, type ErrorSource } from "./errors/classify-error.ts";
import { type ContinuationStyle, createContinuation, readChunkText } from "./request/continuation.ts";
import { readQuota } from "./reply/read-quota.ts";
import { readReply } from "./reply/read-reply.ts";
import type { RequestEncoder } from "./request/request-encoder.ts";
import { OpenAiStreamDecoder } from "./stream/stream-decoder.ts";

/** Where and how one deployment is reached. */
export interface OpenAiTarget {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path and query for an operation. */
  path(endpoint: Endpoint, upstreamModel: string): string;
  /** Lower-case names; what describes the body is added. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model's name in the body, where it differs from the configured one. */
  bodyModel?(upstreamModel: string): string;
}

/** The last segments of the operations' paths, the same with every host. */
export const endpointPaths: Readonly<Record<Endpoint, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  embeddings: "/embeddings",
};

/** Speaks OpenAI's format to one deployment. Hosts differ in address and credentials only. */
export class OpenAiAdapter implements ProviderAdapter {
  readonly #target: OpenAiTarget;
  readonly #encoder: RequestEncoder;
  readonly #source: ErrorSource;
  #unaryHeaders: Readonly<Record<string, string>> | undefined;
  #streamHeaders: Readonly<Record<string, string>> | undefined;

  readonly continuation: Continuation | undefined;

  /** @param continues How it goes on with an answer that another deployment began; undefined where it cannot. */
  constructor(target: OpenAiTarget, encoder: RequestEncoder, source: ErrorSource, continues?: ContinuationStyle) {
    this.continuation = continues === undefined ? undefined : createContinuation(continues);
    this.#target = target;
    this.#encoder = encoder;
    this.#source = source;
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest {
    const target = this.#target;
    return {
      method: "POST",
      origin: target.origin,
      path: target.path(call.endpoint, upstreamModel),
      headers: this.#headers(call.stream),
      body: this.#encoder.encode(call, target.bodyModel?.(upstreamModel) ?? upstreamModel),
    };
  }

  /** Made for the first call: most of thousands of deployments wait long for theirs. */
  #headers(stream: boolean): Readonly<Record<string, string>> {
    return stream
      ? (this.#streamHeaders ??= headersFor("text/event-stream", this.#target))
      : (this.#unaryHeaders ??= headersFor("application/json", this.#target));
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    return readReply(call, this.#source, body);
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError {
    const contentType = headers["content-type"];
    if (typeof contentType === "string" && isNoStream(contentType)) {
      const { deploymentId } = this.#source;
      const message = `Deployment ${deploymentId} was asked for a stream and answered with ${mediaType(contentType)}.`;
      return new RouterError("upstream_malformed", message, { deploymentId });
    }
    return new OpenAiStreamDecoder(call, this.#source);
  }

  readText(event: StreamEvent): string | undefined {
    return readChunkText(event);
  }

  readQuota(headers: UpstreamHeaders): Quota | undefined {
    return readQuota(headers);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer): RouterError {
    return classifyError(this.#source, status, headers, body);
  }
}

/** Not compressed: replies are scanned, and pass from memory to a local network more often than over a slow line. */
function headersFor(accept: string, { headers }: OpenAiTarget): Readonly<Record<string, string>> {
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
