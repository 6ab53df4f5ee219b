/** How many bytes in UTF-8 a JSON string stands for. @param start Behind its opening quote. @param end At its closing one. */
export function textBytes(data: Buffer, start: number, end: number): number {
  let bytes = end - start;
  let at = end - start > fewBytes ? nextEscape(data, start, end) : start;
  while (at < end) {
    if (data[at] !== backslash) {
      at++;
      continue;
    }
    const length = data[at + 1] === letterU ? 6 : 2;
    bytes -= length - (length === 2 ? 1 : unitBytes(data, at + 2));
    at += length;
    if (end - at > fewBytes) at = nextEscape(data, at, end);
  }
  return Math.max(bytes, 0);
}

const backslash = 0x5c;
const letterU = 0x75;

/** Up to so many bytes, looking at each costs less than a search by the platform. */
const fewBytes = 48;

function nextEscape(data: Buffer, from: number, end: number): number {
  const at = data.indexOf(backslash, from);
  return at === -1 || at > end ? end : at;
}

/** The bytes of one UTF-16 unit of four hexadecimal digits; two that make a pair have two each. */
function unitBytes(data: Buffer, at: number): number {
  const unit = Number.parseInt(data.toString("latin1", at, at + 4), 16);
  if (unit < 0x80) return 1;
  return unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
}
