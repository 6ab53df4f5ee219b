import type { PiecedBytes } from "../../../lib/pieced-bytes.ts";

/** One part of a form, by where it stands. Nothing of it is decoded. */
export interface FormPart {
  readonly name: string;
  /** Whether it is a file: it has a file's name. */
  readonly isFile: boolean;
  /** Where the boundary before it begins. */
  readonly boundaryAt: number;
  readonly contentStart: number;
  readonly contentEnd: number;
  /** How its content is encoded, in lower case. Undefined for as it stands. */
  readonly encoding: string | undefined;
}

/** Far more than any API's form has. */
const mostParts = 1_000;
/** Of one part's headers together. A file's name may be long. */
const mostHeadBytes = 8_192;
const longestPadding = 64;

const headEnd = "\r\n\r\n";
const [carriageReturn, lineFeed] = [0x0d, 0x0a];

/**
 * Finds the parts of a form (`multipart/form-data`, https://www.rfc-editor.org/rfc/rfc7578). It takes what clients write and no more: where
 * two readers might see different parts in the same bytes, the one here and the provider's, there is a fault.
 * @returns The parts in their order, or what is wrong, as the end of a sentence.
 */
export function scanForm(body: PiecedBytes, boundary: string): readonly FormPart[] | string {
  const mark = Buffer.from(`--${boundary}`, "latin1");
  const parts: FormPart[] = [];
  let markAt = body.indexOf(mark, 0);
  if (markAt === -1) return "has no part: its boundary is not in it";
  if (markAt > 0 && !(markAt === 2 && isLineEnd(body, 0))) return "has something before its first part";
  for (;;) {
    const behind = markAt + mark.length;
    const next = body.slice(behind, behind + 2).toString("latin1");
    if (next === "--") return isBlank(body, behind + 2) ? parts : "has something behind its last part";
    if (next !== "\r\n") return "has its boundary as a part of something longer";
    if (parts.length === mostParts) return `has more than ${mostParts} parts`;
    const start = behind + 2;
    const window = body.slice(start, start + mostHeadBytes + headEnd.length).toString("latin1");
    const end = window.indexOf(headEnd);
    if (end === -1) return `has a part whose headers do not end, or are larger than ${mostHeadBytes} bytes`;
    const contentStart = start + end + headEnd.length;
    const following = body.indexOf(mark, start);
    if (following === -1) return "is cut short: there is no boundary at its end";
    const contentEnd = following - 2;
    if (contentEnd < contentStart || !isLineEnd(body, contentEnd)) return "has its boundary in the middle of a part";
    const head = readHead(window.slice(0, end));
    if (typeof head === "string") return head;
    parts.push({ ...head, boundaryAt: markAt, contentStart, contentEnd });
    markAt = following;
  }
}

function isLineEnd(body: PiecedBytes, at: number): boolean {
  const [first, second] = body.slice(at, at + 2);
  return first === carriageReturn && second === lineFeed;
}

function isBlank(body: PiecedBytes, from: number): boolean {
  return body.length - from <= longestPadding && body.slice(from, body.length).toString("latin1").trim() === "";
}

type PartHead = Pick<FormPart, "name" | "isFile" | "encoding">;

const header = /^([\w-]+):[ \t]*(.*)$/;
/** Values in quotes hold no quote and no backslash before one: readers differ in what these mean. */
const disposition = /^form-data((?:[ \t]*;[ \t]*[\w*-]+=(?:"[^"]*"|[^\s";]+))*)[ \t]*;?[ \t]*$/i;
const parameter = /;[ \t]*([\w*-]+)=(?:"([^"]*)"|([^\s";]+))/g;

function readHead(text: string): PartHead | string {
  let name: string | undefined;
  let isFile = false;
  let encoding: string | undefined;
  for (const line of text.split("\r\n")) {
    const [, key = "", value = ""] = header.exec(line) ?? [];
    if (key === "" || /[\r\n\0]/.test(line)) return "has a part with a header that is not well formed";
    if (/^content-transfer-encoding$/i.test(key)) encoding = value.trim().toLowerCase();
    if (!/^content-disposition$/i.test(key)) continue;
    const [, parameters] = disposition.exec(value) ?? [];
    if (name !== undefined || parameters === undefined || parameters.includes('\\"')) return badDisposition;
    for (const [, written = "", quoted, plain] of parameters.matchAll(parameter)) {
      const lower = written.toLowerCase();
      if (lower === "name*" || (lower === "name" && name !== undefined)) return badDisposition;
      if (lower === "name") name = quoted ?? plain ?? "";
      if (lower === "filename" || lower === "filename*") isFile = true;
    }
  }
  if (name === undefined || name.includes("\\")) return badDisposition;
  return { name, isFile, encoding };
}

const badDisposition = 'has a part without a plain `content-disposition: form-data; name="…"`';
