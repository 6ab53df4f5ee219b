import { createHash, hash, timingSafeEqual } from "node:crypto";
import { RouterError } from "../core/errors.ts";
import type { CertificateSettings } from "../core/keys/certificate-settings.ts";
import type { ClientIdentity } from "../inbound/client-identity.ts";
import type { AuthThrottle } from "./auth-throttle.ts";
import type { Caller } from "./caller.ts";
import { keyHeaders, readShownKey, type Credentials } from "./credentials.ts";
import { keyOfIdentity } from "./key-of-identity.ts";
import { JwtVerifier, type TokenVerdict } from "./jwt-verifier.ts";
import type { KeyRefusal, RefusalReason } from "./key-refusal.ts";
import type { KeyFound, KeyRing } from "./key-ring.ts";

/** What an authenticator goes by, which a reload may change. */
interface AuthenticatorSettings {
  /** `general_settings.master_key`. Undefined where none is set. */
  readonly masterKey: string | undefined;
  /** Checks the tokens of an identity provider. Omit it to take none. */
  readonly jwt?: JwtVerifier | undefined;
  /** Which keys clients' certificates stand for. Omit it to take none. */
  readonly certificates?: CertificateSettings | undefined;
  /** One more header that holds keys, in lower case: `general_settings.litellm_key_header_name`. */
  readonly keyHeader?: string | undefined;
}

/** The keys that are accepted. */
export interface AuthenticatorOptions extends AuthenticatorSettings {
  readonly keyRing: KeyRing;
  /** Slows down callers that guess keys. */
  readonly throttle: AuthThrottle;
  /** Called for each caller that is not let in. Must be quick, and must not throw. */
  readonly onRefused?: ((refusal: KeyRefusal) => void) | undefined;
}

const ascii = /^[\x20-\x7e]*$/;

/** Why what one header shows lets nobody in. */
interface HeaderRefusal {
  readonly reason: RefusalReason;
  readonly error: RouterError;
  /** Its digest. Undefined where it is no guess. */
  readonly guess: string | undefined;
  readonly keyName?: string | undefined;
  readonly detail?: string | undefined;
}

type Checked = { readonly caller: Caller } | HeaderRefusal;

/**
 * Decides who may call: the holder of the master key, the holders of callers' keys, and those of tokens that stand for a key. Where nothing
 * of this is configured, everyone may. A key that is not valid is checked by the same steps and gets the same answer, whether it is unknown,
 * revoked, expired or rotated out.
 */
export class Authenticator {
  readonly #keyRing: KeyRing;
  readonly #throttle: AuthThrottle;
  readonly #onRefused: ((refusal: KeyRefusal) => void) | undefined;
  #master: Buffer | undefined;
  #jwt: JwtVerifier | undefined;
  #certificates: CertificateSettings | undefined;
  /** The headers that may hold a key, in the order in which they count. */
  #headers: readonly string[] = [];

  constructor(options: AuthenticatorOptions) {
    this.#keyRing = options.keyRing;
    this.#throttle = options.throttle;
    this.#onRefused = options.onRefused;
    this.configure(options);
  }

  /** Replaces the master key, the verifier, the certificates' keys and the header, from the next request on. Callers' keys are replaced in the ring. */
  configure({ masterKey, jwt, certificates, keyHeader }: AuthenticatorSettings): void {
    this.#master = masterKey === undefined ? undefined : createHash("sha256").update(masterKey).digest();
    this.#jwt = jwt;
    this.#certificates = certificates;
    this.#headers = [...new Set(["authorization", ...(keyHeader === undefined ? [] : [keyHeader]), ...keyHeaders])];
  }

  /** Whether callers need a key at all. */
  get required(): boolean {
    return this.#master !== undefined || this.#jwt !== undefined || this.#certificates !== undefined || this.#keyRing.size > 0;
  }

  /**
   * Who a caller is, or why it is not let in. The answer is synchronous but for tokens that were not seen before. The first header that shows
   * a valid key counts: clients send placeholders, or another service's credentials, in the others. Where none does, the client's certificate
   * counts.
   */
  authenticate(credentials: Credentials): Caller | RouterError | Promise<Caller | RouterError> {
    return this.required ? this.#lookFrom(0, credentials, []) : { kind: "anyone" };
  }

  /** @param refusals Of the headers before. Is added to. */
  #lookFrom(start: number, credentials: Credentials, refusals: HeaderRefusal[]): Caller | RouterError | Promise<Caller | RouterError> {
    for (let at = start; at < this.#headers.length; at++) {
      const name = this.#headers[at] ?? "";
      const value = credentials.header(name);
      if (value === undefined) continue;
      const checked = this.#check(credentials.address, name, value);
      if (checked instanceof Promise) {
        return checked.then((one) => {
          if ("caller" in one) return one.caller;
          refusals.push(one);
          return this.#lookFrom(at + 1, credentials, refusals);
        });
      }
      if ("caller" in checked) return checked.caller;
      refusals.push(checked);
    }
    const certified = this.#checkCertificate(credentials.identity);
    if (certified !== undefined && "caller" in certified) return certified.caller;
    return this.#refuse(credentials, certified === undefined ? refusals : [...refusals, certified]);
  }

  /** @returns Undefined where no certificate was shown, or none is taken. */
  #checkCertificate(identity: ClientIdentity | undefined): Checked | undefined {
    if (identity === undefined || this.#certificates === undefined) return undefined;
    const name = keyOfIdentity(identity, this.#certificates);
    const found = name === undefined ? undefined : this.#keyRing.named(name);
    if (found?.kind === "valid") return { caller: { kind: "key", key: found.key } };
    const error = new RouterError("unauthenticated", "No valid key belongs to the client's certificate.");
    return { reason: found?.reason ?? "unmapped_certificate", error, guess: undefined, keyName: found?.keyName };
  }

  #check(address: string, header: string, value: string): Checked | Promise<Checked> {
    const shown = readShownKey(header, value);
    if (shown.kind === "missing") return { reason: "missing", error: new RouterError("unauthenticated", shown.message), guess: undefined };
    const text = shown.kind === "key" ? shown.text : "";
    // Headers arrive as one character for each byte, which differs from UTF-8 beyond ASCII.
    const id = hash("sha256", ascii.test(text) ? text : Buffer.from(text, "latin1"), "hex");
    const digest = Buffer.from(id, "hex");
    const waitMs = this.#throttle.waitMs(address, id);
    if (waitMs > 0) return tooMany(waitMs);
    if (shown.kind === "malformed") {
      return { reason: "malformed", error: new RouterError("unauthenticated", shown.message), guess: id };
    }
    const isMaster = timingSafeEqual(digest, this.#master ?? noDigest) && this.#master !== undefined;
    const found = this.#keyRing.find(digest, id);
    const place = { address, header, id };
    if (isMaster) {
      this.#throttle.succeeded(address, id);
      return { caller: { kind: "admin" } };
    }
    const jwt = this.#jwt;
    if (found.kind === "valid" || jwt === undefined || !JwtVerifier.looksLikeToken(text)) return this.#judge(place, found);
    const known = jwt.recall(id);
    if (known !== undefined) return this.#judge(place, this.#keyRing.named(known));
    return jwt.verify(text, id).then((verdict) => this.#judgeToken(place, verdict));
  }

  #judge(place: Place, found: KeyFound): Checked {
    if (found.kind === "refused") return notValid(place, found.reason, found.keyName);
    this.#throttle.succeeded(place.address, place.id);
    return { caller: { kind: "key", key: found.key } };
  }

  #judgeToken(place: Place, verdict: TokenVerdict): Checked {
    switch (verdict.kind) {
      case "key":
        return this.#judge(place, this.#keyRing.named(verdict.keyName));
      case "unmapped":
        return notValid(place, "unmapped_token", undefined);
      case "bad":
        return notValid(place, "bad_token", undefined, verdict.detail);
      case "unavailable": {
        const message = "The keys that tokens are checked with cannot be fetched now. Try again shortly.";
        const error = new RouterError("upstream_unreachable", message);
        return { reason: "keys_unavailable", error, guess: undefined, detail: verdict.detail };
      }
      default:
        return verdict satisfies never;
    }
  }

  /** Each key that is not valid is a guess, however many headers hold it. The caller is told of one header. */
  #refuse({ inboundProtocol, address }: Credentials, refusals: readonly HeaderRefusal[]): RouterError {
    const told = refusals.toSorted((one, other) => rank(one) - rank(other))[0] ?? nothingShown();
    for (const guess of new Set(refusals.map((one) => one.guess))) if (guess !== undefined) this.#throttle.failed(address);
    this.#onRefused?.({ inboundProtocol, address, reason: told.reason, keyName: told.keyName, detail: told.detail });
    return told.error;
  }
}

/** Where a key was shown. */
interface Place {
  readonly address: string;
  readonly header: string;
  /** The key's digest. */
  readonly id: string;
}

/** No key has this digest. */
const noDigest = Buffer.alloc(32);

/** A key that may be valid later is told before those that are not, and an empty header last. */
function rank({ reason }: HeaderRefusal): number {
  return reason === "keys_unavailable" ? 0 : reason === "missing" ? 2 : 1;
}

function notValid({ header, id }: Place, reason: RefusalReason, keyName: string | undefined, detail?: string): HeaderRefusal {
  const error = new RouterError("unauthenticated", `The key in the header "${header}" is not valid here.`);
  return { reason, error, guess: id, keyName, detail };
}

function tooMany(retryAfterMs: number): HeaderRefusal {
  const seconds = Math.ceil(retryAfterMs / 1_000);
  const message = `Too many keys that are not valid have come from this address. Try again in ${seconds} s.`;
  return { reason: "too_many_attempts", error: new RouterError("too_many_attempts", message, { retryAfterMs }), guess: undefined };
}

function nothingShown(): HeaderRefusal {
  const message = 'A key is needed. Send it as the header "authorization: Bearer KEY", "api-key: KEY" or "x-api-key: KEY".';
  return { reason: "missing", error: new RouterError("unauthenticated", message), guess: undefined };
}
