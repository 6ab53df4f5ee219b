import { RouterError } from "../../core/errors.ts";
import type { RequestSigner } from "../../core/format.ts";
import type { UpstreamRequest } from "../../core/upstream.ts";
import type { CredentialSource } from "../credentials/credential-store.ts";
import { type ProofMaker, ProofRenewal } from "../credentials/proof-renewal.ts";
import { unknownProject } from "./addresses.ts";
import type { GoogleToken } from "./google-token.ts";

/** As many tokens are remembered as calls that last may have been sent with. */
const mostTokens = 4;

/** Proves requests by an access token of Google's, and names the project in them where only the credentials know it. */
export class TokenSigner implements RequestSigner, ProofMaker<GoogleToken> {
  readonly credentials: CredentialSource<GoogleToken>;
  readonly #deploymentId: string;
  #last: GoogleToken | undefined;
  #renewal: ProofRenewal<GoogleToken> | undefined;
  /** The latest ones, the last included. */
  readonly #sent: string[] = [];

  constructor(credentials: CredentialSource<GoogleToken>, deploymentId: string) {
    this.credentials = credentials;
    this.#deploymentId = deploymentId;
  }

  sign(request: UpstreamRequest): UpstreamRequest | RouterError {
    const { headers, path } = request;
    const held = this.credentials.current();
    if (held instanceof RouterError) return held;
    if (held !== this.#last) this.#remember(held);
    const signed = {
      ...request,
      renewal: this.#renewal,
      headers: {
        ...headers,
        authorization: `Bearer ${held.token}`,
        ...(held.quotaProject === undefined ? {} : { "x-goog-user-project": held.quotaProject }),
      },
    };
    if (!path.includes(unknownProject)) return signed;
    if (held.project !== undefined) return { ...signed, path: path.replace(unknownProject, encodeURIComponent(held.project)) };
    const message = "Neither the configuration nor the credentials name a project: set vertex_project.";
    return new RouterError("upstream_auth", message, { deploymentId: this.#deploymentId });
  }

  refused(): void {
    if (this.#last !== undefined) this.credentials.refused(this.#last);
  }

  /** Google has one word for a token that is over and for one that was never any good. */
  saysOver(status: number): boolean {
    return status === 401;
  }

  successor(token: GoogleToken): Promise<GoogleToken | undefined> {
    return this.credentials.successor(token);
  }

  proveAgain(request: UpstreamRequest): UpstreamRequest | undefined {
    const signed = this.sign(request);
    return signed instanceof RouterError ? undefined : signed;
  }

  /** Takes tokens that were sent out of a text. */
  redact(text: string): string {
    return this.#sent.reduce((clean, token) => clean.replaceAll(token, "[redacted]"), text);
  }

  #remember(held: GoogleToken): void {
    this.#last = held;
    this.#renewal = new ProofRenewal(this, held);
    this.#sent.push(held.token);
    if (this.#sent.length > mostTokens) this.#sent.shift();
  }
}
