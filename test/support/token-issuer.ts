import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from "jose";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An identity provider: a key pair, its public half at an address, and tokens on demand. */
export class TokenIssuer {
  static readonly issuer = "https://issuer.example";
  static readonly audience = "huntgroup";
  readonly jwk: JWK;
  readonly #privateKey: CryptoKey;

  private constructor(privateKey: CryptoKey, jwk: JWK) {
    this.#privateKey = privateKey;
    this.jwk = jwk;
  }

  static async create(kid = "key-1"): Promise<TokenIssuer> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    return new TokenIssuer(privateKey, { ...(await exportJWK(publicKey)), kid, alg: "ES256" });
  }

  /** A token for a subject that is good for an hour from `nowMs`, with whatever a test wants to be different. */
  token(
    subject: string,
    nowMs: number,
    { kid = "key-1", exp = 3_600, ...claims }: Readonly<Record<string, unknown>> & { kid?: string; exp?: number | undefined } = {},
  ): Promise<string> {
    const now = Math.floor(nowMs / 1_000);
    const payload: Record<string, unknown> = { iss: TokenIssuer.issuer, aud: TokenIssuer.audience, sub: subject, iat: now, ...claims };
    if (Number.isFinite(exp)) payload["exp"] = now + exp;
    return new SignJWT(payload).setProtectedHeader({ alg: "ES256", kid }).sign(this.#privateKey);
  }

  /** Serves the public key. `hits`: how often it was asked for. `answer`: what it does with a request instead, from then on. */
  async serve(): Promise<{
    readonly url: string;
    readonly hits: () => number;
    answer(instead: ((response: ServerResponse) => void) | undefined): void;
    close(): Promise<void>;
  }> {
    let hits = 0;
    let answer: ((response: ServerResponse) => void) | undefined;
    const server = createServer((_request, response) => {
      hits++;
      if (answer !== undefined) {
        answer(response);
        return;
      }
      response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [this.jwk] }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
      hits: () => hits,
      answer: (instead) => void (answer = instead),
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
}
