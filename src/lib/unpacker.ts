import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress, constants } from "node:zlib";

/** The content codings that are understood: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1 and RFC 8878. */
export const contentCodings = ["gzip", "deflate", "br", "zstd"] as const;

export type ContentCoding = (typeof contentCodings)[number];

/** Undoes a content coding. `bytesWritten` counts the packed bytes that it has used. */
export type Unpacker = Transform & { readonly bytesWritten: number };

/** The largest window that zstd may ask for as a content coding, as a power of two: https://www.rfc-editor.org/rfc/rfc9659 */
const mostZstdWindowLog = 23;

/** Splits a header `content-encoding` into its codings, in the order in which they were applied, without `identity`. */
export function splitCodings(header: string): readonly string[] {
  return header
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity");
}

/** The coding of a name in lower case. Undefined where it is none that is understood. */
export function contentCodingOf(name: string): ContentCoding | undefined {
  return name === "x-gzip" ? "gzip" : contentCodings.find((coding) => coding === name);
}

/**
 * Makes what undoes a coding, piece by piece. What can be unpacked is handed on at once, so that the events of a stream do not wait for the
 * next ones.
 * @param firstBytes Of the packed body.
 */
export function openUnpacker(coding: ContentCoding, firstBytes: Buffer | undefined): Unpacker {
  switch (coding) {
    case "br":
      return createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH });
    case "zstd":
      return createZstdDecompress({ flush: constants.ZSTD_e_flush, params: { [constants.ZSTD_d_windowLogMax]: mostZstdWindowLog } });
    case "deflate":
      return isZlib(firstBytes) ? createInflate({ flush: constants.Z_SYNC_FLUSH }) : createInflateRaw({ flush: constants.Z_SYNC_FLUSH });
    case "gzip":
      return createGunzip({ flush: constants.Z_SYNC_FLUSH });
    default:
      return coding satisfies never;
  }
}

/** "deflate" means the format of zlib, but some send it without its head: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2 */
function isZlib(bytes: Buffer | undefined): boolean {
  const [first = 0x78, second = 0x9c] = bytes ?? [];
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
