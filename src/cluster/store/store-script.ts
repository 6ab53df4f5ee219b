import { createHash } from "node:crypto";

/** A program that the store runs in one step. */
export interface StoreScript {
  readonly text: string;
  /** What the store knows it by, once it has seen it: SHA-1 of the text, in hexadecimal digits. */
  readonly digest: string;
}

/** Makes a script of its text. */
export function storeScript(text: string): StoreScript {
  return { text, digest: createHash("sha1").update(text).digest("hex") };
}
