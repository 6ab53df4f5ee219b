/**
 * Checks JSON and finds the members of its outermost object by a few instructions of WebAssembly that look at sixteen bytes at once
 * (`text-scanner.wat`): JavaScript has none that look at more than one.
 */

/** How much of a text is copied into the module's memory at a time. */
const windowBytes = 65_536;
/** The walk through a window stops so far before its end, unless the text ends there: no token is looked at beyond it. */
const marginBytes = 64;

/** What `text-scanner.wat` assembles to. */
export const scannerModule =
  "AGFzbQEAAAABKQdgA39/fwBgBH9/f38Bf2AAAX9gAX8Bf2ABfwBgAn9/AX9gA39/fwF/AxIRAAECAwMCAwMEBAMDBQUGAwMFAwEABAZCDX8BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEAC38BQQALBywGAW0CAAVyZXNldAAABHdhbGsAAQVjb3VudAACBWxpbmVzAA8FdW5pdHMAEArOEREeACAAJAQgASQFIAIkAkEAJABBACQBQQAkA0EAJAYLSAAgASQJIAIkCiADJAtBACQMAkAjBgRAIwZBBEYEfyAAIwcjCBAOBSAAIwYQDAshACMMIwZyDQELIAAQAyEACyAAQQR0IwxyCwQAIwML7QQCAn8BewNAIAAjCk8EQCMLBEBBASMAQQJqIwBBCUYbJAwLIAAPCyAALQAALQCAiAQhASABQQJGBEAjAEEOcUEERgRAIAAQBgRAIAAPCwUgABAHBEAgAA8LCyAAQQFqQQBBABAOIQAjDCMGckUNASAADwsgAUEHRgRAIwBBA0YEQEECJAAFIwBBCEYQBARAIAAPC0EFJAALIABBAWohAAwBCyABQQhGBEAjAEEGRhAEBEAgAA8LQQckACAAQQFqIQAMAQsgAUEBRgRAIABBAWohACAALQAAQSBLDQEDQCAAIwpPDQIgAP0AAAAhA0H//wMgA0Eg/Q/9IyADQQr9D/0j/VAgA0EN/Q/9IyADQQn9D/0j/VD9UP1kcyECIAJFBEAgAEEQaiEADAELCyAAIAJoaiEADAELIAFBCUYEQCAAEAcEQCAADwsgABALIQAjDCMGckUNASAADwsgAUEFRiABQQZGcgRAQQFBkAJBCiABQQVGGyMAdnEQBARAIAAPCyMBQQFrJAEjAS0AgIQEJAAgAEEBaiEAIwFBAUYEQCAAEAkLDAELIAFBA0YgAUEERnIEQCMAIAFBBEZyBEAgABAHBEAgAA8LCyMBIwJGBEBBDiQMIAAPCyMBQQhBAyMAQQNLG0EJIwAbOgCAhAQjAUEBaiQBQQRBASABQQNGGyQAIABBAWohAAwBCyABQQpGIAAoAABB9OTVqwZGcSABQQtGIAAoAAFB4djNqwZGcSABQQxGIAAoAABB7uqx4wZGcXJyIQIgAhAEBEAgAA8LIAAQBwRAIAAPCyAAQQQgAUELRmpqIQAgABAIDAALAAsSACAARQRAIwBBAmokDAsgAEULBwAjA0EEdAslACMBQQFGBEAjAyMERgRAQQ0kDAUQBSMJIABqNgKAoAQLCyMMCz0AQQFBhgEjAHZxEAQEQEEBDwsjBUUEQEEPJAxBAQ8LIwVBAWskBSMBQQFGBEAQBSMJIABqNgKIoAQLQQALGgBBCEEDIwBBA0sbJAAjAUEBRgRAIAAQCQsLFQAQBSMJIABqNgKMoAQjA0EBaiQDCw0AIAAtAABBMGtBCkkLPgEBfyAAIAAtAABBLUZqIQEgAS0AAEEwRgRAIAFBAWpBARANDwsgARAKRQRAQQQkDCAADwsgAUEBakEBEAwLWQEBfyAAEAoEQANAIAAjCk8jC0VxBEAgASQGIAAPC0H//wMgAP0AAABBMP0P/XFBCv0P/Sb9ZHMhAiACRQRAIABBEGohAAwBCwsgACACaGohAAsgACABEA0LhQEBAX9BACQGAkAgAUEBRiAALQAAQS5GcQRAIABBAWohAkECIQEFIAFBA0YgAC0AAEEgckHlAEdyDQEgAEEBaiECIAItAABBK0YgAi0AAEEtRnIEQCACQQFqIQILQQMhAQsgAhAKBEAgAiABEAwPC0EKQQUjAEEDSxskDCAADwsgABAIIAALngcDAXsKfwR7IwohDf0MIiIiIiIiIiIiIiIiIiIiIiEO/QxcXFxcXFxcXFxcXFxcXFxcIQ/9DB8fHx8fHx8fHx8fHx8fHx8hEEEAJAYCQANAIAUgASACcnJFBEADQCAA/QAAACEDIAMgEP0qIAMgDv0jIAMgD/0j/VD9UP1kIQkgCQRAIAAgCWhqIQAgAC0AAEEiRg0EIAAtAABB3ABGIAAtAAEtAICMBHEgCSAJaEECanZFIABBAmogDUlxcQR/IABBAmohAEEBBUEACw0BBSAAQRBqIQADQCAAIA1JBEAgAP0AAAAhAyADIBD9cyADIA79USADIA/9Uf13/XchESAA/QAAECEDIBEgAyAQ/XMgAyAO/VEgAyAP/VH9d/13/XchESAA/QAAICEDIBEgAyAQ/XMgAyAO/VEgAyAP/VH9d/13/XchESAA/QAAMCEDIBEgAyAQ/XMgAyAO/VEgAyAP/VH9d/13/XchESAR/QwAAAAAAAAAAAAAAAAAAAAA/SP9U0UEQCAAQcAAaiEADAILDAMLCwsLCyAAIA1PIwtFcQRAIAEkByACJAhBBCQGIAAPCyAA/QAAACEDIANBIv0P/SP9ZCEEIANB3AD9D/0j/WQhBSADQSD9D/0m/WQhBkEAIQdBACEIIAIhDCAFIAFyBEAgBSABQX9zcSEFIAVBAXQgAXIhByAFIAVBqtUCcSAHQX9zcWohCCAIQRB2IQEgCEEBdEHVqgFzIAdxQf//A3EhCCAIIANB9QD9D/0j/WRxIQsgC0EBdCALQQJ0ciELIAIgCyALQQJ0cnIhDAsgBCAIQX9zcSEEIARBAWsgBEF/c3FB//8DcSEJIAYgCXEhCiAIIAxyBEAgCiAIIAlx/QwAAA0ACAgEAAAAAAACAAQBIANBD/0P/U79Dv0MAAABAAACBAgAAAAAAAAAACADQQT9bf0O/U79DAAAAAAAAAAAAAAAAAAAAAD9I/1kcXIhCiAMBEAgCiAMIAkgBEEAIARrcXJxIANBMP0P/XFBCv0P/SYgA0Eg/Q/9UEHhAP0P/XFBBv0P/Sb9UP1kQX9zcXIhCgsLIAoEQEEMJAwgACAHQQFxayEAIAIEQCAAQQYgAmlrayEACyAADwsgBARAIAAgBGhqIQAMAgsgDEEQdiECIABBEGohAAwACwsgAEEBaiEAIwBBDnFBBEYEQEEGJAAjAUEBRgRAEAUjCSAAajYChKAECwUgABAICyAACzABAn8DQCABIABPBEAgAg8LIAIgAf0ABABBCv0P/SP9ZGlqIQIgAUEQaiEBDAALAAtBAQJ/A0AgASAATwRAIAIPCyACIAH9AAQAQUD9D/0r/WRpIAH9AAQAQfAB/Q/9LP1kaWpqIQIgAUEQaiEBDAALAAsLkQICAEGAiAQLgAEAAAAAAAAAAAABAQAAAQAAAAAAAAAAAAAAAAAAAAAAAAEAAgAAAAAAAAAAAAcJAAAJCQkJCQkJCQkJCAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAGAAAAAAAAAAALAAAAAAAAAAwAAAAAAAoAAAAAAAADAAUAAABBgIwEC4ABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAABAAAAAQAAAAAAAAABAAAAAQABAAAAAAAAAAAAAAA=";

interface Exports {
  /** The memory. */
  readonly m: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  reset(mostMembers: number, mostValues: number, deepest: number): void;
  /**
   * @param at Where the window begins in the memory.
   * @param base What to add to a place in the memory for the one in the text.
   * @returns 16 times the place in the memory where it ended, plus how.
   */
  walk(at: number, base: number, stop: number, isLast: number): number;
  /** How many members of the outermost object were whole. */
  count(): number;
  lines(end: number): number;
  units(end: number): number;
}

/** The part of it that is used. The compiler's types know WebAssembly in browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
const { exports: exported } = new Instance(new Module(Buffer.from(scannerModule, "base64")));
const pageBytes = 65_536;
const memberStart = 69_632;
const memberWords = 4;
/** Where whole texts are put, behind the members. */
const textStart = 4 * pageBytes;
/** The most members that there is room for. */
export const roomForMembers = (textStart - memberStart) / (4 * memberWords);
/** Views of the memory, made again when it grows. */
let memory = new Uint8Array(exported.m.buffer);
let members = new Uint32Array(exported.m.buffer, memberStart, roomForMembers * memberWords);

/** The bounds that a valid text may exceed. */
export interface ScanLimits {
  /** Of the outermost object; at most {@link roomForMembers}. */
  readonly members: number;
  /** All values in the outermost object, containers included, keys not. */
  readonly values: number;
  /** Levels of nesting, at most 511. */
  readonly depth: number;
}

/** How a text ended, by the walk's number from 1 on. From the second on it is a fault: what could have stood there, or which bound is exceeded. */
const scanEnds = [
  "whole",
  "object",
  "value or ]",
  "value",
  "comma or ]",
  "key or }",
  "key",
  "colon",
  "value",
  "comma or }",
  "end",
  "string",
  "fewer members",
  "less nesting",
  "fewer values",
] as const;

/** How the scan of a text ended. */
export interface ScanEnd {
  readonly how: (typeof scanEnds)[number];
  /** In the text. Of a fault in a string: a place before it, in the same string, that is within no escape, with less than 32 bytes between them. */
  readonly at: number;
  /** How many members of the outermost object were whole. */
  readonly members: number;
}

/**
 * Puts a text together from its pieces where it is scanned without another copy. The memory is kept, and grows to the longest text.
 * @returns A view that is valid until the next text is put together.
 */
export function putTogether(pieces: readonly Buffer[], length: number): Buffer {
  const needed = textStart + length + marginBytes;
  if (memory.length < needed) {
    exported.m.grow(Math.ceil(Math.max(needed - memory.length, memory.length - textStart) / pageBytes));
    memory = new Uint8Array(exported.m.buffer);
    members = new Uint32Array(exported.m.buffer, memberStart, roomForMembers * memberWords);
  }
  let at = textStart;
  for (const piece of pieces) {
    memory.set(piece, at);
    at += piece.length;
  }
  memory.fill(0, at, at + marginBytes);
  return Buffer.from(exported.m.buffer, textStart, length);
}

/** Scans a text to its end, or to the first fault. */
export function scanText(bytes: Buffer, limits: ScanLimits): ScanEnd {
  exported.reset(limits.members, limits.values, limits.depth);
  const { length } = bytes;
  if (bytes.buffer === exported.m.buffer && bytes.byteOffset === textStart) {
    return endOf(exported.walk(textStart, -textStart, textStart + length, 1), -textStart);
  }
  let start = 0;
  for (;;) {
    const end = Math.min(start + windowBytes, length);
    const isLast = end === length;
    const size = fill(bytes, start, end, 0);
    const result = exported.walk(0, start, isLast ? size : size - marginBytes, isLast ? 1 : 0);
    if ((result & 15) !== 0) return endOf(result, start);
    start += result >> 4;
  }
}

function endOf(result: number, base: number): ScanEnd {
  return { how: scanEnds[(result & 15) - 1] ?? "end", at: base + (result >> 4), members: exported.count() };
}

/** The places that the last scan has found of a member: where its key and its value begin and end. */
export function scannedMember(index: number): readonly [keyStart: number, keyEnd: number, valueStart: number, valueEnd: number] {
  const at = index * memberWords;
  return [members[at] ?? 0, members[at + 1] ?? 0, members[at + 2] ?? 0, members[at + 3] ?? 0];
}

/** How many line feeds stand in a range of valid UTF-8. */
export function countLines(bytes: Buffer, from: number, to: number): number {
  return countIn(bytes, from, to, (size) => exported.lines(size));
}

/** How long a range of valid UTF-8 is as a string. */
export function countUnits(bytes: Buffer, from: number, to: number): number {
  return countIn(bytes, from, to, (size) => exported.units(size));
}

function countIn(bytes: Buffer, from: number, to: number, count: (size: number) => number): number {
  let sum = 0;
  for (let start = from; start < to; start += windowBytes) sum += count(fill(bytes, start, Math.min(start + windowBytes, to), goesOn));
  return sum;
}

/** A byte that goes on with a character. */
const goesOn = 0x80;

/** Puts a part of a text into the window, and other bytes behind it. */
function fill(bytes: Buffer, start: number, end: number, behind: number): number {
  memory.set(bytes.subarray(start, end));
  const size = end - start;
  memory.fill(behind, size, size + marginBytes);
  return size;
}
