import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import type {
  BegunAnswer,
  Continuation,
  DecodedReply,
  FailedRequest,
  FetchedCredentials,
  ProviderAdapter,
  Quota,
  StreamDecoder,
  StreamEvent,
} from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";

/** How a deployment serves calls that come in a format which it speaks itself: their bytes go through as they are, as far as its host takes them. */
export interface NativeSide {
  /** The format that it speaks. */
  readonly format: string;
  /** As the members of {@link ProviderAdapter}, for calls whose `foreign` is of this format. Requests are signed. */
  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError;
  refuses?(call: Call, upstreamModel: string): RouterError | undefined;
  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError;
  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError;
  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError;
}

/** A deployment that speaks two formats: OpenAI's (or what is translated to and from it), and natively its own. Each call goes to the side that it came for. */
export class TwoFormatAdapter implements ProviderAdapter {
  readonly continuation: Continuation | undefined;
  readonly notes: readonly string[] | undefined;
  readonly origin: string | undefined;
  readonly credentials: FetchedCredentials | undefined;
  readonly canAskUsage: boolean | undefined;
  readonly refuses?: NonNullable<ProviderAdapter["refuses"]>;
  readonly #base: ProviderAdapter;
  readonly #native: NativeSide;
  readonly #speaks: ((upstreamModel: string) => boolean) | undefined;
  /** Calls in the native format that went out by the other one, since their model does not speak it. */
  readonly #translated = new WeakSet<Call>();

  /** @param speaks Which models speak the native format. Omit it for all. */
  constructor(base: ProviderAdapter, native: NativeSide, speaks?: (upstreamModel: string) => boolean) {
    this.#base = base;
    this.#speaks = speaks;
    this.#native = native;
    this.continuation = base.continuation && withoutNative(base.continuation, native.format);
    this.notes = base.notes;
    this.origin = base.origin;
    this.credentials = base.credentials;
    this.canAskUsage = base.canAskUsage;
    // One that never refuses is not asked.
    if (base.refuses !== undefined || native.refuses !== undefined)
      this.refuses = (call, upstreamModel) => this.#refusal(call, upstreamModel);
  }

  #isNative(call: Call | undefined): boolean {
    return call?.foreign !== undefined && call.foreign.format === this.#native.format && !this.#translated.has(call);
  }

  /** The same for a call that is to go out, of which the model is known. */
  #goesNative(call: Call, upstreamModel: string): boolean {
    if (this.#speaks === undefined || call.foreign?.format !== this.#native.format) return this.#isNative(call);
    const speaks = this.#speaks(upstreamModel);
    if (speaks) this.#translated.delete(call);
    else this.#translated.add(call);
    return speaks;
  }

  replyFormat(call: Call): string {
    return this.#isNative(call) ? this.#native.format : this.#base.replyFormat(call);
  }

  encode(call: Call, upstreamModel: string, asksUsage?: boolean): UpstreamRequest | RouterError {
    return this.#goesNative(call, upstreamModel)
      ? this.#native.encode(call, upstreamModel)
      : this.#base.encode(call, upstreamModel, asksUsage);
  }

  #refusal(call: Call, upstreamModel: string): RouterError | undefined {
    return this.#goesNative(call, upstreamModel) ? this.#native.refuses?.(call, upstreamModel) : this.#base.refuses?.(call, upstreamModel);
  }

  chatParameters(upstreamModel: string): readonly string[] {
    return this.#base.chatParameters?.(upstreamModel) ?? [];
  }

  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    return this.#isNative(call) ? this.#native.decodeReply(call, headers, body) : this.#base.decodeReply(call, headers, body);
  }

  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage?: boolean): StreamDecoder | RouterError {
    return this.#isNative(call) ? this.#native.decodeStream(call, headers) : this.#base.decodeStream(call, headers, hidesUsage);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const side = this.#isNative(request?.call) ? this.#native : this.#base;
    return side.decodeError(status, headers, body, request);
  }

  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined {
    return this.#base.readQuota(headers, wallTime);
  }

  /** A stream in the native format is not gone on with by another deployment. */
  readText(event: StreamEvent): string | undefined {
    return event.format === this.#native.format ? undefined : this.#base.readText(event);
  }
}

function withoutNative(continuation: Continuation, format: string): Continuation {
  return {
    resume: (call: Call, begun: BegunAnswer) => (call.foreign?.format === format ? undefined : continuation.resume(call, begun)),
  };
}
