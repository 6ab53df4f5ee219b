import type { KeyRecord } from "../../src/core/key-record.ts";
import { AuthThrottle } from "../../src/auth/auth-throttle.ts";
import { Authenticator, type AuthenticatorOptions } from "../../src/auth/authenticator.ts";
import { KeyRing } from "../../src/auth/key-ring.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { sha256 } from "../../src/lib/secret.ts";

/** An authenticator as the program has it, with any number of attempts unless a test says otherwise. */
export function authenticatorOf(
  masterKey: string | undefined,
  options: Partial<AuthenticatorOptions> & {
    readonly records?: readonly KeyRecord[];
    readonly clock?: Clock;
    readonly burst?: number;
  } = {},
): Authenticator {
  const { records = [], clock = systemClock, burst = 0, ...rest } = options;
  const keyRing = new KeyRing(clock);
  keyRing.replace(records);
  return new Authenticator({ masterKey, keyRing, throttle: new AuthThrottle({ clock, burst }), ...rest });
}

/** A record without limits, of a key with this secret. */
export function keyRecord(name: string, secret: string, over: Partial<KeyRecord> = {}): KeyRecord {
  return {
    name,
    sha256: sha256(secret),
    previous: undefined,
    models: [],
    rpm: undefined,
    tpm: undefined,
    maxParallelRequests: undefined,
    maxBudget: undefined,
    budgetDuration: undefined,
    tags: [],
    priority: undefined,
    expiresAt: undefined,
    metadata: {},
    revoked: false,
    origin: "config",
    createdAt: undefined,
    ...over,
  };
}
