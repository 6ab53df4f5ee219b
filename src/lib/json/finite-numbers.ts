import { skipString } from "./json-splice.ts";

/** What Python and others write for numbers that JSON does not have. */
const tokens = ["-Infinity", "Infinity", "-NaN", "NaN"].map((token) => Buffer.from(token));
const [nan, infinity] = [Buffer.from("NaN"), Buffer.from("Infinity")];
const nullText = Buffer.from("null");
const [quote, minus, letterI, letterN] = [0x22, 0x2d, 0x49, 0x4e];
/** The letters behind these in the two words. */
const [letterA, smallN] = [0x61, 0x6e];

/**
 * JSON with null in place of the numbers that JSON does not have, which some hosts write among log probabilities and embeddings: no strict
 * parser would read any of it. What stands in texts stays.
 * @returns The same bytes where there is nothing to replace.
 */
export function withFiniteNumbers(json: Buffer): Buffer {
  // Nearly all texts hold neither word.
  if (!mayHoldWord(json)) return json;
  const pieces: Buffer[] = [];
  let done = 0;
  let at = 0;
  while (at < json.length) {
    const byte = json[at];
    if (byte === quote) {
      at = skipString(json, at);
      continue;
    }
    const token = byte === minus || byte === letterI || byte === letterN ? tokenAt(json, at) : undefined;
    if (token === undefined) {
      at++;
      continue;
    }
    pieces.push(json.subarray(done, at), nullText);
    at += token.length;
    done = at;
  }
  return pieces.length === 0 ? json : Buffer.concat([...pieces, json.subarray(done)]);
}

/** Up to so many bytes, looking at each costs less than two searches by the platform. */
const fewBytes = 512;

function mayHoldWord(json: Buffer): boolean {
  if (json.length > fewBytes) return json.includes(nan) || json.includes(infinity);
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if ((byte === letterN && json[at + 1] === letterA) || (byte === letterI && json[at + 1] === smallN)) return true;
  }
  return false;
}

/** The token that stands at a place by itself. */
function tokenAt(json: Buffer, at: number): Buffer | undefined {
  const token = tokens.find((one) => one.compare(json, at, Math.min(at + one.length, json.length)) === 0);
  return token !== undefined && isBoundary(json[at - 1]) && isBoundary(json[at + token.length]) ? token : undefined;
}

/** Whether a byte may stand beside a value: white space, a comma, a colon, a bracket, or nothing. */
function isBoundary(byte: number | undefined): boolean {
  return byte === undefined || byte <= 0x20 || ",:[]{}".includes(String.fromCharCode(byte));
}
