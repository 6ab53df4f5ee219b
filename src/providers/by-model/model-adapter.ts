import type { Call } from "../../core/call.ts";
import { RouterError } from "../../core/errors.ts";
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

/** Who is asked for a model, and for which. */
export interface ModelTarget {
  readonly adapter: ProviderAdapter;
  /** As that one knows it. */
  readonly model: string;
}

/** What {@link ModelAdapter} chooses by. */
export interface ModelChoice {
  /** Reads what no call of its own is known for. */
  readonly usual: ProviderAdapter;
  /** @returns The error of a model that nobody can be asked for. */
  find(upstreamModel: string): ModelTarget | RouterError;
  /** As `ProviderAdapter.origin`. */
  readonly origin: string | undefined;
  readonly notes?: readonly string[] | undefined;
}

/** Speaks for a deployment that stands for models of several kinds (`vertex_ai/*`, `*`): each call is sent, and its reply read, as its model wants. */
export class ModelAdapter implements ProviderAdapter {
  /** What one kind begins another cannot go on with. */
  readonly continuation = undefined;
  /** Those that tell the usage anyway do not mind being asked. */
  readonly canAskUsage = true;
  readonly origin: string | undefined;
  readonly notes: readonly string[] | undefined;
  readonly credentials: FetchedCredentials | undefined;
  readonly #choice: ModelChoice;
  readonly #sentBy = new WeakMap<Call, ProviderAdapter>();

  constructor(choice: ModelChoice) {
    this.#choice = choice;
    this.origin = choice.origin;
    this.notes = choice.notes;
    this.credentials = choice.usual.credentials;
  }

  replyFormat(call: Call): string {
    return this.#senderOf(call).replyFormat(call);
  }

  refuses(call: Call, upstreamModel: string): RouterError | undefined {
    const target = this.#choice.find(upstreamModel);
    return target instanceof RouterError ? target : target.adapter.refuses?.(call, target.model);
  }

  encode(call: Call, upstreamModel: string, asksUsage = false): UpstreamRequest | RouterError {
    const target = this.#choice.find(upstreamModel);
    if (target instanceof RouterError) return target;
    const { adapter, model } = target;
    this.#sentBy.set(call, adapter);
    return adapter.encode(call, model, asksUsage && adapter.canAskUsage === true);
  }

  chatParameters(upstreamModel: string): readonly string[] {
    const target = this.#choice.find(upstreamModel);
    return target instanceof RouterError ? [] : (target.adapter.chatParameters?.(target.model) ?? []);
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
    return this.#choice.usual.readQuota(headers, wallTime);
  }

  readText(event: StreamEvent): string | undefined {
    return this.#choice.usual.readText(event);
  }

  #senderOf(call: Call | undefined): ProviderAdapter {
    return (call && this.#sentBy.get(call)) ?? this.#choice.usual;
  }
}
