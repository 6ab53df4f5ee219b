import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { JwtSettings } from "../core/keys/jwt-settings.ts";
import type { Clock } from "../lib/clock.ts";
import { issuerKeys, KeysUnavailable } from "./issuer-keys.ts";

/** What came of checking a token. */
export type TokenVerdict =
  | { readonly kind: "key"; readonly keyName: string }
  /** It is valid, but no key belongs to it. */
  | { readonly kind: "unmapped" }
  /** It is not valid, for a reason such as `ERR_JWT_EXPIRED`. */
  | { readonly kind: "bad"; readonly detail: string }
  /** The issuer's public keys could not be fetched. */
  | { readonly kind: "unavailable"; readonly detail: string };

/** How many checked tokens are remembered. Those that were checked longest ago are forgotten first. */
const mostRemembered = 10_000;
/** The clocks of honest machines differ by this much. */
const clockToleranceSeconds = 5;

/** What may be a JWT in compact form. Nothing else is checked as one. */
const compactForm = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Checks the tokens of an identity provider and finds the key that each one stands for. A valid token is remembered until it expires, so
 * that its signature is checked once. Whether its key is still valid is for the key ring to say, at each request.
 */
export class JwtVerifier {
  readonly #settings: JwtSettings;
  readonly #clock: Clock;
  readonly #getKey: JWTVerifyGetKey;
  readonly #known = new Map<string, { readonly keyName: string; readonly expiresAt: number }>();

  constructor(settings: JwtSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#getKey = issuerKeys(settings.jwks, clock);
  }

  /** Whether a text may be a token rather than a key. */
  static looksLikeToken(text: string): boolean {
    return compactForm.test(text);
  }

  /** The name of a remembered token's key. Undefined where the token is not known or has expired. @param id The token's digest. */
  recall(id: string): string | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    if (this.#clock.wallTime() < known.expiresAt) return known.keyName;
    this.#known.delete(id);
    return undefined;
  }

  /** Checks a token's signature, issuer, audience and times, and remembers it where it is valid. @param id The token's digest. */
  async verify(token: string, id: string): Promise<TokenVerdict> {
    const { issuer, audience, algorithms } = this.#settings;
    try {
      const { payload } = await jwtVerify(token, this.#getKey, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        currentDate: new Date(this.#clock.wallTime()),
        clockTolerance: clockToleranceSeconds,
        // A token without an end would be a key for ever.
        requiredClaims: ["exp"],
      });
      const keyName = this.#keyOf(payload);
      if (keyName === undefined) return { kind: "unmapped" };
      this.#remember(id, keyName, (payload.exp ?? 0) * 1_000);
      return { kind: "key", keyName };
    } catch (error) {
      return verdictOf(error);
    }
  }

  #keyOf(payload: JWTPayload): string | undefined {
    const { claim, keys, defaultKey } = this.#settings;
    for (const value of valuesOf(payload, claim)) {
      const name = keys.get(value);
      if (name !== undefined) return name;
    }
    return defaultKey;
  }

  #remember(id: string, keyName: string, expiresAt: number): void {
    this.#known.set(id, { keyName, expiresAt });
    if (this.#known.size <= mostRemembered) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

/** The values of a claim. It is found by its whole name, which may hold dots as URLs do, or else by its path. A list is several values. */
function valuesOf(payload: JWTPayload, claim: string): readonly string[] {
  let value: unknown = payload[claim];
  if (value === undefined) {
    value = payload;
    for (const step of claim.split(".")) {
      value = typeof value === "object" && value !== null && Object.hasOwn(value, step) ? (value as JWTPayload)[step] : undefined;
    }
  }
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === "string" || typeof one === "number").map(String);
}

function verdictOf(error: unknown): TokenVerdict {
  if (error instanceof KeysUnavailable) return { kind: "unavailable", detail: nameOf(error.cause) };
  if (error instanceof errors.JWTClaimValidationFailed) return { kind: "bad", detail: `${error.code} ${error.claim}` };
  return { kind: "bad", detail: nameOf(error) };
}

function nameOf(error: unknown): string {
  if (error instanceof errors.JOSEError) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
