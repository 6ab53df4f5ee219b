import { createHash, timingSafeEqual } from "node:crypto";

/** Who may use the doors: for now the holder of one master key, or everybody when none is configured. */
export class Authenticator {
  #digest: Buffer | undefined;

  /** @param masterKey `general_settings.master_key`; undefined: open to everybody. */
  constructor(masterKey: string | undefined) {
    this.#digest = masterKey === undefined ? undefined : digest(masterKey);
  }

  /** From the next request on, this is the key. */
  replaceMasterKey(masterKey: string | undefined): void {
    this.#digest = masterKey === undefined ? undefined : digest(masterKey);
  }

  /** Whether a key is asked for at all. */
  get required(): boolean {
    return this.#digest !== undefined;
  }

  /**
   * Whether a request may pass. Takes the same time wherever the key differs: digests are compared, not texts.
   * @param authorization The `authorization` header: `Bearer KEY`, or the key alone.
   * @param apiKey The `api-key` or `x-api-key` header, as Azure's and others' clients send it.
   */
  allows(authorization: string | undefined, apiKey: string | undefined): boolean {
    if (this.#digest === undefined) return true;
    const presented = authorization === undefined ? apiKey : authorization.replace(/^Bearer +/i, "");
    if (presented === undefined) return false;
    return timingSafeEqual(digest(presented), this.#digest);
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
