import type {
  RequestRenewal,
  Upstream,
  UpstreamExchange,
  UpstreamFailure,
  UpstreamHeaders,
  UpstreamLink,
  UpstreamListener,
  UpstreamRequest,
} from "../core/upstream.ts";

/** A refusal that is longer is not about credentials. */
const longestRefusal = 64 * 1024;
/** With which a host may say that the time of a proof is over. */
const refusals: ReadonlySet<number> = new Set([400, 401, 403]);

/**
 * Sends a request a second time, unseen, where its host says that the time of what proves it is over: with a new proof, and once. Whoever asked
 * hears of the second answer alone; of the first where there is no new proof.
 */
export class RenewingUpstream implements Upstream {
  readonly #upstream: Upstream;

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  send(request: UpstreamRequest, listener: UpstreamListener, link?: UpstreamLink): UpstreamExchange {
    const { renewal } = request;
    if (renewal === undefined) return this.#upstream.send(request, listener, link);
    const exchange = new RenewedExchange({ request, renewal, listener, sendAgain: (next) => this.#upstream.send(next, listener, link) });
    exchange.first = this.#upstream.send(request, exchange, link);
    return exchange;
  }
}

interface RenewablePlan {
  readonly request: UpstreamRequest;
  readonly renewal: RequestRenewal;
  readonly listener: UpstreamListener;
  /** The listener hears of this exchange by itself. */
  sendAgain(request: UpstreamRequest): UpstreamExchange;
}

interface Refusal {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly mayTellLimits: boolean | undefined;
  readonly chunks: Buffer[];
  bytes: number;
}

/** The exchange of a request that may have to be sent twice. Listens to the first, and stands for whichever is under way. */
class RenewedExchange implements UpstreamExchange, UpstreamListener {
  readonly #plan: RenewablePlan;
  first: UpstreamExchange | undefined;
  /** Held back until it is known whether it asks for another proof. */
  #refusal: Refusal | undefined;
  #isRenewing = false;
  #second: UpstreamExchange | undefined;
  #isAborted = false;

  constructor(plan: RenewablePlan) {
    this.#plan = plan;
  }

  /** A request that was refused for its proof has cost nothing. */
  get isWritten(): boolean {
    if (this.#isRenewing) return false;
    return (this.#second ?? this.first)?.isWritten !== false;
  }

  abort(): void {
    this.#isAborted = true;
    (this.#second ?? this.first)?.abort();
  }

  resume(): void {
    (this.#second ?? this.first)?.resume();
  }

  onHead(status: number, headers: UpstreamHeaders, mayTellLimits?: boolean): void {
    if (refusals.has(status)) this.#refusal = { status, headers, mayTellLimits, chunks: [], bytes: 0 };
    else this.#plan.listener.onHead(status, headers, mayTellLimits);
  }

  onData(chunk: Buffer): boolean {
    const refusal = this.#refusal;
    if (refusal === undefined) return this.#plan.listener.onData(chunk);
    refusal.chunks.push(chunk);
    refusal.bytes += chunk.length;
    return refusal.bytes <= longestRefusal || this.#handOn(refusal);
  }

  onEnd(): void {
    const refusal = this.#refusal;
    if (refusal === undefined) this.#plan.listener.onEnd();
    else if (this.#plan.renewal.isDue(refusal.status, refusal.headers, Buffer.concat(refusal.chunks))) void this.#renew(refusal);
    else this.#endWith(refusal);
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#refusal !== undefined) this.#handOn(this.#refusal);
    if (!this.#isAborted) this.#plan.listener.onFailure(failure);
  }

  async #renew(refusal: Refusal): Promise<void> {
    const { renewal, request } = this.#plan;
    this.#isRenewing = true;
    // A fault in making the proof fails this call, not the program.
    const renewed = await renewal.renew(request).catch(() => undefined);
    this.#isRenewing = false;
    if (this.#isAborted) return;
    if (renewed === undefined) this.#endWith(refusal);
    else this.#second = this.#plan.sendAgain(renewed);
  }

  #endWith(refusal: Refusal): void {
    this.#handOn(refusal);
    if (!this.#isAborted) this.#plan.listener.onEnd();
  }

  /** What was held back is the answer. @returns Whether the listener takes more now. */
  #handOn({ status, headers, mayTellLimits, chunks }: Refusal): boolean {
    const { listener } = this.#plan;
    this.#refusal = undefined;
    listener.onHead(status, headers, mayTellLimits);
    let takesMore = true;
    for (const chunk of chunks) {
      if (this.#isAborted) return true;
      takesMore = listener.onData(chunk);
    }
    return takesMore;
  }
}
