import { createHash, randomBytes } from "node:crypto";

/** 256 bits: beyond guessing, whatever is done to the digests. */
const secretBytes = 32;

/** A new secret for a caller's key, recognisable by its prefix wherever it turns up. */
export function newSecret(): string {
  return `sk-hg-${randomBytes(secretBytes).toString("base64url")}`;
}

/** SHA-256 of a text, in hexadecimal. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
