import { AuthThrottle, type AuthThrottleMemory } from "../auth/auth-throttle.ts";
import { Authenticator } from "../auth/authenticator.ts";
import { JwtVerifier } from "../auth/jwt-verifier.ts";
import type { LoadedConfig } from "../config/load/load-config.ts";
import type { Clock } from "../lib/clock.ts";
import type { EventLog } from "../telemetry/log/event-log.ts";
import type { Routing } from "./routing.ts";

interface AuthenticatorParts {
  readonly routing: Pick<Routing, "inForce" | "keyRing">;
  readonly clock: Clock;
  /** Undefined when nothing is logged. */
  readonly events: EventLog | undefined;
  /** What all threads remember of keys that were shown. Undefined when there are no others. */
  readonly attempts: AuthThrottleMemory | undefined;
}

/** Makes what tells callers by their keys. It follows the configuration in force. */
export function composeAuthenticator({ routing, clock, events, attempts }: AuthenticatorParts): Authenticator {
  const { inForce, keyRing } = routing;
  const { config } = inForce;
  const authenticator = new Authenticator({
    masterKey: config.masterKey,
    keyRing,
    jwt: verifierOf(config, clock),
    certificates: config.certificates,
    keyHeader: config.keyHeader,
    throttle: new AuthThrottle({ clock, burst: config.maxFailedAttempts, memory: attempts }),
    onRefused: (refusal) => events?.keyRefused(refusal),
  });
  inForce.follow({
    adopt({ config: next }) {
      if (next === undefined) return;
      const { masterKey, certificates, keyHeader } = next;
      authenticator.configure({ masterKey, jwt: verifierOf(next, clock), certificates, keyHeader });
    },
  });
  return authenticator;
}

/** Undefined where no tokens are taken. */
function verifierOf({ jwt }: LoadedConfig, clock: Clock): JwtVerifier | undefined {
  return jwt === undefined ? undefined : new JwtVerifier(jwt, clock);
}
