import { RouterError } from "../../core/errors.ts";
import type { RequestSigner } from "../../core/format.ts";
import type { UpstreamRequest } from "../../core/upstream.ts";
import type { CredentialSource } from "../credentials/credential-store.ts";
import { unknownProject } from "./addresses.ts";
import type { GoogleToken } from "./google-token.ts";

/** As many tokens are remembered as calls that last may have been sent with. */
const mostTokens = 4;

/** Proves requests by an access token of Google's, and names the project in them where only the credentials know it. */
export class TokenSigner implements RequestSigner {
  readonly credentials: CredentialSource<GoogleToken>;
  readonly #deploymentId: string;
  #last: GoogleToken | undefined;
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

  /** Takes tokens that were sent out of a text. */
  redact(text: string): string {
    return this.#sent.reduce((clean, token) => clean.replaceAll(token, "[redacted]"), text);
  }

  #remember(held: GoogleToken): void {
    this.#last = held;
    this.#sent.push(held.token);
    if (this.#sent.length > mostTokens) this.#sent.shift();
  }
}
