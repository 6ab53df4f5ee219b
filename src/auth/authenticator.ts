import { createHash, hash, timingSafeEqual } from "node:crypto";
import { RouterError } from "../core/errors.ts";
import type { AuthThrottle } from "./auth-throttle.ts";
import type { Caller } from "./caller.ts";
import type { Credentials } from "./credentials.ts";
import { JwtVerifier, type TokenVerdict } from "./jwt-verifier.ts";
import type { KeyRefusal, RefusalReason } from "./key-refusal.ts";
import type { KeyFound, KeyRing } from "./key-ring.ts";

/** The keys that are accepted. */
export interface AuthenticatorOptions {
  /** `general_settings.master_key`. Undefined where none is set. */
  readonly masterKey: string | undefined;
  readonly keyRing: KeyRing;
  /** Checks the tokens of an identity provider. Omit it to take none. */
  readonly jwt?: JwtVerifier | undefined;
  /** Slows down callers that guess keys. */
  readonly throttle: AuthThrottle;
  /** Called for each caller that is not let in. Must be quick, and must not throw. */
  readonly onRefused?: ((refusal: KeyRefusal) => void) | undefined;
}

/** Longer than any key, and longer than any token that an identity provider should issue. */
const longestKeyBytes = 8_192;

/** A caller that sends one of these schemes does not mean a key. Any other word before a space may be a piece of a secret. */
const otherSchemes = /^(basic|digest|negotiate|ntlm|apikey|token|hawk|dpop|aws4-hmac-sha256)\b/i;

const ascii = /^[\x20-\x7e]*$/;
const plainBearer = /^Bearer [^\s]/;

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

  constructor(options: AuthenticatorOptions) {
    this.#keyRing = options.keyRing;
    this.#throttle = options.throttle;
    this.#onRefused = options.onRefused;
    this.configure({ masterKey: options.masterKey, jwt: options.jwt });
  }

  /** Replaces the master key and the verifier, from the next request on. Callers' keys are replaced in the ring. */
  configure({ masterKey, jwt }: { readonly masterKey: string | undefined; readonly jwt: JwtVerifier | undefined }): void {
    this.#master = masterKey === undefined ? undefined : createHash("sha256").update(masterKey).digest();
    this.#jwt = jwt;
  }

  /** Whether callers need a key at all. */
  get required(): boolean {
    return this.#master !== undefined || this.#jwt !== undefined || this.#keyRing.size > 0;
  }

  /**
   * Who a caller is, or why it is not let in. The answer is synchronous but for tokens that were not seen before. The `authorization` header
   * wins over the others.
   */
  authenticate(credentials: Credentials): Caller | RouterError | Promise<Caller | RouterError> {
    if (!this.required) return { kind: "anyone" };
    const shown = shownKey(credentials);
    if (shown.kind === "missing") {
      this.#tell(credentials, "missing");
      return new RouterError("unauthenticated", shown.message);
    }
    const text = shown.kind === "key" ? shown.text : "";
    // Headers arrive as one character for each byte, which differs from UTF-8 beyond ASCII.
    const id = hash("sha256", ascii.test(text) ? text : Buffer.from(text, "latin1"), "hex");
    const digest = Buffer.from(id, "hex");
    const waitMs = this.#throttle.waitMs(credentials.address, id);
    if (waitMs > 0) return this.#tooMany(credentials, waitMs);
    if (shown.kind === "malformed") {
      this.#throttle.failed(credentials.address);
      this.#tell(credentials, "malformed");
      return new RouterError("unauthenticated", shown.message);
    }
    const isMaster = timingSafeEqual(digest, this.#master ?? noDigest) && this.#master !== undefined;
    const found = this.#keyRing.find(digest, id);
    if (isMaster) {
      this.#throttle.succeeded(credentials.address, id);
      return { kind: "admin" };
    }
    const jwt = this.#jwt;
    if (found.kind === "valid" || jwt === undefined || !JwtVerifier.looksLikeToken(text)) return this.#judge(credentials, id, found);
    const known = jwt.recall(id);
    if (known !== undefined) return this.#judge(credentials, id, this.#keyRing.named(known));
    return jwt.verify(text, id).then((verdict) => this.#judgeToken(credentials, id, verdict));
  }

  #judge(credentials: Credentials, id: string, found: KeyFound): Caller | RouterError {
    if (found.kind === "refused") return this.#notValid(credentials, found.reason, found.keyName);
    this.#throttle.succeeded(credentials.address, id);
    return { kind: "key", key: found.key };
  }

  #judgeToken(credentials: Credentials, id: string, verdict: TokenVerdict): Caller | RouterError {
    switch (verdict.kind) {
      case "key":
        return this.#judge(credentials, id, this.#keyRing.named(verdict.keyName));
      case "unmapped":
        return this.#notValid(credentials, "unmapped_token", undefined);
      case "bad":
        return this.#notValid(credentials, "bad_token", undefined, verdict.detail);
      case "unavailable":
        this.#tell(credentials, "keys_unavailable", undefined, verdict.detail);
        return new RouterError("upstream_unreachable", "The keys that tokens are checked with cannot be fetched now. Try again shortly.");
      default:
        return verdict satisfies never;
    }
  }

  #notValid(credentials: Credentials, reason: RefusalReason, keyName: string | undefined, detail?: string): RouterError {
    this.#throttle.failed(credentials.address);
    this.#tell(credentials, reason, keyName, detail);
    return new RouterError("unauthenticated", `The key in the header "${headerOf(credentials)}" is not valid here.`);
  }

  #tooMany(credentials: Credentials, retryAfterMs: number): RouterError {
    this.#tell(credentials, "too_many_attempts");
    const seconds = Math.ceil(retryAfterMs / 1_000);
    const message = `Too many keys that are not valid have come from this address. Try again in ${seconds} s.`;
    return new RouterError("too_many_attempts", message, { retryAfterMs });
  }

  #tell({ inboundProtocol, address }: Credentials, reason: RefusalReason, keyName?: string, detail?: string): void {
    this.#onRefused?.({ inboundProtocol, address, reason, keyName, detail });
  }
}

/** No key has this digest. */
const noDigest = Buffer.alloc(32);

type Shown =
  | { readonly kind: "missing"; readonly message: string }
  /** It cannot be a key. */
  | { readonly kind: "malformed"; readonly message: string }
  | { readonly kind: "key"; readonly text: string };

function shownKey(credentials: Credentials): Shown {
  const { authorization, apiKey } = credentials;
  const header = headerOf(credentials);
  if (authorization === undefined && apiKey === undefined) {
    return {
      kind: "missing",
      message: 'A key is needed. Send it as the header "authorization: Bearer KEY", "api-key: KEY" or "x-api-key: KEY".',
    };
  }
  // Nearly all clients send this.
  if (authorization !== undefined && authorization.length <= longestKeyBytes && plainBearer.test(authorization))
    return { kind: "key", text: authorization.slice("Bearer ".length) };
  const text = authorization === undefined ? (apiKey ?? "") : authorization.replace(/^Bearer(?: +|$)/i, "");
  if (text.trim() === "") return { kind: "missing", message: `The header "${header}" holds no key${advice(header)}.` };
  if (text.length > longestKeyBytes) {
    return { kind: "malformed", message: `What the header "${header}" holds is no key: it has over ${longestKeyBytes} bytes.` };
  }
  const scheme = authorization === undefined || text !== authorization ? undefined : otherSchemes.exec(authorization)?.[1];
  if (scheme !== undefined && authorization?.includes(" ") === true) {
    return {
      kind: "malformed",
      message: `The header "authorization" is of the scheme ${scheme}, which is not taken here${advice(header)}.`,
    };
  }
  return { kind: "key", text };
}

function advice(header: string): string {
  return header === "authorization" ? ': send "authorization: Bearer KEY"' : "";
}

function headerOf({ authorization, apiKeyHeader }: Credentials): string {
  return authorization === undefined ? apiKeyHeader : "authorization";
}
