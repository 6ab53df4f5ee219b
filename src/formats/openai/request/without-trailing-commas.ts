const comma = 0x2c;
const quote = 0x22;
const backslash = 0x5c;
const blank = 0x20;
const colon = 0x3a;
const openBrace = 0x7b;
const openBracket = 0x5b;

/**
 * A copy of a JSON text in which each comma between a value and a closing bracket is a blank, so that every other byte keeps its place.
 * @returns undefined when there is none.
 */
export function withoutTrailingCommas(bytes: Buffer): Buffer | undefined {
  let fixed: Buffer | undefined;
  /** The last byte outside of strings that is not white space, where it is a comma that follows a value. */
  let commaAt = -1;
  let afterValue = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    switch (byte) {
      case blank:
      case 0x09:
      case 0x0a:
      case 0x0d:
        continue;
      case 0x5d:
      case 0x7d:
        if (commaAt !== -1) {
          fixed ??= Buffer.from(bytes);
          fixed[commaAt] = blank;
        }
        break;
      case quote:
        at++;
        while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
        break;
      default:
    }
    commaAt = byte === comma && afterValue ? at : -1;
    afterValue = byte !== comma && byte !== colon && byte !== openBrace && byte !== openBracket;
  }
  return fixed;
}
