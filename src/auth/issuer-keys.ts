import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import type { JwksSource } from "../core/keys/jwt-settings.ts";
import type { Clock } from "../lib/clock.ts";

/** How long the issuer may take to send its public keys, while a caller waits. */
const fetchTimeoutMs = 5_000;
/** How old fetched keys become before they are fetched again. */
const refreshMs = 600_000;
/** How long the issuer is left alone after it could not be reached, while its keys of before count. */
const pauseMs = 30_000;
/** How long keys count that cannot be fetched again: an issuer's bad night closes no door, and a key that it withdrew is no key for ever. */
const longestStaleMs = 86_400_000;

/** The issuer's keys could not be fetched, so that nothing can be said of a token. Its cause is what went wrong. */
export class KeysUnavailable extends Error {
  constructor(cause: unknown) {
    super("the issuer's keys could not be had", { cause });
  }
}

/** Finds the key that a token is signed with, among the issuer's public ones. What it makes throws {@link KeysUnavailable}, or what is wrong with the token. */
export function issuerKeys(source: JwksSource, clock: Clock): JWTVerifyGetKey {
  if (source.kind === "keys") return createLocalJWKSet({ keys: source.keys } as unknown as JSONWebKeySet);
  const keys = new FetchedKeys(new URL(source.url), clock);
  return (header, token) => keys.find(header, token);
}

/** Keys that are fetched when a token needs them, and kept. */
class FetchedKeys {
  readonly #clock: Clock;
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  /** When they were fetched last. Undefined before the first time. */
  #fetchedAt: number | undefined;
  /** Why they could not be fetched the last time. Undefined when they could. */
  #failure: unknown;
  /** Until when they are not asked for again. */
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(url: URL, clock: Clock) {
    this.#clock = clock;
    // When to fetch again is decided here.
    this.#remote = createRemoteJWKSet(url, { timeoutDuration: fetchTimeoutMs, cacheMaxAge: Infinity });
  }

  async find(...[header, token]: Parameters<JWTVerifyGetKey>): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    const now = this.#clock.now();
    const isOld = this.#fetchedAt === undefined || now - this.#fetchedAt >= refreshMs;
    if (isOld && now >= this.#pausedUntil) await this.#fetch(now);
    if (this.#fetchedAt === undefined || now - this.#fetchedAt >= longestStaleMs) throw new KeysUnavailable(this.#failure);
    try {
      return await this.#remote(header, token);
    } catch (error) {
      // A key that is not among those of before may be new.
      if (this.#failure !== undefined) throw new KeysUnavailable(this.#failure);
      throw isTokensFault(error) ? error : new KeysUnavailable(error);
    }
  }

  async #fetch(now: number): Promise<void> {
    try {
      await this.#remote.reload();
      this.#fetchedAt = now;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      if (this.#fetchedAt !== undefined) this.#pausedUntil = now + pauseMs;
    }
  }
}

/** Whether the issuer's keys were there, and the token fits none of them. */
function isTokensFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
