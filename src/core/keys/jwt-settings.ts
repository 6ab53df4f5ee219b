/** How the tokens of an identity provider are taken for keys: plain data, as it is configured. */
export interface JwtSettings {
  /** What `iss` must say. */
  readonly issuer: string;
  /** One of these must stand in `aud`. */
  readonly audience: readonly string[];
  readonly jwks: JwksSource;
  /** The claim that tells whose token it is; a path with dots reaches into nested ones. */
  readonly claim: string;
  /** Names of keys by the claim's value. */
  readonly keys: ReadonlyMap<string, string>;
  /** The key of all other values. Undefined when they are refused. */
  readonly defaultKey: string | undefined;
  /** Signature algorithms that are taken; asymmetric ones only. */
  readonly algorithms: readonly string[];
}

/** Where the issuer's public keys are. */
export type JwksSource =
  | { readonly kind: "url"; readonly url: string }
  /** As read from a file. */
  | { readonly kind: "keys"; readonly keys: readonly Readonly<Record<string, unknown>>[] };

/** What a JWKS, which is public, can check. */
export const jwtAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;
