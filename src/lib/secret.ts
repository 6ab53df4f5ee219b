import { createHash, randomBytes } from "node:crypto";

/** 256 bits: beyond guessing, even for one who knows the digests. */
const secretBytes = 32;

/** Makes a secret for a caller's key, with a prefix by which it can be recognised anywhere. */
export function newSecret(): string {
  return `sk-hg-${randomBytes(secretBytes).toString("base64url")}`;
}

/** Makes a secret that stays inside this program. */
export function newInnerSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** SHA-256 of a text, in hexadecimal. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
