import type { RequestRenewal, UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";

/** What makes the proofs of one deployment. */
export interface ProofMaker<Value> {
  /** Whether a refusal says that the time of what proved the request is over. */
  saysOver(status: number, headers: UpstreamHeaders, body: Buffer): boolean;
  /** As `CredentialSource.successor`. */
  successor(value: Value): Promise<Value | undefined>;
  /** Proves a request that had another proof before. @returns Undefined where there is nothing to prove it by any more. */
  proveAgain(request: UpstreamRequest): UpstreamRequest | undefined;
}

/** Renews requests that were proved by one credential: the same for all of them. Their second proof is their last. */
export class ProofRenewal<Value> implements RequestRenewal {
  readonly #maker: ProofMaker<Value>;
  readonly #value: Value;

  constructor(maker: ProofMaker<Value>, value: Value) {
    this.#maker = maker;
    this.#value = value;
  }

  isDue(status: number, headers: UpstreamHeaders, body: Buffer): boolean {
    return this.#maker.saysOver(status, headers, body);
  }

  async renew(request: UpstreamRequest): Promise<UpstreamRequest | undefined> {
    const next = await this.#maker.successor(this.#value);
    return next === undefined ? undefined : this.#maker.proveAgain(request);
  }
}
