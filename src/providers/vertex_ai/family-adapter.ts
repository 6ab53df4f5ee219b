import type { Call } from "../../core/call.ts";
import type { RouterError } from "../../core/errors.ts";
import type {
  DecodedReply,
  FailedRequest,
  FetchedCredentials,
  ProviderAdapter,
  Quota,
  StreamDecoder,
  StreamEvent,
} from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { type VertexFamily, vertexModel } from "./model-family.ts";

/** Speaks to a deployment that stands for models of all families (`vertex_ai/*`): each call is sent, and its reply read, in its model's format. */
export class FamilyAdapter implements ProviderAdapter {
  /** What one family begins another cannot go on with. */
  readonly continuation = undefined;
  /** Those that tell the usage anyway do not mind being asked. */
  readonly canAskUsage = true;
  readonly origin: string | undefined;
  readonly credentials: FetchedCredentials | undefined;
  readonly #connect: (family: VertexFamily) => ProviderAdapter;
  readonly #adapters = new Map<VertexFamily, ProviderAdapter>();
  readonly #usual: ProviderAdapter;
  readonly #sentBy = new WeakMap<Call, ProviderAdapter>();

  constructor(connect: (family: VertexFamily) => ProviderAdapter) {
    this.#connect = connect;
    this.#usual = this.#of("gemini");
    this.origin = this.#usual.origin;
    this.credentials = this.#usual.credentials;
  }

  replyFormat(call: Call): string {
    return this.#usual.replyFormat(call);
  }

  refuses(call: Call, upstreamModel: string): RouterError | undefined {
    return this.#for(upstreamModel).refuses?.(call, upstreamModel);
  }

  encode(call: Call, upstreamModel: string, asksUsage?: boolean): UpstreamRequest | RouterError {
    const adapter = this.#for(upstreamModel);
    this.#sentBy.set(call, adapter);
    return adapter.encode(call, upstreamModel, asksUsage);
  }

  chatParameters(upstreamModel: string): readonly string[] {
    return this.#for(upstreamModel).chatParameters?.(upstreamModel) ?? [];
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    return this.#senderOf(call).decodeReply(call, headers, body);
  }

  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage?: boolean): StreamDecoder | RouterError {
    return this.#senderOf(call).decodeStream(call, headers, hidesUsage);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    return this.#senderOf(request?.call).decodeError(status, headers, body, request);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return this.#usual.readQuota(headers, wallTime);
  }

  readText(event: StreamEvent): string | undefined {
    return this.#usual.readText(event);
  }

  #senderOf(call: Call | undefined): ProviderAdapter {
    return (call && this.#sentBy.get(call)) ?? this.#usual;
  }

  #for(upstreamModel: string): ProviderAdapter {
    return this.#of(vertexModel(upstreamModel).family);
  }

  #of(family: VertexFamily): ProviderAdapter {
    let adapter = this.#adapters.get(family);
    if (adapter === undefined) this.#adapters.set(family, (adapter = this.#connect(family)));
    return adapter;
  }
}
