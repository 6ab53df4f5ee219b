import type { Call, ForeignRequest } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { DecodedReply, FailedRequest, StreamDecoder } from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";
import type { NativeSide } from "../../kit/native/two-format-adapter.ts";
import { classifyError } from "../../kit/upstream-errors/classify-error.ts";
import { messagesFormat } from "./reply/messages-format.ts";
import { withNativeBody } from "./reply/native-error.ts";
import type { NativeTarget } from "./native-host.ts";
import { readNativeMessage, readTokenCount } from "./reply/read-native-message.ts";
import { RequestBody } from "./request-body.ts";
import { RequestHeaders } from "./request-headers.ts";
import { FramedMessageEvents } from "./stream/framed-message-events.ts";
import { JudgedMessageEvents } from "./stream/judged-message-events.ts";

interface Written {
  readonly upstreamModel: string;
  readonly request: UpstreamRequest;
}

/** Speaks Messages to one deployment for callers that speak it themselves: what need not change goes through as it came, in both directions. */
export class NativeMessages implements NativeSide {
  readonly format = messagesFormat;
  readonly #target: NativeTarget;
  /** Made for the first call: most of thousands of deployments wait long for theirs. */
  #body: RequestBody | undefined;
  #headers: RequestHeaders | undefined;
  /** Requests that were written to see whether they can be, until they are sent. Not signed: a signature has its time. */
  readonly #written = new WeakMap<Call, Written>();

  constructor(target: NativeTarget) {
    this.#target = target;
  }

  refuses(call: Call, upstreamModel: string): RouterError | undefined {
    // Anthropic itself takes all: what is wrong with a request, it alone can say.
    if (this.#target.betas === undefined && call.foreign?.operation === "messages") return undefined;
    const request = this.#write(call, upstreamModel);
    if (request instanceof RouterError) return request;
    this.#written.set(call, { upstreamModel, request });
    return undefined;
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const written = this.#written.get(call);
    this.#written.delete(call);
    const request = written?.upstreamModel === upstreamModel ? written.request : this.#write(call, upstreamModel);
    const { signer } = this.#target.host;
    return request instanceof RouterError || signer === undefined ? request : signer.sign(request);
  }

  #write(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const { foreign } = call;
    const path = foreign === undefined ? undefined : this.#pathOf(foreign, call, upstreamModel);
    if (foreign === undefined || path === undefined) return this.#lacks(foreign?.operation ?? call.endpoint);
    const { host } = this.#target;
    this.#body ??= new RequestBody(this.#target);
    this.#headers ??= new RequestHeaders(this.#target);
    try {
      const { pieces, headerBetas, adjusted } = this.#body.write(call, foreign, host.bodyModel?.(upstreamModel) ?? upstreamModel);
      return {
        method: "POST",
        origin: host.origin,
        path,
        headers: this.#headers.of(foreign, call.stream, headerBetas),
        body: this.#isAws && foreign.operation === "count_tokens" ? [asCountRequest(pieces)] : pieces,
        ...(adjusted.length === 0 ? {} : { adjusted }),
      };
    } catch (error) {
      // How editors deep within a request say that its host cannot take it.
      if (error instanceof RouterError) return error;
      throw error;
    }
  }

  get #isAws(): boolean {
    return this.#target.framesEvents === true;
  }

  #pathOf({ operation }: ForeignRequest, call: Call, upstreamModel: string): string | undefined {
    const { host, countPath } = this.#target;
    if (operation === "messages") return host.path(call, upstreamModel);
    return operation === "count_tokens" ? countPath?.(upstreamModel) : undefined;
  }

  #lacks(operation: string): RouterError {
    const { deploymentId } = this.#target.host;
    return new RouterError("cannot_serve_this", `Deployment ${deploymentId} has no operation ${operation}.`, { deploymentId });
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    const { host } = this.#target;
    if (call.foreign?.operation === "count_tokens") {
      return readTokenCount(call, host, body, this.#isAws ? "inputTokens" : "input_tokens");
    }
    return readNativeMessage(call, host, body);
  }

  decodeStream(call: Call): StreamDecoder {
    return this.#isAws ? new FramedMessageEvents(call, this.#target.host) : new JudgedMessageEvents(call, this.#target.host);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const { host } = this.#target;
    const error = classifyError(host, status, headers, body, request);
    if (error.code === "upstream_auth") host.signer?.refused();
    // Bedrock counts for some models alone, and not for all that it can be asked by.
    if (this.#isAws && error.code === "invalid_request" && request?.call?.foreign?.operation === "count_tokens") {
      return new RouterError("cannot_serve_this", error.message, { deploymentId: host.deploymentId, upstream: error.upstream });
    }
    return withNativeBody(error, body, host);
  }
}

/** A request as Bedrock counts it: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
function asCountRequest(pieces: readonly Buffer[]): Buffer {
  return Buffer.from(JSON.stringify({ input: { invokeModel: { body: Buffer.concat(pieces).toString("base64") } } }));
}
