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
  "AGFzbQEAAAABIQZgA39/fwBgA39/fwF/YAABf2ABfwF/YAF/AGACf38BfwMSEQABAgMDAgMDBAQDAwUFAQMDBQMBAAQGQg1/AUEAC38BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEAC38BQQALfwFBAAt/AUEACwcsBgFtAgAFcmVzZXQAAAR3YWxrAAEFY291bnQAAgVsaW5lcwAPBXVuaXRzABAKvw4RHgAgACQEIAEkBSACJAJBACQAQQAkAUEAJANBACQGC0oBAX8gACQJIAEkCiACJAtBACQMAkAjBgRAIwZBBEYEf0EAIwcjCBAOBUEAIwYQDAshAyMMIwZyDQELIAMQAyEDCyADQQR0IwxyCwQAIwML7QQCAn8BewNAIAAjCk8EQCMLBEBBASMAQQJqIwBBCUYbJAwLIAAPCyAALQAALQCAiAQhASABQQJGBEAjAEEOcUEERgRAIAAQBgRAIAAPCwUgABAHBEAgAA8LCyAAQQFqQQBBABAOIQAjDCMGckUNASAADwsgAUEHRgRAIwBBA0YEQEECJAAFIwBBCEYQBARAIAAPC0EFJAALIABBAWohAAwBCyABQQhGBEAjAEEGRhAEBEAgAA8LQQckACAAQQFqIQAMAQsgAUEBRgRAIABBAWohACAALQAAQSBLDQEDQCAAIwpPDQIgAP0AAAAhA0H//wMgA0Eg/Q/9IyADQQr9D/0j/VAgA0EN/Q/9IyADQQn9D/0j/VD9UP1kcyECIAJFBEAgAEEQaiEADAELCyAAIAJoaiEADAELIAFBCUYEQCAAEAcEQCAADwsgABALIQAjDCMGckUNASAADwsgAUEFRiABQQZGcgRAQQFBkAJBCiABQQVGGyMAdnEQBARAIAAPCyMBQQFrJAEjAS0AgIQEJAAgAEEBaiEAIwFBAUYEQCAAEAkLDAELIAFBA0YgAUEERnIEQCMAIAFBBEZyBEAgABAHBEAgAA8LCyMBIwJGBEBBDiQMIAAPCyMBQQhBAyMAQQNLG0EJIwAbOgCAhAQjAUEBaiQBQQRBASABQQNGGyQAIABBAWohAAwBCyABQQpGIAAoAABB9OTVqwZGcSABQQtGIAAoAAFB4djNqwZGcSABQQxGIAAoAABB7uqx4wZGcXJyIQIgAhAEBEAgAA8LIAAQBwRAIAAPCyAAQQQgAUELRmpqIQAgABAIDAALAAsSACAARQRAIwBBAmokDAsgAEULBwAjA0EEdAslACMBQQFGBEAjAyMERgRAQQ0kDAUQBSMJIABqNgKAoAQLCyMMCz0AQQFBhgEjAHZxEAQEQEEBDwsjBUUEQEEPJAxBAQ8LIwVBAWskBSMBQQFGBEAQBSMJIABqNgKIoAQLQQALGgBBCEEDIwBBA0sbJAAjAUEBRgRAIAAQCQsLFQAQBSMJIABqNgKMoAQjA0EBaiQDCw0AIAAtAABBMGtBCkkLPgEBfyAAIAAtAABBLUZqIQEgAS0AAEEwRgRAIAFBAWpBARANDwsgARAKRQRAQQQkDCAADwsgAUEBakEBEAwLWQEBfyAAEAoEQANAIAAjCk8jC0VxBEAgASQGIAAPC0H//wMgAP0AAABBMP0P/XFBCv0P/Sb9ZHMhAiACRQRAIABBEGohAAwBCwsgACACaGohAAsgACABEA0LhQEBAX9BACQGAkAgAUEBRiAALQAAQS5GcQRAIABBAWohAkECIQEFIAFBA0YgAC0AAEEgckHlAEdyDQEgAEEBaiECIAItAABBK0YgAi0AAEEtRnIEQCACQQFqIQILQQMhAQsgAhAKBEAgAiABEAwPC0EKQQUjAEEDSxskDCAADwsgABAIIAALjQQCAXsJf0EAJAYDQCAAIwpPIwtFcQRAIAEkByACJAhBBCQGIAAPCyAA/QAAACEDIANBIv0P/SP9ZCEEIANB3AD9D/0j/WQhBSADQSD9D/0m/WQhBkEAIQdBACEIIAIhDCAFIAFyBEAgBSABQX9zcSEFIAVBAXQgAXIhByAFIAVBqtUCcSAHQX9zcWohCCAIQRB2IQEgCEEBdEHVqgFzIAdxQf//A3EhCCAIIANB9QD9D/0j/WRxIQsgC0EBdCALQQJ0ciELIAIgCyALQQJ0cnIhDAsgBCAIQX9zcSEEIARBAWsgBEF/c3FB//8DcSEJIAYgCXEhCiAIIAxyBEAgCiAIIAlx/QwAAA0ACAgEAAAAAAACAAQBIANBD/0P/U79Dv0MAAABAAACBAgAAAAAAAAAACADQQT9bf0O/U79DAAAAAAAAAAAAAAAAAAAAAD9I/1kcXIhCiAMBEAgCiAMIAkgBEEAIARrcXJxIANBMP0P/XFBCv0P/SYgA0Eg/Q/9UEHhAP0P/XFBBv0P/Sb9UP1kQX9zcXIhCgsLIAoEQEEMJAwgACAHQQFxayEAIAIEQCAAQQYgAmlrayEACyAADwsgBARAIAAgBGhqQQFqIQAjAEEOcUEERgRAQQYkACMBQQFGBEAQBSMJIABqNgKEoAQLBSAAEAgLIAAPCyAMQRB2IQIgAEEQaiEADAALAAswAQJ/A0AgASAATwRAIAIPCyACIAH9AAQAQQr9D/0j/WRpaiECIAFBEGohAQwACwALQQECfwNAIAEgAE8EQCACDwsgAiAB/QAEAEFA/Q/9K/1kaSAB/QAEAEHwAf0P/Sz9ZGlqaiECIAFBEGohAQwACwALC4kBAQBBgIgEC4ABAAAAAAAAAAAAAQEAAAEAAAAAAAAAAAAAAAAAAAAAAAABAAIAAAAAAAAAAAAHCQAACQkJCQkJCQkJCQgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQABgAAAAAAAAAACwAAAAAAAAAMAAAAAAAKAAAAAAAAAwAFAAA=";

interface Exports {
  /** The memory. */
  readonly m: { readonly buffer: ArrayBuffer };
  reset(mostMembers: number, mostValues: number, deepest: number): void;
  /** @returns 16 times the place in the window where it ended, plus how. */
  walk(base: number, stop: number, isLast: number): number;
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
const memory = new Uint8Array(exported.m.buffer);
const memberStart = 69_632;
const memberWords = 4;
/** The most members that there is room for. */
export const roomForMembers = (memory.length - memberStart) / (4 * memberWords);

/** The bounds that a valid text may exceed. */
export interface ScanLimits {
  /** Of the outermost object; at most {@link roomForMembers}. */
  readonly members: number;
  /** All values in the outermost object, containers included, keys not. */
  readonly values: number;
  /** Levels of nesting, at most 511. */
  readonly depth: number;
}

/** How a walk ended, by its number. From 2 on it is a fault: what could have stood there, or which bound is exceeded. */
const scanEnds = [
  "more",
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
  readonly how: Exclude<(typeof scanEnds)[number], "more">;
  /** In the text. Of a fault in a string: a place before it, in the same string, that is within no escape, with less than 32 bytes between them. */
  readonly at: number;
  /** How many members of the outermost object were whole. */
  readonly members: number;
}

/** Scans a text to its end, or to the first fault. */
export function scanText(bytes: Buffer, limits: ScanLimits): ScanEnd {
  exported.reset(limits.members, limits.values, limits.depth);
  const { length } = bytes;
  let start = 0;
  for (;;) {
    const end = Math.min(start + windowBytes, length);
    const isLast = end === length;
    const size = fill(bytes, start, end, 0);
    const result = exported.walk(start, isLast ? size : size - marginBytes, isLast ? 1 : 0);
    const how = scanEnds[result & 15] ?? "more";
    const at = start + (result >> 4);
    if (how !== "more") return { how, at, members: exported.count() };
    start = at;
  }
}

/** The places that the last scan has found of a member: where its key and its value begin and end. */
export function scannedMember(index: number): readonly [keyStart: number, keyEnd: number, valueStart: number, valueEnd: number] {
  const at = index * memberWords;
  return [members[at] ?? 0, members[at + 1] ?? 0, members[at + 2] ?? 0, members[at + 3] ?? 0];
}

const members = new Uint32Array(exported.m.buffer, memberStart);

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
