import { cutText } from "../lib/cut-text.ts";
import { type ContentCoding, contentCodingOf, contentCodings, splitCodings } from "../lib/unpacker.ts";

/** What a 415 for a content coding tells of those that are taken: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16 */
export const takenCodings = contentCodings.join(", ");

/** Longer than any honest header. */
const longestQuote = 80;

/**
 * Reads how a request's body is packed.
 * @param header Its `content-encoding`.
 * @returns The coding; undefined for a plain body; what is wrong, for a 415.
 */
export function readBodyCoding(header: string | undefined): ContentCoding | undefined | { readonly refused: string } {
  if (header === undefined) return undefined;
  const names = splitCodings(header);
  const [name = ""] = names;
  if (names.length === 0) return undefined;
  const quoted = JSON.stringify(cutText(header, longestQuote));
  if (names.length > 1)
    return { refused: `The request body has several content codings (${quoted}): use one of ${takenCodings}, or none.` };
  return (
    contentCodingOf(name) ?? {
      refused: `Request bodies with content-encoding ${quoted} are not supported: use one of ${takenCodings}, or none.`,
    }
  );
}
